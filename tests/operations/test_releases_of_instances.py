"""Which release an instance runs under: the newest at its start, its caller's, or one that it inherits."""

import pytest
from sqlalchemy import select

from service.models import Event, ProcessInstance, Release
from service.operations import deployments, messages
from tests.support.leave import MONDAY
from tests.unit.engine import builder as b

pytestmark = pytest.mark.both_databases

START = b.start(
    "s", b.extensions(b.properties(releaseFrom="cycle")) + b.tag("messageEventDefinition", messageRef="start_ms")
)


def filing(task):
    """A process that a message starts, in the release of the cycle that it names."""
    return b.process(START, b.user(task), b.end(), b.chain("s", task, "e"), id="filing")


CYCLE = b.process(b.start(), b.user("run"), b.end(), b.chain("s", "run", "e"), id="cycle")


def publish(desk, **variables):
    with desk.office.database.writing() as session:
        messages.publish(session, "begin", "", variables, now=MONDAY)
        session.commit()
    desk.work()


def filings(desk):
    return desk.look(select(ProcessInstance).filter_by(process_id="filing").order_by(ProcessInstance.key))


def test_what_inherits_a_release_runs_its_diagram_and_goes_on(desk):
    desk.deploy(CYCLE, filing("old"))
    cycle = desk.start("cycle")
    desk.deploy(CYCLE, filing("new"))

    publish(desk, cycle=str(cycle))
    publish(desk)

    [inherits, newest] = filings(desk)
    assert desk.open_elements(inherits.key) == ["old"]
    assert desk.open_elements(newest.key) == ["new"]
    desk.complete(inherits.key, "old")
    assert desk.status(inherits.key) == "COMPLETED"
    assert desk.runs_again(inherits.key)


def test_a_release_that_does_not_know_the_start_event_is_not_inherited(desk):
    desk.deploy(CYCLE, b.process(b.start("t"), b.user("old"), b.end(), b.chain("t", "old", "e"), id="filing"))
    cycle = desk.start("cycle")
    desk.deploy(CYCLE, filing("new"))
    before = len(filings(desk))

    publish(desk, cycle=str(cycle))

    assert desk.open_elements(filings(desk)[before].key) == ["new"]


def test_a_new_instance_runs_under_the_newest_release_that_holds_its_process(desk):
    desk.deploy(CYCLE)
    with desk.office.database.writing() as session:
        other = b.process(b.start(), b.end(), b.chain("s", "e"), id="other")
        deployments.deploy(session, {"other.bpmn": other.xml}, desk.office.user("dora"), now=MONDAY)
        session.commit()
    newest = desk.look(select(Release.key).order_by(Release.key.desc()))[0]

    key = desk.start("cycle")

    assert desk.look(select(ProcessInstance.release_key).filter_by(key=key)) == [newest]
    desk.complete(key, "run")
    assert desk.status(key) == "COMPLETED"


def test_who_correlates_the_message_that_starts_an_instance_is_in_its_history(desk):
    desk.deploy(filing("new"))
    before = len(filings(desk))

    with desk.office.database.writing() as session:
        messages.correlate(session, "begin", "", {}, desk.office.user("olga"), now=MONDAY)
        session.commit()

    instance = filings(desk)[before]
    assert instance.started_by == "olga"
    assert desk.look(select(Event.actor).filter_by(instance_key=instance.key)) == ["olga"]
    assert desk.runs_again(instance.key)
