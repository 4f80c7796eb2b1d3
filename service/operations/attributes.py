"""Search attributes: what lists show of a case, and what they find it by.

The property `searchAttributes` of a process names them with expressions over its variables. They are computed when a
step changes variables of the process, and written into the instance's row, where lists have them without a look-up,
and as texts into a table of their own, where an index finds them. A called instance begins with those of its caller.
"""

import json
from collections.abc import Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, exists
from sqlalchemy.orm import Session

from service.engine.feel import Moment, host
from service.engine.types import Setting, Step
from service.models import ProcessInstance, SearchAttribute
from service.operations.upserts import insert_rows
from service.releases import ReleaseLibrary
from service.values import Value, to_json

PROPERTY = "searchAttributes"
#: Longer texts are cut: a list shows a word, and an index takes no essay.
MOST = 200


def computed(
    session: Session, instance: ProcessInstance, step: Step, setting: Setting, library: ReleaseLibrary
) -> dict[str, Any] | None:
    """Name → {title, value} after the step; None if nothing is different.

    A mistake in an expression, or a value that is neither text, number nor truth, leaves the attribute out: a column
    may stop nobody's work.
    """
    begins = instance.version == 0
    source = library.get("process", instance.process_id)
    declared = _declared(source.facts.get("properties", {}).get(PROPERTY, "")) if source else ()
    if not begins and not (declared and any(change.scope_id == 0 for change in step.set_variables)):
        return None
    found: dict[str, Any] = _inherited(session, instance) if begins else dict(instance.attributes)
    moment = Moment(setting.now, setting.calendar)
    values = host().evaluate_many([each[2] for each in declared], step.variables, moment, lenient=True)
    for (name, title, _), value in zip(declared, values, strict=True):
        text = _text(value)
        if text:
            found[name] = {"title": title, "value": text}
        else:
            found.pop(name, None)
    return found if found != instance.attributes else None


def write(connection: Connection, key: int, found: Mapping[str, Any], *, begins: bool) -> None:
    """Put them where searches look."""
    if not begins:
        connection.execute(delete(SearchAttribute).where(SearchAttribute.instance_key == key))
    rows = [{"instance_key": key, "name": name, "value": each["value"]} for name, each in found.items()]
    if rows:
        insert_rows(connection, SearchAttribute.__tablename__, rows)


def with_value(wanted: Mapping[str, str], instance_key: Any = ProcessInstance.key) -> list[ColumnElement[bool]]:
    """That an instance has each of these attributes with exactly this text. By index."""
    return [
        exists().where(
            SearchAttribute.instance_key == instance_key,
            SearchAttribute.name == name,
            SearchAttribute.value == value[:MOST],
        )
        for name, value in wanted.items()
    ]


def containing(text: str, instance_key: Any = ProcessInstance.key) -> ColumnElement[bool]:
    """That an instance has an attribute in which this text stands."""
    return exists().where(
        SearchAttribute.instance_key == instance_key, SearchAttribute.value.contains(text, autoescape=True)
    )


@lru_cache(maxsize=512)
def _declared(text: str) -> tuple[tuple[str, str, str], ...]:
    return tuple((row["name"], row["title"], row["expression"]) for row in json.loads(text)) if text else ()


def _inherited(session: Session, instance: ProcessInstance) -> dict[str, Any]:
    parent = session.get(ProcessInstance, instance.parent_key) if instance.parent_key is not None else None
    return dict(parent.attributes) if parent else {}


def _text(value: Value) -> str:
    match value:
        case bool() | Decimal():
            return to_json(value).decode()
        case str():
            return value[:MOST]
        case _:
            return ""
