"""What the pages over registers show: lists with columns, a record's versions, what differs between two of them."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from service import access
from service.access import User
from service.documents import workbook
from service.models import ProcessInstance, RecordVersion, Resource
from service.operations import people, records
from service.registers import Register
from service.registers.declaration import Field
from service.registers.reading import MAX_ROWS, Page, Row
from service.releases import ReleaseLibrary, newest
from service.values import Value, tag

PAGE_SIZE = 50
#: Types that fit into a column of a list, and how many such columns a list has.
_NARROW = frozenset({"text", "number", "integer", "boolean", "date", "datetime", "reference", "money"})
COLUMNS = 6
_ALL = "*"


@dataclass(frozen=True, slots=True)
class Version:
    """A version as the reader may see it. `name` and `process`: who wrote it and in which case, where they may know."""

    row: RecordVersion
    name: str | None
    process: tuple[int, str] | None


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that two versions hold different values of; without a key it is the state."""

    key: str
    title: str
    before: Value
    after: Value


def columns(register: Register) -> list[Field]:
    """The fields that a list shows beside id and state: the first ones that fit into a column."""
    fitting = [field for field in register.fields.values() if field.type in _NARROW and field.key != register.id_field]
    return sorted(fitting, key=lambda field: field.personal)[:COLUMNS]


def listed(
    session: Session, register: Register, user: User, *, text: str, state: str, field: str, value: str, sort: str,
    after: str | None, limit: int = PAGE_SIZE,
) -> Page:  # fmt: skip
    """A page of a register's list. Raises `BadArgument` for what the register has not."""
    wanted: dict[str, Value] = {"state": state} if state else {}
    return records.find(
        session, register, user, filter=wanted, order=[sort] if sort else [], limit=limit, after=after, voided=False,
        also=_finder(register, text, field, value),
    )  # fmt: skip


def exported(session: Session, register: Register, user: User, heads: Sequence[str], **wanted: Any) -> bytes:
    """All records of the list as a workbook, with every field; `heads` are the titles of id and state."""
    found = listed(session, register, user, **wanted, after=None, limit=MAX_ROWS)
    fields = [field for field in register.fields.values() if field.key != register.id_field]
    rows = [
        [row.id, register.state_title(row.state), *(row.data.get(field.key) for field in fields)] for row in found.rows
    ]
    return workbook.written(register.title, [*heads, *(field.title for field in fields)], rows)


def versions(session: Session, row: Row, user: User) -> list[Version]:
    """Every version of a record, the newest first, with what the reader may know of who wrote it. Three statements."""
    found = records.versions(session, row)
    keys = {each.instance_key for each in found if each.instance_key is not None}
    cases = select(ProcessInstance.key, Resource.name).join(Resource, Resource.key == ProcessInstance.definition_key)
    mine = cases.where(ProcessInstance.key.in_(keys), access.instance_scope(user))
    seen: dict[int, str] = dict(session.execute(mine).all())
    told = {each.by for each in found if user.reads_all or each.by == user.username}
    names = people.account_names(session, told)
    return [
        Version(
            each,
            names.get(each.by) if each.by else None,
            (each.instance_key, seen[each.instance_key]) if each.instance_key in seen else None,
        )
        for each in reversed(found)
    ]


def differences(register: Register, before: RecordVersion | None, after: RecordVersion) -> list[Difference]:
    """The fields in which two versions differ, in the register's order; without `before` all that hold something."""
    old: Mapping[str, Value] = before.data if before is not None else {}
    titles = {key: field.title for key, field in register.fields.items()}
    known = dict.fromkeys((*register.fields, *old, *after.data))
    found = [
        Difference(key, titles.get(key, key), old.get(key), after.data.get(key))
        for key in known
        if tag(old.get(key)) != tag(after.data.get(key))
    ]
    was, now = register.state_title(before.state) if before else None, register.state_title(after.state)
    return [Difference("", "", was, now), *found] if (was or "") != now else found


def inner_titles(session: Session) -> Mapping[str, Mapping[str, str]]:
    """What the columns of tables are called that records hold: by the table's key and the column's, of the forms."""
    library = newest(session)
    return _titles_of(library) if library is not None else {}


@lru_cache(maxsize=8)
def _titles_of(library: ReleaseLibrary) -> Mapping[str, Mapping[str, str]]:
    found: dict[str, dict[str, str]] = {}

    def look(components: Sequence[Mapping[str, Any]], path: str) -> None:
        for each in components:
            inside = str(each.get("path") or each.get("key") or path)
            if path and "key" in each and each.get("label"):
                found.setdefault(path, {}).setdefault(each["key"], str(each["label"]).removeprefix("="))
            look(each.get("components", ()), inside)

    for form in library.all("form"):
        look(json.loads(form.data).get("components", ()), "")
    return found


def _finder(register: Register, text: str, field: str, value: str) -> Any:
    """What says of a row whether it holds the searched text, and the value in one field; None: nothing is searched."""
    tests: list[tuple[Sequence[str], str]] = []
    if text:
        tests.append(([_ALL], text.casefold()))
    if field in register.fields and value:
        tests.append(([field], value.casefold()))
    if not tests:
        return None

    def holds(row: Row) -> bool:
        return all(
            any(wanted in workbook.shown(held).casefold() for held in _held(row, names)) for names, wanted in tests
        )

    return holds


def _held(row: Row, names: Sequence[str]) -> list[Value]:
    return [row.id, *row.data.values()] if _ALL in names else [row.data.get(name) for name in names]
