"""A task's tables as workbooks: handed out with what stands in the draft, read back, and taken into the draft.

Nothing is written before the whole file has been checked. A cell that was changed in the file and here as well is a
conflict: it is taken only if somebody says which of the two it shall be.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy.orm import Session

from service import forms
from service.access import User
from service.engine.feel import Moment
from service.errors import FormInvalid, NotFound
from service.forms import Form, sheet
from service.forms.leaves import is_empty, plain_text
from service.forms.messages import answer_text
from service.forms.model import Component, Expression
from service.forms.scope import Scope, Setting, Sources, draft
from service.models import UserTask
from service.operations import drafts, variables
from service.values import Value, Variables


@dataclass(frozen=True, slots=True)
class Desk:
    """A task's form as its holder has it before them: what was given, and what they have filled in so far."""

    task: UserTask
    form: Form
    given: Variables
    answers: Variables
    scope: Scope
    setting: Setting

    def table(self, key: str) -> Component:
        """A table of the form. Raises `NotFound`."""
        for table in sheet.tables(self.form):
            if table.key == key:
                return table
        raise NotFound()


@dataclass(frozen=True, slots=True)
class Finding:
    """A cell that cannot be taken, and why."""

    place: str
    reason: str


@dataclass(frozen=True, slots=True)
class Review:
    """What taking a file over would do."""

    taken: list[sheet.Change]
    conflicts: list[sheet.Change]
    findings: list[Finding]
    answers: Variables


def desk(session: Session, task: UserTask, form: Form, user: User, moment: Moment, sources: Sources) -> Desk:
    """The form with the draft of this user."""
    given = variables.visible_to_task(session, task)
    kept = drafts.find(session, task, user)
    answers = dict(kept.data) if kept else {}
    setting = Setting(given, moment, sources)
    return Desk(task, form, given, answers, draft(form, answers, setting, prefill=True), setting)


def handed_out(at: Desk, key: str) -> bytes:
    """The workbook of a table, with the tables that the form shows beside it, such as what the points mean."""
    return sheet.write(at.form, at.table(key), at.scope, str(at.task.key), list(_notes(at)))


def review(at: Desk, key: str, data: bytes, chosen: Mapping[str, str], language: str) -> Review:
    """Look at a file. `chosen` says of a conflict's cell (`F7`) whether `here` or `there` shall stand.

    Raises `SheetRefused`.
    """
    table = at.table(key)
    uploaded = sheet.opened(at.form, table, at.scope, str(at.task.key), data)
    findings = [Finding(bad.place, answer_text(bad.code, language, dict(bad.params))) for bad in uploaded.bad]
    taken, conflicts = list[sheet.Change](), list[sheet.Change]()
    for change in sheet.changes(table, at.scope, uploaded):
        decided = chosen.get(change.place)
        if sheet.is_conflict(change) and decided not in {"here", "there"}:
            conflicts.append(change)
        elif not sheet.is_conflict(change) or decided == "there":
            taken.append(change)
    answers = _merged(at, table, [*taken, *conflicts])
    changed = {change.place: change.there for change in [*taken, *conflicts]}
    findings += _wrong(at, table, answers, changed, language)
    return Review(taken, conflicts, sorted(set(findings), key=lambda one: (len(one.place), one.place)), answers)


def _merged(at: Desk, table: Component, changed: list[sheet.Change]) -> Variables:
    """The draft's answers with the cells in them."""
    key = table.key or ""
    rows = [
        {field.key or "": inner.data.get(field.key or "") for field in table.fields() if not inner.read_only(field)}
        for inner in at.scope.inner.get(key, [])
    ]
    for change in changed:
        rows += [{} for _ in range(change.row + 1 - len(rows))]
        rows[change.row][change.key] = change.there
    return {**at.answers, key: list(rows)}


def _wrong(
    at: Desk, table: Component, answers: Variables, changed: Mapping[str, Value], language: str
) -> list[Finding]:
    """What the form's rules say of the cells that the file filled in; what is still empty may stay so for now."""
    try:
        forms.validate(
            at.form, answers, given=at.given, moment=at.setting.moment, sources=at.setting.sources, language=language
        )
    except FormInvalid as invalid:
        places = [(sheet.place_of(table, fault.path), fault) for fault in invalid.errors]
        return [
            Finding(place, fault.message)
            for place, fault in places
            if place is not None and not is_empty(changed.get(place))
        ]
    return []


def _notes(at: Desk) -> Iterator[tuple[str, list[list[str]]]]:
    """The tables that the form shows, to be read beside the one that is filled in."""
    for component in at.form.components:
        expression = component.display.get("data")
        if component.type != "table" or not isinstance(expression, Expression):
            continue
        found, columns = at.scope.evaluate(expression), component.display["columns"]
        rows = [row for row in (found if isinstance(found, list) else []) if isinstance(row, dict)]
        lines = [[plain_text(row.get(key)) for key, _ in columns] for row in rows]
        yield at.scope.shown(component.label), [[label for _, label in columns], *lines]
