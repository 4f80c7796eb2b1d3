"""Free-form diagrams (loops anywhere, gateways that split and join at once), against a second reading of the standard.

Each act gives the same open tasks, the same tokens at the same flows of the joins, and the same end, or stops for the
same reason. `PINGSHEN_EXAMPLES=5000 python -m pytest tests/unit/engine/test_token_game.py` looks longer, and elsewhere.
"""

from collections import Counter

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from service.engine.execution import Execution
from service.engine.types import EngineError, ProcessSource
from tests.unit.engine.builder import TERMINATE, end, flow, gateway, process, start, tag, user
from tests.unit.engine.game import Game
from tests.unit.engine.random_diagrams import examples
from tests.unit.engine.token_game import Ambiguous, Arc, Drawing, Endless, NoWayOut, TokenGame

NAMES = ("v0", "v1", "v2")
KINDS = ("user", "user", "user", "task", "exclusive", "inclusive", "inclusive", "parallel", "parallel")


@st.composite
def drawings(draw) -> Drawing:
    """Three to nine nodes, each with one to three flows to any of them or to an end."""
    kinds = {"s": "start"}
    kinds |= {f"n{n}": draw(st.sampled_from(KINDS)) for n in range(draw(st.integers(3, 9)))}
    kinds |= {"e": "end"}
    if draw(st.integers(0, 9)) == 0:
        kinds["x"] = "terminate"
    arcs, defaults = [Arc("s_n0", "s", "n0")], {}
    for node, kind in kinds.items():
        if not node.startswith("n"):
            continue
        targets = draw(st.lists(st.sampled_from([name for name in kinds if name != "s"]), min_size=1, max_size=3))
        conditional = kind in ("exclusive", "inclusive") or (kind != "parallel" and draw(st.booleans()))
        for index, target in enumerate(targets):
            asks = draw(st.sampled_from(NAMES)) if conditional and len(targets) > 1 else None
            arcs.append(Arc(f"{node}_{index}", node, target, asks))
        if conditional and len(targets) > 1 and draw(st.booleans()):
            arcs[-1] = Arc(arcs[-1].id, node, targets[-1])
            defaults[node] = arcs[-1].id
    return Drawing(kinds, arcs, defaults)


def xml(drawing: Drawing) -> ProcessSource:
    makers = {
        "start": start,
        "end": end,
        "terminate": lambda id: end(id, TERMINATE),
        "user": lambda id, **more: user(id, **more),
        "task": lambda id, **more: tag("task", id=id, **more),
    }
    parts = []
    for node, kind in drawing.kinds.items():
        more = {"default": drawing.defaults[node]} if node in drawing.defaults else {}
        parts.append(makers[kind](node, **more) if kind in makers else gateway(kind, node, **more))
    parts += [flow(arc.source, arc.target, f"={arc.asks}" if arc.asks else "", arc.id) for arc in drawing.arcs]
    return process(*parts)


VARIABLES = st.fixed_dictionaries({name: st.booleans() for name in NAMES})


@examples(200)
@given(drawing=drawings(), data=st.data())
def test_the_engine_plays_the_token_game(drawing, data):
    assume(any(kind == "user" for kind in drawing.kinds.values()))
    source, variables = xml(drawing), data.draw(VARIABLES)
    try:
        game, other = both(lambda: TokenGame(drawing, variables), lambda: Game(source, variables))
        for _ in range(12):
            agree(drawing, source, game, other)
            tasks = sorted(+other.open)
            if not tasks:
                break
            task, variables = data.draw(st.sampled_from(tasks)), data.draw(VARIABLES)
            both(lambda: other.complete(task, variables), lambda: game.complete(task, variables))  # noqa: B023
        game.replay()
    except _Stopped:
        pass


class _Stopped(Exception):
    """Both stopped for the same reason; or there is no going on: the standard leaves it open, or it would never end."""


def both(theirs, ours):
    """Do the same on both sides."""
    try:
        other = theirs()
    except NoWayOut as stopped:
        with pytest.raises(EngineError, match="no condition"):
            ours()
        raise _Stopped from stopped
    except (Ambiguous, Endless) as stopped:
        raise _Stopped from stopped
    return ours(), other


def agree(drawing: Drawing, source: ProcessSource, game: Game, other: TokenGame) -> None:
    assert Counter(game.tasks) == +other.open
    assert game.completed == other.completed
    waiting: Counter[str] = Counter()
    for token in Execution.resume(source, game.step.state, game._setting())._machine.tokens.values():
        if token.is_joining:
            waiting[drawing.into(token.node.id)[token.arrived_by].id] += 1
    assert waiting == +other.marking
    assert bool(game.step.stuck) == bool(not +other.open and +other.marking)
