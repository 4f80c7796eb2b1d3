"""What tasks ask for: people, dates, jobs, decisions."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from pathlib import Path

import pytest

from service.engine.types import DecisionSource, EngineError, JobWait, ProcessSource, UserTaskWait
from tests.unit.engine import dmn
from tests.unit.engine.builder import chain, end, extensions, process, properties, start, tag, user, zeebe
from tests.unit.engine.game import MONDAY, Game, Shelf

D = Decimal
DIAGRAMS = Path(__file__).parents[2] / "diagrams"


def decision(path: Path, decision_id: str) -> DecisionSource:
    xml = path.read_bytes()
    return DecisionSource(decision_id, xml, sha256(xml).hexdigest())


def with_task(*extras: str) -> ProcessSource:
    return process(start(), user("a", *extras, name="评审"), end(), chain("s", "a", "e"))


def test_every_expression_of_a_user_task_is_a_value(play):
    headers = zeebe("taskHeaders", zeebe("header", key="k", value="v"))
    source = with_task(
        zeebe("formDefinition", formId="score"),
        zeebe(
            "assignmentDefinition",
            assignee="=who.id",
            candidateGroups='=["experts-" + who.domain, "office"]',
            candidateUsers="zhang, li ,",
        ),
        zeebe("taskSchedule", dueDate='=now() + duration("P10D")', followUpDate="2026-12-01T09:00:00"),
        zeebe("priorityDefinition", priority="=50 + n"),
        properties(separateFrom="apply", blind="=n"),
        headers,
    )
    game = play(source, {"who": {"id": "wang", "domain": "steel"}, "n": 3})
    assert game.wait("a") == UserTaskWait(
        id=2,
        element_id="a",
        name="评审",
        form_id="score",
        assignee="wang",
        candidate_groups=("experts-steel", "office"),
        candidate_users=("zhang", "li"),
        due_at=MONDAY + timedelta(days=10),
        follow_up_at=datetime(2026, 12, 1, 1, tzinfo=UTC),
        priority=53,
        properties={"separateFrom": "apply", "blind": "=n"},
        headers={"k": "v"},
    )


def test_a_user_task_that_says_nothing(play):
    wait = play(with_task()).wait("a")
    assert (wait.form_id, wait.assignee, wait.candidate_groups, wait.due_at, wait.priority) == (
        None,
        None,
        (),
        None,
        50,
    )


@pytest.mark.parametrize(
    "extra",
    [
        zeebe("assignmentDefinition", assignee="=missing"),
        zeebe("assignmentDefinition", assignee="=5"),
        zeebe("assignmentDefinition", candidateGroups="=[1]"),
        zeebe("assignmentDefinition", candidateGroups="=true"),
        zeebe("taskSchedule", dueDate='="soon"'),
        zeebe("taskSchedule", dueDate="=7"),
        zeebe("priorityDefinition", priority="=101"),
        zeebe("priorityDefinition", priority="=1.5"),
        zeebe("formDefinition", formId="=missing"),
    ],
)
def test_a_value_of_the_wrong_kind_is_an_incident(play, extra):
    with pytest.raises(EngineError) as caught:
        play(with_task(extra))
    assert (caught.value.kind, caught.value.element_id) == ("EXTRACT_VALUE_ERROR", "a")
    assert caught.value.expression


@pytest.mark.parametrize(("retries", "expected"), [({}, 3), ({"retries": "5"}, 5), ({"retries": "=n"}, 2)])
@pytest.mark.parametrize("kind", ["serviceTask", "sendTask", "scriptTask", "businessRuleTask"])
def test_jobs_of_all_kinds(play, kind, retries, expected):
    job = tag(kind, extensions(zeebe("taskDefinition", type='="send-" + what', **retries)), id="a", name="寄出")
    game = play(process(start(), job, end(), chain("s", "a", "e")), {"what": "mail", "n": 2})
    variables = {"what": "mail", "n": D(2)}
    assert game.wait("a") == JobWait(2, "a", "寄出", "send-mail", expected, {}, variables)
    game.complete("a", {"sent": True})
    assert game.completed
    assert game.step.variables == variables | {"sent": True}


@pytest.mark.parametrize("kind", ["task", "manualTask"])
def test_tasks_that_only_people_see_pass_at_once(play, kind):
    game = play(process(start(), tag(kind, id="a"), end(), chain("s", "a", "e")))
    assert game.completed
    assert game.states("a") == ["ACTIVE", "COMPLETED"]


def leave_request(**variables: object) -> Game:
    folder = DIAGRAMS / "leave_request"
    xml = (folder / "leave_request.bpmn").read_bytes()
    source = ProcessSource("leave_request", xml, sha256(xml).hexdigest())
    game = Game(source, shelf=Shelf(decision(folder / "leave_days.dmn", "leave_days")))
    game.complete("request", variables)
    return game


def test_a_leave_request_that_a_manager_approves():
    game = leave_request(days=4, reason="家事")
    [taken] = game.step.decisions
    assert (taken.element_id, taken.decision_id, taken.result) == (
        "leave_days",
        "leave_days",
        {"needs_approval": True, "within": "P2D"},
    )
    assert [rule.rule_id for rule in taken.evaluated[-1].rules] == ["usual"]
    task = game.wait("approve")
    assert (task.candidate_groups, task.due_at) == (("managers",), MONDAY + timedelta(days=2))

    game.fire("reminder")
    assert game.tasks == ["approve"]
    game.complete("approve", {"approved": True})

    assert game.completed
    assert game.step.variables["leave"] == {"outcome": "granted", "days": D(4)}
    game.replay()
    game.replay_elsewhere()


def test_a_leave_request_of_a_day_is_granted_by_the_table():
    game = leave_request(days=D("0.5"))
    assert game.completed
    assert game.step.variables["leave"] == {"outcome": "granted", "days": D("0.5")}
    assert "no_approval" in game.flows


def test_a_missing_decision_is_an_incident(play):
    task = tag("businessRuleTask", extensions(zeebe("calledDecision", decisionId="nope", resultVariable="r")), id="a")
    with pytest.raises(EngineError) as caught:
        play(process(start(), task, end(), chain("s", "a", "e")))
    assert (caught.value.kind, caught.value.element_id) == ("CALLED_DECISION_ERROR", "a")


@pytest.mark.parametrize(
    ("hit", "variables", "piece"),
    [
        ("UNIQUE", {"score": D(5), "limit": D(9)}, "the table is UNIQUE, but several rules fit: 1 (r1), 2 (r2)"),
        ("ANY", {"score": D(5), "limit": D(9)}, '1 (r1), 2 (r2) give "A" and "B"'),
        ("UNIQUE", {"limit": D(9)}, "input score: there is no variable score"),
        ("UNIQUE", {"score": "5", "limit": D(9)}, 'input score: the value is "5", which does not conform to its type'),
    ],
)
def test_a_decision_that_cannot_be_taken_is_an_incident_that_says_why(hit, variables, piece):
    rows = [("< limit", '"A"'), ("> 3", '"B"')]
    asked = dmn.source("grade", dmn.decision("grade", dmn.table(hit, rows, types="number")))
    task = tag("businessRuleTask", extensions(zeebe("calledDecision", decisionId="grade", resultVariable="r")), id="a")

    with pytest.raises(EngineError) as caught:
        Game(process(start(), task, end(), chain("s", "a", "e")), variables, shelf=Shelf(asked))

    assert (caught.value.kind, caught.value.element_id) == ("CALLED_DECISION_ERROR", "a")
    assert piece in str(caught.value)
