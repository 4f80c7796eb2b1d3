"""Wherever the catalogue has come to: every element can be entered, all can be ended, and the instance stays whole."""

import pytest

from service.engine.execution import Execution
from service.engine.types import Activation, EngineError, InstanceState, Modify, MoveRefused
from tests.catalogue.cases import Case, cases
from tests.catalogue.playing import play
from tests.catalogue.test_migrating import renamed


def last_active(case):
    """The last state of each instance of a case in which it was active."""
    for instance in play(case, restored=True).instances:
        for _, setting, state in reversed(instance.played):
            if Execution.resume(instance.source, state, setting).step().status is InstanceState.ACTIVE:
                yield instance.source, setting, state, instance.played[0][0].called
                break


def check_whole(source, setting, step, was):
    """What lives lies in what lives, what waits belongs to what lives, and it can be read back."""
    again = Execution.resume(source, step.state, setting)
    assert again.step().state == step.state
    alive = {0, *(each.id for each in again.active_elements())}
    assert {each.scope_id for each in again.active_elements()} <= alive
    assert {getattr(wait, "element_instance_id", wait.id) for wait in again.open_waits()} <= alive
    entered = {change.id for change in step.changes if change.state == "ACTIVE"}
    ended = {change.id for change in step.changes if change.state != "ACTIVE"}
    assert ended <= entered | was
    if step.status is not InstanceState.ACTIVE:
        assert not again.open_waits()
        assert not again.active_elements()


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_every_element_can_be_entered_or_is_refused_by_name(case: Case):
    for source, setting, state, _ in last_active(case):
        was = {each.id for each in Execution.resume(source, state, setting).active_elements()}
        for element_id in renamed(source)[1]:
            execution = Execution.resume(source, state, setting)
            try:
                execution.apply(Modify((Activation(element_id),)))
            except (MoveRefused, EngineError):
                continue  # refused by name, or the procedure stops there: nothing would be stored
            check_whole(source, setting, execution.step(), was)


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_an_instance_ends_with_its_last_element_instance(case: Case):
    for source, setting, state, is_called in last_active(case):
        execution = Execution.resume(source, state, setting)
        active = execution.active_elements()
        act = Modify(terminations=tuple(each.id for each in active))
        if is_called:
            with pytest.raises(MoveRefused, match="ENDS_CALLED_INSTANCE"):
                execution.apply(act)
        else:
            execution.apply(act)
            step = execution.step()
            assert step.status is InstanceState.TERMINATED
            check_whole(source, setting, step, {each.id for each in active})
