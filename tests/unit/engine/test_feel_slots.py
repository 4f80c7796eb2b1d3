"""A mistake in an expression is an incident in every slot of a diagram, and a null that was asked for is none."""

from decimal import Decimal

import pytest

from service.engine.types import EngineError
from tests.unit.engine.builder import (
    CATCH_MESSAGE,
    boundary,
    call,
    catch,
    chain,
    each,
    end,
    extensions,
    flow,
    gateway,
    mapping,
    process,
    script,
    service,
    start,
    tag,
    timer,
    user,
    zeebe,
)
from tests.unit.engine.game import Shelf
from tests.unit.engine.test_decisions import decision, literal, source

D = Decimal


def line(*elements, ids):
    return process(start(), *elements, end(), chain("s", *ids, "e"))


def one(element, *more):
    """A process of one element with the id `a`, after a task `z` that everything can be brought by."""
    return line(user("z"), element, *more, ids=["z", "a"])


def decide(kind, condition):
    return process(
        start(), user("z"), gateway(kind, "a", default="a_y"), user("x"), user("y"), end("e"), end("f"),
        chain("s", "z", "a"), flow("a", "x", condition), flow("a", "y"), chain("x", "e"), chain("y", "f"),
    )  # fmt: skip


def leaving(condition):
    return process(
        start(), user("z"), user("a", default="a_y"), user("x"), user("y"), end("e"), end("f"),
        chain("s", "z", "a"), flow("a", "x", condition), flow("a", "y"), chain("x", "e"), chain("y", "f"),
    )  # fmt: skip


def assigned(**attributes):
    return one(user("a", zeebe("assignmentDefinition", **attributes)))


def scheduled(**attributes):
    return one(user("a", zeebe("taskSchedule", **attributes)))


def repeated(**options):
    return one(user("a", inner=each(**{"sequential": True, **options})))


def asks(decision_id):
    called = zeebe("calledDecision", decisionId=decision_id, resultVariable="r")
    return one(tag("businessRuleTask", extensions(called), id="a"))


def publishes(key):
    published = zeebe("publishMessage", correlationKey=key, timeToLive="PT1H")
    return one(tag("sendTask", extensions(published), id="a", messageRef="start_ms"))


#: slot → (process, kind of the incident). Each reads the variable `absent`.
SLOTS = {
    "exclusive gateway": (decide("exclusive", "=absent > 1"), "CONDITION_ERROR"),
    "inclusive gateway": (decide("inclusive", "=absent > 1"), "CONDITION_ERROR"),
    "flow out of a task": (leaving("=absent > 1"), "CONDITION_ERROR"),
    "input mapping": (one(user("a", mapping({"x": "=absent + 1"}))), "IO_MAPPING_ERROR"),
    "output mapping": (one(service("a", mapping(outputs={"x": "=absent"}))), "IO_MAPPING_ERROR"),
    "assignee": (assigned(assignee="=absent"), "EXTRACT_VALUE_ERROR"),
    "candidate groups": (assigned(candidateGroups="=[absent]"), "EXTRACT_VALUE_ERROR"),
    "candidate users": (assigned(candidateUsers="=absent"), "EXTRACT_VALUE_ERROR"),
    "due date": (scheduled(dueDate="=absent"), "EXTRACT_VALUE_ERROR"),
    "follow-up date": (scheduled(followUpDate="=now() + absent"), "EXTRACT_VALUE_ERROR"),
    "priority": (one(user("a", zeebe("priorityDefinition", priority="=absent"))), "EXTRACT_VALUE_ERROR"),
    "job type": (one(service("a", type="=absent")), "EXTRACT_VALUE_ERROR"),
    "script": (one(script("a", "=absent * 2", "r")), "EXTRACT_VALUE_ERROR"),
    "decision id": (asks("=absent"), "EXTRACT_VALUE_ERROR"),
    "decision input": (asks("uses"), "CALLED_DECISION_ERROR"),
    "called process": (one(call("a", "=absent")), "EXTRACT_VALUE_ERROR"),
    "timer": (one(catch("a", timer("=absent"))), "EXTRACT_VALUE_ERROR"),
    "boundary timer": (
        process(
            start(), user("z"), user("a"), boundary("b", "a", timer(date="=absent")), end("e"), end("f"),
            chain("s", "z", "a", "e"), chain("b", "f"),
        ),
        "EXTRACT_VALUE_ERROR",
    ),
    "correlation key": (one(catch("a", CATCH_MESSAGE)), "EXTRACT_VALUE_ERROR"),
    "published correlation key": (publishes("=absent"), "EXTRACT_VALUE_ERROR"),
    "collection": (repeated(collection="=absent"), "EXTRACT_VALUE_ERROR"),
    "collected element": (repeated(outputCollection="all", outputElement="=1 + absent"), "IO_MAPPING_ERROR"),
    "completion condition": (repeated(condition="=absent > 1"), "CONDITION_ERROR"),
}  # fmt: skip
#: The variable is not called `absent` in these.
NAMES = {"correlation key": "key"}
#: Evaluated when the element is done.
LATE = {"flow out of a task", "output mapping", "collected element", "completion condition"}


def deciding(game, slot):
    """The act in which the expression of a slot is evaluated."""
    if slot in LATE:
        game.complete("z")
    return game.complete("a" if slot in LATE else "z")


@pytest.mark.parametrize("slot", SLOTS)
def test_an_unknown_variable_is_an_incident_that_names_it(play, slot):
    what, kind = SLOTS[slot]
    game = play(what, shelf=Shelf(source("uses", decision("uses", literal("absent + 1")))))

    with pytest.raises(EngineError) as caught:
        deciding(game, slot)

    name = NAMES.get(slot, "absent")
    assert (caught.value.kind, caught.value.element_id) == (kind, "b" if slot == "boundary timer" else "a")
    assert f"there is no variable {name} (character " in caught.value.reason
    place = int(caught.value.reason.rpartition("character ")[2].rstrip(")"))
    assert caught.value.expression[place - 1 :].startswith(name)


@pytest.mark.parametrize("slot", ["exclusive gateway", "inclusive gateway", "flow out of a task"])
@pytest.mark.parametrize(
    ("absent", "reason"),
    [(None, "Can't compare"), ("2", "Can't compare"), ([1, 2], "Can't compare")],
)
def test_a_type_error_is_an_incident_and_no_wrong_turn(play, slot, absent, reason):
    game = play(SLOTS[slot][0], {"absent": absent})

    with pytest.raises(EngineError, match=reason) as caught:
        deciding(game, slot)

    assert caught.value.kind == "CONDITION_ERROR"
    assert caught.value.reason.endswith("(character 2)")
    assert caught.value.expression == "=absent > 1"


def test_the_place_is_told_by_line_in_a_long_expression(play):
    game = play(one(script("a", "={\n  first: 1,\n  second: first + absent\n}", "r")))

    with pytest.raises(EngineError) as caught:
        game.complete("z")

    assert caught.value.reason == "there is no variable absent (line 3, character 19)"


@pytest.mark.parametrize(
    ("condition", "taken"),
    [
        ("=absent = null", "x"),
        ("=absent != null", "y"),
        ("=absent != null and absent.points > 3", "y"),
        ("=case.grade = null", "x"),
        ("=case.grade.of.year = null", "x"),
        ("=if absent = null then true else absent > 3", "x"),
        ("=is defined(absent)", "y"),
        ("=is defined(nothing)", "y"),
        ("=get or else(absent, 5) > 3", "x"),
        ("=get or else(absent.points, 0) > 3", "y"),
        ("=n > 1 or absent > 3", "x"),
        ("=n > 9 and absent > 3", "y"),
        ("=count = null", "x"),  # the function of this name is no variable
        ("=not(absent = null)", "y"),
        ("n > 1", "x"),  # an expression with or without its sign
    ],
)
def test_what_may_be_absent_can_be_asked_for(play, condition, taken):
    game = play(decide("exclusive", condition), {"n": 5, "nothing": None, "case": {"id": "K1"}})

    game.complete("z")

    assert game.tasks == [taken]


def test_a_null_that_was_asked_for_is_a_value(play):
    outputs = {"a": "=nothing", "b": "=get or else(absent, null)", "c": "=if absent = null then 0 else absent"}
    game = play(one(service("a", mapping(outputs=outputs))), {"nothing": None})

    game.complete("z")
    game.complete("a")

    assert game.step.variables == {"nothing": None, "a": None, "b": None, "c": D(0)}


def test_the_moment_of_the_act_is_the_only_clock(play):
    game = play(one(script("a", "={day: today(), at: now(), again: now() = now()}", "r")))

    game.complete("z")

    assert game.step.variables["r"] == {"day": "2026-11-23", "at": "2026-11-23T10:00:00+08:00", "again": True}
