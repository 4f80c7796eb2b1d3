"""Fills in a form with answers that fit: for the tests that a form can be completed, and what it refuses."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from service.engine.calendar import from_days
from service.engine.feel import Moment
from service.errors import FormInvalid
from service.forms import Form, validate
from service.forms.model import Component, Limit, fields
from service.values import Variables, normalise

MOMENT = Moment(datetime(2026, 4, 30, 9, tzinfo=ZoneInfo("Asia/Shanghai")), from_days({}))
#: Test numbers with right check characters: requirements sections 10.1 and 10.2.
BY_FORMAT = {"uscc": "91210800MA0TETT01K", "cn_id": "210802198001010019", "cn_mobile": "13900000000"}
BY_PATTERN = {"[A-T]": "C3110", "@": "office@example.com", "0-9 -": "6222 0000 0000 0000"}
PEOPLE: list[Any] = ["甲", "乙", "丙"]
#: Variables that forms read and whose shape cannot be told from the form.
GIVEN: dict[str, Any] = {
    "parameters": {
        "min_investigators": 2,
        "panel_min": 3,
        "perf_years": 3,
        "cap_org": 3,
        "cap_person": 2,
        "score_reason_low": 45,
        "score_reason_high": 70,
    },
    "cycle": {"year": 2026},
    "pool": [{"username": name, "name": name} for name in PEOPLE],
}
#: First values of columns whose rows count up; the three years before the cycle, Article 7.
FIRST = {"year": Decimal(2023)}


def sources(_source: str) -> list[tuple[str, str]]:
    return [(name, name) for name in PEOPLE]


def given(form: Form) -> Variables:
    """Values for every variable that the form reads: two rows for a prefilled table, three names for a choice."""
    found: dict[str, Any] = dict.fromkeys(form.reads)
    for component in walk(form.components):
        if component.choices and component.choices.expression:
            found |= dict.fromkeys(component.choices.expression.names & form.reads, PEOPLE)
        if component.rows and component.rows.expression:
            [name] = component.rows.expression.names
            readonly = [column for column in component.fields() if column.read_only]
            found[name] = [{str(column.key): leaf(column, row) for column in readonly} for row in range(2)]
    return normalise({**found, **{name: value for name, value in GIVEN.items() if name in form.reads}})


def answers(form: Form) -> dict[str, Any]:
    """Answers to every field that is shown, the first choice everywhere."""
    found = fill(form.components, given(form))
    for fault in faults(form, found):
        if fault[1] == "HIDDEN":
            drop(found, fault[0])
    return found


def faults(form: Form, found: dict[str, Any]) -> list[tuple[str, str]]:
    """What the server says to the answers: (path, code)."""
    try:
        validate(form, found, given=given(form), moment=MOMENT, sources=sources)
    except FormInvalid as error:
        return [(fault.path, fault.code) for fault in error.errors]
    return []


def walk(components: tuple[Component, ...]) -> Iterator[Component]:
    for component in components:
        yield component
        yield from walk(component.children)


def fill(components: tuple[Component, ...], known: Variables, row: int = 0) -> dict[str, Any]:
    writable = [field for field in fields(components) if not field.computed and not field.read_only]
    return {str(field.key): value(field, known, row) for field in writable}


def value(field: Component, known: Variables, row: int) -> Any:
    if field.type == "group":
        return fill(field.children, known, row)
    if field.rows is None:
        return leaf(field, row, known)
    count = 2 if field.rows.expression else max(field.rows.minimum, field.rows.initial, 1)
    filled = [fill(field.children, known, number) for number in range(count)]
    for total in field.rows.totals:
        for each in filled:
            each[total.column] = Decimal(100) / count
    return filled


def leaf(field: Component, row: int, known: Variables | None = None) -> Any:
    rules = field.rules
    if field.type in {"radio", "select"}:
        return choices(field, known)[0]
    if field.type in {"checklist", "taglist"}:
        return choices(field, known)
    if field.type == "checkbox":
        return True
    if field.type == "number":
        return (
            FIRST.get(str(field.key), max(number(rules.minimum), Decimal(1))) + row
            if rules.step is None
            else rules.step * 10
        )
    if field.type == "datetime":
        return "2026-03-01" if rules.subtype == "date" else "2026-03-01T09:00:00+08:00"
    if field.type == "filepicker":
        return [{"documentId": "1", "fileName": f"a{rules.accept[0]}", "size": Decimal(1000), "hash": "0" * 64}]
    return written(field, row)


def written(field: Component, row: int) -> str:
    if field.rules.format:
        return BY_FORMAT[field.rules.format]
    for part, text in BY_PATTERN.items():
        if part in (field.rules.pattern or ""):
            return text
    return f"{row + 1}" + "字" * (field.rules.min_length or 0)


def choices(field: Component, known: Variables | None) -> list[Any]:
    if field.choices and field.choices.static:
        return [option.value for option in field.choices.static]
    return PEOPLE


def number(limit: Limit) -> Decimal:
    return limit if isinstance(limit, Decimal) else Decimal(0)


def drop(found: Any, path: str) -> None:
    """Leave out the answer at `path`, such as `table[0].name`."""
    *way, last = path.replace("[", ".").replace("]", "").split(".")
    for step in way:
        found = found[int(step)] if isinstance(found, list) else found[step]
    del found[last]
