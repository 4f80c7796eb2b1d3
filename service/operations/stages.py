"""Where a case stands, in the stages that its diagram names: for those who follow it, and for whoever may see it.

Who may follow a case (the property `stagesFor`) learns from its stages what they say, and nothing else: no task, no
name, no event.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from service import access
from service.access import User
from service.engine.feel import FeelError, Moment, host
from service.errors import NotFound
from service.models import ElementInstance, ProcessInstance, Resource, UserTask, Variable
from service.operations import moments, recusals
from service.releases import Deployed, resource
from service.values import Value, from_json, to_json

PROPERTY = "stagesFor"
DONE, NOW, AHEAD, MISSED = "done", "now", "ahead", "missed"
MOST = 100


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a case. `due` is when it may be expected to be over: a date or time as text."""

    title: str
    state: str
    began: datetime | None = None
    ended: datetime | None = None
    due: str | None = None


@dataclass(frozen=True, slots=True)
class Followed:
    """A case that somebody follows, with its stages; in a list with those that are under way."""

    instance: ProcessInstance
    name: str
    stages: Sequence[Stage]


def of(session: Session, instance: ProcessInstance, definition: Deployed, *, now: datetime) -> list[Stage]:
    """The stages of a case in their order; none where its diagram names none. At most four statements."""
    declared = definition.facts.get("stages", ())
    if not declared:
        return []
    wanted = [id for _, _, ids in declared for id in ids]
    visits = session.execute(
        select(ElementInstance.element_id, ElementInstance.state, ElementInstance.started_at, ElementInstance.ended_at)
        .where(ElementInstance.instance_key == instance.key, ElementInstance.element_id.in_(wanted))
        .order_by(ElementInstance.key)
    ).all()
    found = []
    for title, due, ids in declared:
        mine = [visit for visit in visits if visit.element_id in ids]
        state = _state(instance, [visit.state for visit in mine])
        ended = max((visit.ended_at for visit in mine if visit.ended_at), default=None) if state == DONE else None
        until = _due(session, instance, due, now) if state == NOW else None
        found.append(Stage(title, state, min((visit.started_at for visit in mine), default=None), ended, until))
    return found


def followed(session: Session, user: User) -> list[Followed]:
    """The cases that the user may follow, the newest first. Three statements."""
    mine = _follows(session, user)
    if mine is None:
        return []
    query = (
        select(ProcessInstance, Resource.name)
        .join(Resource, Resource.key == ProcessInstance.definition_key)
        .where(mine, access.unrecused(user, ProcessInstance.key))
        .order_by(ProcessInstance.key.desc())
        .limit(MOST)
    )
    found = session.execute(query).all()
    keys = [instance.key for instance, _ in found]
    active = select(ElementInstance.instance_key, ElementInstance.element_id).where(
        ElementInstance.instance_key.in_(keys), ElementInstance.state == "ACTIVE"
    )
    at: dict[int, set[str]] = {}
    for key, element in session.execute(active):
        at.setdefault(key, set()).add(element)
    return [Followed(instance, name, _present(session, instance, at)) for instance, name in found]


def follow(session: Session, key: int, user: User, *, now: datetime) -> Followed:
    """A case with its stages, for who may see or follow it. Raises `NotFound`, also where it has no stages."""
    instance = session.get(ProcessInstance, key)
    if instance is None:
        raise NotFound()
    if not access.reads_instance(session, user, instance):
        mine = _follows(session, user)
        wanted = select(ProcessInstance.key).where(
            ProcessInstance.key == key, access.unrecused(user, ProcessInstance.key)
        )
        if mine is None or session.scalar(wanted.where(mine)) is None:
            raise NotFound()
    definition = resource(session, instance.definition_key)
    assert definition is not None  # noqa: S101 - a foreign key
    stages = of(session, instance, definition, now=now)
    if not stages:
        raise NotFound()
    return Followed(instance, definition.name, stages)


def _present(session: Session, instance: ProcessInstance, at: Mapping[int, set[str]]) -> list[Stage]:
    """The stages that are under way, by the elements at which each case is."""
    definition = resource(session, instance.definition_key)
    declared = definition.facts.get("stages", ()) if definition is not None else ()
    here = at.get(instance.key, set())
    return [Stage(title, NOW) for title, _, ids in declared if not here.isdisjoint(ids)]


def _state(instance: ProcessInstance, states: Sequence[str]) -> str:
    if "ACTIVE" in states:
        return NOW
    if "COMPLETED" in states:
        return DONE
    return AHEAD if instance.status == "ACTIVE" else MISSED


def _due(session: Session, instance: ProcessInstance, expression: str, now: datetime) -> str | None:
    """By the diagram's expression, else the latest due date of what is open in the case and what it called."""
    if expression:
        return _worked_out(session, instance, expression, now)
    tree = select(ProcessInstance.key).where(ProcessInstance.key == instance.key).cte(recursive=True)
    tree = tree.union_all(select(ProcessInstance.key).where(ProcessInstance.parent_key == tree.c.key))
    latest = session.scalar(
        select(func.max(UserTask.due_at)).where(
            UserTask.ended_at.is_(None), UserTask.instance_key.in_(select(tree.c.key))
        )
    )
    return latest.isoformat() if latest else None


def _worked_out(session: Session, instance: ProcessInstance, expression: str, now: datetime) -> str | None:
    rows = session.execute(select(Variable.name, Variable.value).where(Variable.scope_key == instance.key))
    known: Mapping[str, Value] = {name: from_json(value) for name, value in rows}
    try:
        found = host().evaluate(expression.removeprefix("="), known, Moment(now, moments.calendar(session)))
    except FeelError:
        return None  # a stage without a date: whoever looks has nothing to mend
    return found if isinstance(found, str) else None


def _follows(session: Session, user: User) -> ColumnElement[bool] | None:
    """The instances that the user may follow, by the variables that their processes name; None: there are none."""
    name = Resource.facts["properties"][PROPERTY].as_string()
    declared = session.execute(select(Resource.key, name).where(Resource.kind == "process", name.is_not(None))).all()
    if not declared:
        return None
    parties = sorted(group for group in user.groups if group.startswith(recusals.PARTY))
    texts = [to_json(each).decode() for each in (user.username, *parties)]
    listed = Variable.value.startswith("[")
    holds = or_(*[or_(Variable.value == t, and_(listed, Variable.value.contains(t, autoescape=True))) for t in texts])
    return or_(
        *[
            and_(
                ProcessInstance.definition_key == key,
                ProcessInstance.key.in_(select(Variable.scope_key).where(Variable.name == variable, holds)),
            )
            for key, variable in declared
        ]
    )
