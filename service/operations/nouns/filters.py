"""Filters that are more than a column: candidates, variables, tags, the newest version, a definition's properties."""

from typing import Any

from sqlalchemy import ColumnElement, String, and_, exists, func, literal, select, true, type_coerce
from sqlalchemy.orm import defer

from service import values
from service.access import User
from service.errors import BadArgument
from service.models import (
    Account,
    Candidate,
    ElementInstance,
    Membership,
    ProcessInstance,
    Resource,
    UserTask,
    Variable,
)
from service.operations import blindness
from service.operations.search import MAX_ALTERNATIVES, Field, negate
from service.schemas.base import parse_evaluation_instance_key, parse_key

#: No list shows the engine's state, which is the largest column of all.
STATELESS = defer(ProcessInstance.state, raiseload=True)


def candidate(prefix: str, *, seen_by: User | None = None) -> Field:
    """To whom a task is offered; `prefix` is `group` or `user`. `seen_by`: without what is hidden from this user."""

    def clause(wanted: Any) -> ColumnElement[bool]:
        operations = wanted if isinstance(wanted, dict) else {"$eq": wanted}
        names: Any = [operations["$eq"]] if "$eq" in operations else operations.get("$in")
        if not _is_texts(names) or set(operations) - {"$eq", "$in"}:
            raise BadArgument("A candidate is filtered by $eq or $in.")
        offered = Candidate.who.in_([f"{prefix}:{name}" for name in names])
        found = exists().where(Candidate.task_key == UserTask.key, offered)
        if seen_by is None or names == [seen_by.username]:
            return found
        return found & ~blindness.hidden_from(seen_by)

    return Field("string", clause=clause)


def variables(instance_key: Any) -> Field:
    """`[{name, value}]`: every one of them must be among the instance's variables, as JSON text."""

    def clause(wanted: Any) -> ColumnElement[bool]:
        if not isinstance(wanted, list) or len(wanted) > MAX_ALTERNATIVES:
            raise BadArgument("variables must be a list of at most %(most)s {name, value}.", most=MAX_ALTERNATIVES)
        found = [exists().where(Variable.instance_key == instance_key, *_variable_is(each)) for each in wanted]
        return and_(true(), *found)

    return Field("plain", clause=clause)


def _variable_is(each: Any) -> list[ColumnElement[bool]]:
    """Name and JSON text of one wanted variable; the text is spelled as the mirror spells it."""
    value = each.get("value") if isinstance(each, dict) else None
    value = value.get("$eq") if isinstance(value, dict) else value
    name = each.get("name") if isinstance(each, dict) else None
    if not isinstance(value, str) or not isinstance(name, str):
        raise BadArgument("A variable is found by its name and its value as JSON text.")
    try:
        text = values.to_json(values.from_json(value)).decode()
    except (ValueError, RecursionError):
        raise BadArgument("“%(value)s” is no JSON text; a text stands in quotation marks.", value=value) from None
    return [Variable.name == name, Variable.value == text]


def is_latest() -> Field:
    """Whether no newer version of the resource is deployed."""
    other = Resource.__table__.alias("newer")

    def clause(wanted: Any) -> ColumnElement[bool]:
        newer = exists().where(
            other.c.kind == Resource.kind,
            other.c.resource_id == Resource.resource_id,
            other.c.version > Resource.version,
        )
        return negate(newer, not _is_true(wanted))

    return Field("boolean", clause=clause)


def tags(column: Any) -> Field:
    """Every one of the tags asked for; the column is a list as JSON text."""

    def clause(wanted: Any) -> ColumnElement[bool]:
        if not _is_texts(wanted):
            raise BadArgument("%(name)s must be a list of texts.", name="tags")
        text = type_coerce(column, String)
        return and_(true(), *[text.contains(f'"{tag}"', autoescape=True) for tag in wanted])

    return Field("plain", clause=clause)


def one_key(column: Any) -> Field:
    """A key that takes no operators."""

    def clause(wanted: Any) -> ColumnElement[bool]:
        found = parse_key(wanted)
        if found is None:
            raise BadArgument("A key is a text of digits.")
        fits: ColumnElement[bool] = column == found
        return fits

    return Field("plain", clause=clause)


def evaluation(column: Any) -> Field:
    """The key of one evaluated decision."""

    def clause(wanted: Any) -> ColumnElement[bool]:
        wanted = wanted.get("$eq") if isinstance(wanted, dict) and set(wanted) == {"$eq"} else wanted
        found = parse_evaluation_instance_key(wanted)
        if found is None:
            raise BadArgument("A key is a text of digits.")
        fits: ColumnElement[bool] = column == found
        return fits

    return Field("plain", clause=clause)


def fired(column: Any) -> Field:
    """The id of a rule that fired; not of the imitated interface. The column is the list of rules as JSON text."""

    def clause(wanted: Any) -> ColumnElement[bool]:
        if not isinstance(wanted, str):
            raise BadArgument("The value of %(name)s is of the wrong type.", name="ruleId")
        written = values.to_json(wanted).decode()
        return type_coerce(column, String).contains(f'"id":{written},"index":', autoescape=True)

    return Field("plain", clause=clause)


def flag(condition: ColumnElement[bool]) -> Field:
    """A condition that holds or does not."""
    return Field("boolean", clause=lambda wanted: negate(condition, _is_true(wanted)))


def member() -> Field:
    """Who belongs to a group."""

    def clause(wanted: Any) -> ColumnElement[bool]:
        if not isinstance(wanted, str):
            raise BadArgument("The value of %(name)s is of the wrong type.", name="group")
        return exists().where(Membership.username == Account.username, Membership.group_name == wanted)

    return Field("plain", clause=clause)


def is_at(instance_key: Any) -> Field:
    """The instances that stand at an element at this moment."""

    def clause(wanted: Any) -> ColumnElement[bool]:
        if not isinstance(wanted, str):
            raise BadArgument("The value of %(name)s is of the wrong type.", name="elementId")
        return exists().where(
            ElementInstance.instance_key == instance_key,
            ElementInstance.element_id == wanted,
            ElementInstance.state == "ACTIVE",
        )

    return Field("plain", clause=clause)


def of_definition(column: Any, key: Any = ProcessInstance.definition_key) -> Any:
    """A column of the definition that `key` names, without a join: few searches ask for it."""
    return select(column).where(Resource.key == key).scalar_subquery()


def fact(name: str) -> Any:
    """A text among what deployment found out about a resource."""
    return Resource.facts[name].as_string()


def constant(text: str) -> Field:
    """A field that has the same value in every row."""
    return Field("enum", func.coalesce(literal(text), ""))


def _is_true(wanted: Any) -> bool:
    value = wanted.get("$eq") if isinstance(wanted, dict) else wanted
    if not isinstance(value, bool):
        raise BadArgument("A condition is asked for by true or false.")
    return value


def _is_texts(value: Any) -> bool:
    return isinstance(value, list) and len(value) <= MAX_ALTERNATIVES and all(isinstance(each, str) for each in value)
