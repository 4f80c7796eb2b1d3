"""Whatever happens to a diagram full of events: nobody is lost, nobody lives in a dead scope, nothing stands still."""

from random import Random

import pytest

from service.engine.execution import Execution
from service.engine.lint import lint_bpmn
from service.engine.types import (
    Act,
    CallWait,
    CompleteTask,
    Correlate,
    ElementChange,
    ElementState,
    EngineError,
    FinishCall,
    FireTimer,
    InstanceState,
    JobWait,
    MessageWait,
    SetVariables,
    Signal,
    SignalWait,
    ThrowError,
    ThrowEscalation,
    TimerWait,
    UserTaskWait,
)
from service.values import variables as values
from tests.unit.engine.game import Game
from tests.unit.engine.random_events import Maker
from tests.unit.engine.shelf import Shelf

#: What a random diagram may do to itself: throw what nobody catches, go round without end.
EXPECTED = {"UNHANDLED_ERROR_EVENT", "UNKNOWN"}
#: What it gets wrong on purpose: its called process is not there, and two events may catch the same.
UNIMPORTANT = {"PROCESS_UNKNOWN", "CAUGHT_TWICE"}


@pytest.mark.parametrize("seed", range(30))
def test_nobody_is_lost(play, seed):
    random = Random(seed)
    source = Maker(random).diagram()
    errors = {each.rule for each in lint_bpmn(source.xml, Shelf()) if each.severity == "error"}
    assert errors <= UNIMPORTANT
    try:
        game = play(source, {"key": "k", "n": random.randint(0, 3)}, called=random.random() < 0.3)
    except EngineError as error:
        if error.kind not in EXPECTED:
            raise
        return
    for _ in range(random.randint(5, 40)):
        check(game)
        if game.step.status is not InstanceState.ACTIVE:
            break
        try:
            game.do(chosen(game, random))
        except EngineError as error:
            if error.kind not in EXPECTED:
                raise
    check(game)


def chosen(game: Game, random: Random) -> Act:
    """Something that can happen now."""
    waits = list(game.waits)
    more = values({"n": random.randint(0, 9)})
    if not waits or random.random() < 0.15:
        return SetVariables(0, more)
    wait = random.choice(waits)
    unlucky = random.random()
    match wait:
        case CallWait() | JobWait() | UserTaskWait() if unlucky < 0.15:
            return ThrowError(wait.id, "E1")
        case CallWait() if unlucky < 0.4:
            return ThrowEscalation(wait.id, "X1")
        case CallWait():
            return FinishCall(wait.id, {})
        case TimerWait():
            game.now = max(game.now, wait.due_at)
            return FireTimer(wait.id)
        case MessageWait():
            return Correlate(wait.id, {})
        case SignalWait():
            return Signal(wait.id, {})
    return CompleteTask(wait.id, more if unlucky > 0.7 else {})


def check(game: Game) -> None:
    alive = lives(game.changes)
    if game.step.status is not InstanceState.ACTIVE:
        assert not game.waits
        assert not alive
        return
    machine = Execution.resume(game.source, game.step.state, game._setting())._machine
    conditions = {row[3] for row in machine.conditions.dump()}
    assert game.waits or conditions, "it stands still"
    assert {0, *machine.tokens} >= conditions | {each.owner for each in machine.waits}
    undoing = machine.compensation.dump()
    assert {0, *machine.tokens} >= {scope for scope, _ in undoing.get("done", ())}
    runs = {number: (above, thrower, active) for number, above, thrower, _, active in undoing.get("runs", ())}
    busy = [token.undoing for token in machine.tokens.values() if token.undoing is not None]
    busy += [above for above, _, _ in runs.values() if above is not None]
    assert {number: busy.count(number) for number in {*busy, *runs}} == {n: run[2] for n, run in runs.items()}
    assert machine.tokens.keys() >= {thrower for _, thrower, _ in runs.values() if thrower is not None}


def lives(changes: list[ElementChange]) -> dict[int, ElementChange]:
    """Who is alive: entered once, in a scope that lives, and left once, with nobody left inside."""
    alive: dict[int, ElementChange] = {}
    known: set[int] = set()
    for change in changes:
        if change.state is ElementState.ACTIVE:
            assert change.id not in known
            assert change.scope_id == 0 or change.scope_id in alive
            known.add(change.id)
            alive[change.id] = change
        else:
            del alive[change.id]
            assert change.id not in {each.scope_id for each in alive.values()}
    return alive
