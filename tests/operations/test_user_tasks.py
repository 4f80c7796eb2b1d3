"""User tasks from the store's side: who may, what moves, what is written down."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from service.errors import Forbidden, FormInvalid, NotFound, TaskNotOpen, TaskNotYours, TaskTaken
from service.models import Event, UserTask
from service.operations import histories
from service.operations.user_tasks import (
    assign_user_task,
    claim_user_task,
    complete_user_task,
    unassign_user_task,
    visible_user_task,
)
from tests.support.leave import LONG_LEAVE, MONDAY

pytestmark = pytest.mark.both_databases


def task_of(session, instance, element_id):
    """The open task of an element."""
    return session.scalars(
        select(UserTask).filter_by(instance_key=instance.key, element_id=element_id, ended_at=None)
    ).one()


@pytest.fixture
def request_task(session, instance, office):
    """The request's form, claimed by anna."""
    task = task_of(session, instance, "request")
    claim_user_task(session, task.key, office.user("anna"), now=MONDAY)
    return task


@pytest.fixture
def approval(session, instance, request_task, office):
    """The approval that follows a long leave, claimed by grace."""
    complete_user_task(session, request_task.key, LONG_LEAVE, office.user("anna"), now=MONDAY)
    task = task_of(session, instance, "approve")
    claim_user_task(session, task.key, office.user("grace"), now=MONDAY)
    return task


def test_completing_the_last_task_ends_the_instance(session, instance, approval, office):
    complete_user_task(session, approval.key, {"approved": True, "comment": ""}, office.user("grace"), now=MONDAY)

    session.refresh(approval)
    assert instance.status == "COMPLETED"
    assert approval.completed_by == "grace"
    kinds = session.scalars(select(Event.kind).filter_by(instance_key=instance.key).order_by(Event.seq)).all()
    assert kinds == [
        "INSTANCE_STARTED",
        "USER_TASK_CLAIMED",
        "USER_TASK_COMPLETED",
        "USER_TASK_CLAIMED",
        "USER_TASK_COMPLETED",
    ]


def test_a_finished_instance_runs_again_to_the_same_bytes(session, instance, approval, office):
    complete_user_task(session, approval.key, {"approved": False, "comment": "太忙"}, office.user("grace"), now=MONDAY)

    assert histories.verify(session, instance).valid
    again = histories.replay(session, instance)
    assert (again.same, again.steps) == (True, 3)


def test_due_dates_are_those_of_the_decision(session, approval):
    # leave_days.dmn: more than one day and up to five is answered within two days.
    assert approval.due_at == MONDAY + timedelta(days=2)


def test_a_second_completion_finds_the_task_closed(session, approval, office):
    grace = office.user("grace")
    complete_user_task(session, approval.key, {"approved": True, "comment": ""}, grace, now=MONDAY)

    with pytest.raises(TaskNotOpen):
        complete_user_task(session, approval.key, {"approved": False, "comment": ""}, grace, now=MONDAY)


def test_only_the_assignee_completes(session, approval, office):
    with pytest.raises(TaskNotYours):
        complete_user_task(session, approval.key, {"approved": True}, office.user("henry"), now=MONDAY)


def test_who_may_not_know_of_a_task_is_told_that_there_is_none(session, request_task, office):
    for key in (request_task.key, 1):
        with pytest.raises(NotFound):
            visible_user_task(session, key, office.user("noah"))


def test_a_claimed_task_is_taken(session, approval, office):
    with pytest.raises(TaskTaken) as refusal:
        claim_user_task(session, approval.key, office.user("henry"), now=MONDAY)
    assert refusal.value.details["assignee"] == "格蕾丝"


def test_claiming_ones_own_task_again_changes_nothing(session, instance, approval, office):
    before = instance.events

    claim_user_task(session, approval.key, office.user("grace"), now=MONDAY)

    assert instance.events == before


def test_a_task_is_given_to_others_by_operators_only(session, approval, office):
    with pytest.raises(Forbidden):
        assign_user_task(session, approval.key, "henry", office.user("grace"), now=MONDAY)

    assign_user_task(session, approval.key, "henry", office.user("olga"), now=MONDAY)
    assert approval.assignee == "henry"


def test_a_released_task_is_offered_again(session, approval, office):
    unassign_user_task(session, approval.key, office.user("grace"), now=MONDAY)

    claim_user_task(session, approval.key, office.user("henry"), now=MONDAY)
    assert approval.assignee == "henry"


@pytest.mark.parametrize(
    ("answers", "faults"),
    [
        ({}, {("days", "REQUIRED"), ("from", "REQUIRED"), ("kind", "REQUIRED")}),
        ({**LONG_LEAVE, "is_admin": True}, {("is_admin", "UNKNOWN_FIELD")}),
        ({**LONG_LEAVE, "kind": "forever"}, {("kind", "NOT_IN_LIST")}),
    ],
)
def test_wrong_answers_are_refused_field_by_field(session, instance, request_task, office, answers, faults):
    version = instance.version

    with pytest.raises(FormInvalid) as refusal:
        complete_user_task(session, request_task.key, answers, office.user("anna"), now=MONDAY)

    assert {(fault.path, fault.code) for fault in refusal.value.errors} == faults
    assert (instance.version, request_task.ended_at) == (version, None)
