"""Ids are the author's: whatever the schema allows, and whatever the library calls its own."""

import pytest

from tests.unit.engine.builder import chain, each, end, event_sub, gateway, process, start, sub, timer, user
from tests.unit.engine.shelf import lint

NAMES = [
    "Start", "End", "Root", "p_EndJoin", "start", "end", "None", "self", "x__each", "__a", "a__b", "_", "a.b-c", "审批",
    "é", "a·b", "Ⅳ", "Process", "UserTask", "x0", "constructor", "toString", "true", "null", "a" * 200,
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_an_id_that_the_schema_allows_works(play, name):
    inside = sub(name, start("t"), user("u", inner=each()), end("f"), chain("t", "u", "f"))
    game = play(process(start(), inside, end(), chain("s", name, "e")))
    for _ in range(3):
        game.complete("u")
    assert game.completed
    assert game.states(name) == ["ACTIVE", "COMPLETED"]
    game = play(process(start(), user(name, inner=each()), end(), chain("s", name, "e")))
    for _ in range(3):
        game.complete(name)
    assert game.completed


@pytest.mark.parametrize("name", NAMES)
def test_the_lint_lets_it_pass(name):
    found = lint(start(), user(name), end(), chain("s", name, "e"))
    assert not [each for each in found if each.severity == "error"]


@pytest.mark.parametrize("name", ["a b", "1a", "a:b", "a#each", "a/b", "-a", ".a", "a" * 201, "ª", "a^"])
def test_what_is_no_name_is_refused(name):
    assert "ID_INVALID" in {each.rule for each in lint(start(), user(name), end(), chain("s", name, "e"))}


def test_the_library_s_names_all_at_once(play):
    handler = event_sub("Root", timer("P1D"), user("EndJoin"), end("None"), chain("Root_start", "EndJoin", "None"))
    game = play(
        process(
            start("Start"),
            gateway("parallel", "p.EndJoin"),
            user("a"),
            sub("task", start("x"), user("BpmnStartTask"), end("y"), chain("x", "BpmnStartTask", "y"), handler),
            end("End"),
            chain("Start", "p.EndJoin", "a", "End"),
            chain("p.EndJoin", "task", "End"),
        )
    )
    assert game.tasks == ["BpmnStartTask", "a"]
    game.fire("Root_start")
    for task in ("a", "EndJoin"):
        game.complete(task)
    assert game.completed
