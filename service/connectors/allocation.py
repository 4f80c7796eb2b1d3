"""`allocation`: people to groups of cases, as good as it can be, or why it cannot be."""

from collections.abc import Sequence
from decimal import Decimal

from service.connectors import assignment
from service.connectors.assignment import WEIGHTS, Answer, Blocked, Group, Person, Question
from service.connectors.call import ConnectorCall, ConnectorFault, texts
from service.values import Value, Variables


def allocate(call: ConnectorCall) -> Variables:
    """`allocation`: `possible`, `optimal`, `groups`, `impossible`, `loads` and `cost`."""
    size = _whole(call.value("size"), "size", 1)
    question = Question(
        [_person(each) for each in _objects(call, "people")],
        [_group(each, size) for each in _objects(call, "groups")],
        _conflicts(call),
        {name: _whole(value, name, 0) for name, value in call.mapping("weights").items()},
    )
    _check(question)
    return {"allocation": _told(question, assignment.assign(question))}


def _told(question: Question, answer: Answer) -> Value:
    people = {person.id: person for person in question.people}
    skills = {group.id: group.skills for group in question.groups}
    groups: list[Value] = [
        {
            "group": group,
            "leader": members[0],
            "members": list[Value](members),
            "experts": Decimal(sum(bool(skills[group] & people[one].skills) for one in members)),
        }
        for group, members in answer.members.items()
    ]
    loads = {person.id: person.load for person in question.people}
    for members in answer.members.values():
        for one in members:
            loads[one] += 1
    return {
        "possible": not answer.impossible,
        "optimal": answer.optimal,
        "groups": groups,
        "impossible": [_why(blocked) for blocked in answer.impossible],
        "loads": [{"person": person, "groups": Decimal(load)} for person, load in sorted(loads.items())],
        "cost": Decimal(answer.cost),
    }


def _why(blocked: Blocked) -> Value:
    return {
        "group": blocked.group,
        "reason": blocked.reason,
        "needed": Decimal(blocked.needed),
        "free": Decimal(blocked.free),
        "leaders": Decimal(blocked.leaders),
        "cases": [
            {"case": case, "people": [{"person": one, "codes": list[Value](codes)} for one, codes in found.items()]}
            for case, found in blocked.cases.items()
        ],
    }


def _objects(call: ConnectorCall, name: str) -> list[Variables]:
    found = call.value(name)
    if not isinstance(found, list):
        raise ConnectorFault(f"the input “{name}” must be a list")
    objects = [each for each in found if isinstance(each, dict)]
    if len(objects) != len(found):
        raise ConnectorFault(f"the input “{name}” must be a list of objects")
    return objects


def _person(each: Variables) -> Person:
    most = each.get("most")
    return Person(
        _id(each, "people"),
        frozenset(texts(each.get("skills"), "skills")),
        each.get("leads") is not False,
        _whole(each.get("years"), "years", 0),
        str(each.get("unit") or ""),
        _whole(each.get("load"), "load", 0),
        None if most is None else _whole(most, "most", 0),
    )


def _group(each: Variables, size: int) -> Group:
    leader = each.get("leader")
    return Group(
        _id(each, "groups"),
        _whole(each.get("size"), "size", size),
        tuple(texts(each.get("cases"), "cases")),
        frozenset(texts(each.get("skills"), "skills")),
        frozenset(texts(each.get("kept"), "kept")),
        str(leader) if leader else None,
        frozenset(texts(each.get("barred"), "barred")),
    )


def _conflicts(call: ConnectorCall) -> dict[tuple[str, str], Sequence[str]]:
    found: dict[tuple[str, str], Sequence[str]] = {}
    if call.value("conflicts") is not None:
        for each in _objects(call, "conflicts"):
            pair = str(each.get("case")), str(each.get("person"))
            found[pair] = [*found.get(pair, ()), *texts(each.get("codes"), "codes")]
    return found


def _check(question: Question) -> None:
    for what, ids in (("people", [p.id for p in question.people]), ("groups", [g.id for g in question.groups])):
        if len(set(ids)) < len(ids):
            raise ConnectorFault(f"an id stands twice among the {what}")
    known = {person.id for person in question.people}
    if strangers := sorted({one for group in question.groups for one in group.kept} - known):
        raise ConnectorFault(f"kept, but not among the people: {', '.join(strangers)}")
    if strange := sorted(set(question.weights) - set(WEIGHTS)):
        raise ConnectorFault(f"unknown weights: {', '.join(strange)}")


def _id(each: Variables, name: str) -> str:
    id = each.get("id")
    if not isinstance(id, str) or not id:
        raise ConnectorFault(f"each of the {name} needs an “id”")
    return id


def _whole(value: Value, name: str, default: int) -> int:
    if value is None:
        return default
    if not isinstance(value, Decimal) or value != value.to_integral_value() or value < 0:
        raise ConnectorFault(f"“{name}” must be a whole number")
    return int(value)
