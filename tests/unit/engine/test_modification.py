"""Entering and ending elements where no flow leads: scopes stay whole, and nothing is done by halves."""

from decimal import Decimal

import pytest

from service.engine.types import Activation, MoveRefused, SetVariables
from tests.unit.engine.builder import (
    CATCH_MESSAGE,
    COMPENSATE,
    ESCALATION,
    SIGNAL,
    boundary,
    call,
    catch,
    chain,
    conditional,
    each,
    end,
    event_sub,
    extensions,
    flow,
    gateway,
    mapping,
    process,
    service,
    start,
    sub,
    throw,
    timer,
    undo,
    user,
    zeebe,
)

LINE = process(start(), user("a"), user("b"), user("c"), end(), chain("s", "a", "b", "c", "e"))
NESTED = process(
    start(),
    user("z"),
    sub(
        "outer",
        start("os"),
        user("o"),
        sub(
            "inner",
            start("is"),
            user("i"),
            user("j"),
            end("ie"),
            event_sub("told", CATCH_MESSAGE, user("t"), end("te"), chain("told_start", "t", "te"), interrupting=False),
            chain("is", "i", "j", "ie"),
        ),
        end("oe"),
        chain("os", "o", "inner", "oe"),
    ),
    boundary("late", "outer", timer("P1D")),
    user("after"),
    end(),
    end("e2"),
    chain("s", "z", "outer", "after", "e"),
    chain("late", "e2"),
)
FORKED = process(
    start(),
    gateway("parallel", "fork"),
    user("a"),
    user("b"),
    gateway("parallel", "join"),
    user("after"),
    end(),
    chain("s", "fork", "a", "join", "after", "e"),
    chain("fork", "b", "join"),
)


def refused(game, *activations, end=()):
    with pytest.raises(MoveRefused) as refusal:
        game.modify(*activations, end=end)
    return [(each.code, each.place) for each in refusal.value.findings]


def test_a_token_moves_back_and_forth(play):
    game = play(LINE)

    game.modify("c", end=["a"])
    assert game.tasks == ["c"]
    game.modify("a", end=["c"])
    assert game.tasks == ["a"]

    assert game.states("a") == ["ACTIVE", "TERMINATED", "ACTIVE"]
    for task in ("a", "b", "c"):
        game.complete(task)
    assert game.completed


def test_an_instance_of_which_nothing_is_left_is_terminated(play):
    game = play(LINE)

    game.modify(end=["a"])

    assert game.step.status == "TERMINATED"
    assert not game.waits


def test_scopes_around_an_activated_element_are_opened_with_what_they_listen_for(play):
    game = play(NESTED, {"key": "k"})

    game.modify("j", end=["z"])

    assert game.open == ["j", "late", "told_start"]
    ids = {each.element_id: each for each in game.active}
    assert (ids["j"].scope_id, ids["inner"].scope_id, ids["outer"].scope_id) == (
        ids["inner"].id,
        ids["outer"].id,
        0,
    )
    game.correlate("told_start")
    game.complete("t")
    game.complete("j")
    assert game.tasks == ["after"]
    assert game.states("outer") == ["ACTIVE", "COMPLETED"]


def test_two_elements_of_a_scope_that_is_not_there_share_it(play):
    game = play(NESTED, {"key": "k"})

    game.modify("i", "j", end=["z"])

    assert len(game.numbers("inner")) == 1
    game.complete("i")
    game.complete("j")
    game.complete("j")
    assert game.tasks == ["after"]


def test_a_scope_that_loses_its_last_ends_and_so_do_those_around_it(play):
    game = play(NESTED, {"key": "k"})
    game.modify("i", end=["z"])

    game.modify("z", end=["i"])

    assert game.open == ["z"]
    assert game.states("inner") == game.states("outer") == ["ACTIVE", "TERMINATED"]


def test_what_is_activated_beside_the_last_keeps_the_scope(play):
    game = play(NESTED, {"key": "k"})
    game.modify("i", end=["z"])
    [inner] = game.numbers("inner")

    game.modify("j", end=["i"])

    assert game.numbers("inner") == [inner]
    assert game.tasks == ["j"]


def test_nothing_is_put_into_a_scope_that_the_same_act_ends(play):
    game = play(NESTED, {"key": "k"})
    game.modify("i", end=["z"])
    [inner] = game.numbers("inner")

    game.modify("j", end=["inner"])

    assert game.tasks == ["j"]
    assert game.numbers("inner") != [inner]


def test_ending_a_sub_process_ends_all_inside_and_its_events(play):
    game = play(NESTED, {"key": "k"})
    game.modify("i", end=["z"])

    game.modify("after", end=["outer"])

    assert game.open == ["after"]
    game.complete("after")
    assert game.completed


def test_a_scope_is_chosen_by_its_instance_or_made_anew(play):
    game = play(NESTED, {"key": "k"})
    game.modify("i", end=["z"])
    [outer] = game.numbers("outer")

    game.modify(Activation("j", ancestor=outer))
    assert len(game.numbers("outer")) == 1
    game.modify(Activation("i", ancestor=0))

    assert (len(game.numbers("outer")), len(game.numbers("inner"))) == (2, 3)
    assert refused(game, "j") == [("AMBIGUOUS_SCOPE", "activations[0]")]
    game.modify(Activation("j", ancestor=game.numbers("inner")[2]))
    assert game.tasks == ["i", "i", "j", "j"]


def test_variables_are_written_into_the_scopes_that_are_named(play):
    game = play(NESTED, {"key": "k"})
    asked = (("", {"all": Decimal(1)}), ("outer", {"here": "o"}), ("inner", {"here": "i"}), ("i", {"own": True}))

    game.modify(Activation("i", variables=asked), end=["z"])

    [task], [inner], [outer] = game.numbers("i"), game.numbers("inner"), game.numbers("outer")
    assert game.variables(task) == {"key": "k", "all": Decimal(1), "here": "i", "own": True}
    assert (game.variables(inner)["here"], game.variables(outer)["here"]) == ("i", "o")
    assert game.variables() == {"key": "k", "all": Decimal(1)}
    game.modify(Activation("j", variables=(("inner", {"here": "new"}),)))
    assert game.variables(inner)["here"] == "new"
    assert refused(game, Activation("j", variables=(("z", {"x": None}),))) == [("NO_VARIABLE_SCOPE", "activations[0]")]


def test_input_mappings_and_boundary_events_of_what_is_activated_hold(play):
    mapped = user("b", mapping({"twice": "=amount * 2"}))
    game = play(
        process(
            start(), user("a"), mapped, boundary("t", "b", timer("P1D")), end(), end("e2"),
            chain("s", "a", "b", "e"), chain("t", "e2"),
        ),
        {"amount": 4},
    )  # fmt: skip

    game.modify("b", end=["a"])

    assert game.variables(game.wait("b").id)["twice"] == Decimal(8)
    game.fire("t")
    assert game.completed


def test_one_branch_is_moved_and_the_join_still_waits(play):
    game = play(FORKED)
    game.complete("a")

    game.modify("a", end=["b"])
    assert game.tasks == ["a"]
    game.complete("a")
    assert game.tasks == []

    game.modify("b")
    game.complete("b")
    assert game.tasks == ["after"]


def test_who_waits_at_a_join_for_nobody_ends_with_the_scope(play):
    game = play(FORKED)
    game.complete("a")

    game.modify(end=["b"])

    assert game.step.status == "TERMINATED"


def test_a_join_that_is_entered_passes_and_its_waiting_token_can_be_ended(play):
    game = play(FORKED)
    game.complete("a")

    game.modify("join", end=["b", "join"])

    assert game.tasks == ["after"]
    game.complete("after")
    assert game.completed


def test_an_inclusive_join_goes_on_when_those_it_waited_for_are_ended(play):
    game = play(
        process(
            start(), gateway("inclusive", "fork"), user("a"), user("b"), gateway("inclusive", "join"), user("after"),
            end(), flow("s", "fork"), flow("fork", "a", "=true"), flow("fork", "b", "=true"),
            chain("a", "join", "after", "e"), chain("b", "join"),
        )
    )  # fmt: skip
    game.complete("a")

    game.modify(end=["b"])

    assert game.tasks == ["after"]


@pytest.mark.parametrize("sequential", [False, True])
def test_a_multi_instance_activity_is_activated_and_ended_as_a_whole(play, sequential):
    many = user("m", inner=each(sequential=sequential))
    game = play(process(start(), user("a"), many, user("z"), end(), chain("s", "a", "m", "z", "e")))

    game.modify("m", end=["a"])
    assert game.tasks == (["m"] if sequential else ["m"] * 3)
    game.modify("z", end=["m"])

    assert game.tasks == ["z"]


def test_a_child_of_a_parallel_multi_instance_is_ended_by_itself(play):
    collecting = each(outputCollection="all", outputElement="=i", condition="=numberOfCompletedInstances = 3")
    many = user("m", inner=collecting)
    game = play(process(start(), many, user("z"), end(), chain("s", "m", "z", "e")))

    game.modify(end=[game.wait("m").id])
    assert game.tasks == ["m", "m"]
    game.complete("m")
    game.complete("m")

    assert game.tasks == ["z"]
    assert game.variables()["all"] == [None, Decimal(2), Decimal(3)]


def test_a_multi_instance_body_without_children_ends(play):
    many = user("m", inner=each(sequential=True))
    game = play(process(start(), many, user("z"), end(), chain("s", "m", "z", "e")))

    game.modify("z", end=[game.wait("m").id])

    assert game.tasks == ["z"]
    assert game.states("m") == ["ACTIVE", "ACTIVE", "TERMINATED", "TERMINATED"]


def test_inside_a_multi_instance_only_a_child_that_is_there_is_entered(play):
    many = sub("m", start("ms"), user("i"), user("j"), end("me"), each(), chain("ms", "i", "j", "me"))
    game = play(process(start(), user("a"), many, user("z"), end(), chain("s", "a", "m", "z", "e")))
    assert refused(game, "j") == [("INSIDE_MULTI_INSTANCE", "activations[0]")]
    game.complete("a")
    assert refused(game, "j") == [("AMBIGUOUS_SCOPE", "activations[0]")]
    body, first, *_ = [each.id for each in game.active if each.element_id == "m"]
    assert refused(game, Activation("j", ancestor=body)) == [("NO_ANCESTOR", "activations[0]")]

    game.modify(Activation("j", ancestor=first), end=[game.wait("i").id])

    assert game.tasks == ["i", "i", "j"]
    game.complete("j")
    for _ in range(2):
        game.complete("i")
        game.complete("j")
    assert game.tasks == ["z"]


def test_ending_the_last_inside_a_child_ends_the_child(play):
    many = sub("m", start("ms"), user("i"), end("me"), each(), chain("ms", "i", "me"))
    game = play(process(start(), many, user("z"), end(), chain("s", "m", "z", "e")))

    game.modify(end=[game.wait("i").id])
    game.complete("i")
    game.complete("i")

    assert game.tasks == ["z"]


def test_a_call_is_ended_with_its_child_and_can_be_begun_again(play):
    game = play(process(start(), call("c", "child"), user("z"), end(), chain("s", "c", "z", "e")))
    wait = game.wait("c")

    step = game.modify("c", end=["c"])

    assert step.closed == (wait.id,)
    assert [each.element_id for each in step.opened] == ["c"]
    game.finish("c")
    assert game.tasks == ["z"]


def test_an_event_gateway_is_left_and_entered_but_not_the_events_behind_it(play):
    game = play(
        process(
            start(), gateway("eventBased", "g"), catch("m", CATCH_MESSAGE), catch("t", timer("P1D")), user("z"), end(),
            end("e2"), chain("s", "g", "m", "z", "e"), chain("g", "t", "e2"),
        ),
        {"key": "k"},
    )  # fmt: skip
    assert refused(game, "m") == [("NOT_TO_BE_ACTIVATED", "activations[0]")]

    game.modify("z", end=["g"])
    assert game.open == ["z"]
    game.modify("g", end=["z"])

    game.correlate("m")
    assert game.open == ["z"]


def test_event_sub_processes_are_entered_beside_what_runs(play):
    handler = event_sub("x", SIGNAL, user("h"), end("he"), chain("x_start", "h", "he"))
    game = play(process(start(), user("a"), handler, end(), chain("s", "a", "e")))

    game.modify("h")

    assert game.open == ["a", "h", "x_start"]
    game.complete("h")
    game.complete("a")
    assert game.completed


@pytest.mark.parametrize(
    ("element", "code"),
    [("s", "NOT_TO_BE_ACTIVATED"), ("late", "NOT_TO_BE_ACTIVATED"), ("nobody", "UNKNOWN_ELEMENT")],
)
def test_what_cannot_be_entered_is_refused_by_name(play, element, code):
    assert refused(play(NESTED, {"key": "k"}), "z", element) == [(code, "activations[1]")]


def test_what_is_not_there_cannot_be_ended(play):
    game = play(LINE)
    assert refused(game, end=["a", 99]) == [("NOT_ACTIVE", "terminations[1]")]
    assert game.tasks == ["a"]


def test_a_called_instance_is_not_ended_by_its_own_modification(play):
    game = play(LINE, called=True)
    assert refused(game, end=["a"]) == [("ENDS_CALLED_INSTANCE", "")]


def test_end_and_throw_events_and_jobs_can_be_entered(play):
    work = service("w")
    game = play(
        process(
            start(), user("a"), throw("x", ESCALATION), work, end(), end("other"), chain("s", "a", "x", "w", "e"),
            flow("a", "other", "=false"),
        )
    )  # fmt: skip

    step = game.modify("x")
    assert [each.code for each in step.escalations] == ["X1"]
    game.modify("other", end=["w"])
    assert game.tasks == ["a"]
    game.modify("e", end=["a"])
    assert game.completed


def test_what_runs_by_itself_runs_on_from_where_it_was_entered(play):
    scripted = zeebe("script", expression="=1 + 1", resultVariable="two")
    body = f'<bpmn:scriptTask id="x">{extensions(scripted)}</bpmn:scriptTask>'
    game = play(process(start(), user("a"), body, user("z"), end(), chain("s", "a", "x", "z", "e")))

    game.modify("x", end=["a"])

    assert game.variables()["two"] == Decimal(2)
    assert game.tasks == ["z"]


def test_a_round_of_a_standard_loop_ends_with_its_loop(play):
    rounds = '<bpmn:standardLoopCharacteristics loopMaximum="3"/>'
    game = play(process(start(), user("m", inner=rounds), user("z"), end(), chain("s", "m", "z", "e")))
    game.complete("m")

    game.modify("z", end=[game.wait("m").id])

    assert game.tasks == ["z"]
    game.modify("m", end=["z"])
    for _ in range(3):
        game.complete("m")
    assert game.tasks == ["z"]


def test_what_compensates_is_not_entered_and_a_throw_event_that_is_ended_undoes_no_more(play):
    game = play(
        process(
            start(), user("a"), user("b"), throw("t", COMPENSATE), user("z"), end(), undo("a"), undo("b"),
            chain("s", "a", "b", "t", "z", "e"),
        )
    )  # fmt: skip
    assert refused(game, "una") == [("NOT_TO_BE_ACTIVATED", "activations[0]")]
    game.complete("a")
    game.complete("b")
    assert game.tasks == ["unb"]

    game.modify("z", end=["t"])

    assert game.tasks == ["z"]
    game.complete("z")
    assert game.completed


def test_a_handler_that_is_ended_lets_the_next_one_run(play):
    game = play(
        process(
            start(), user("a"), user("b"), throw("t", COMPENSATE), end(), undo("a"), undo("b"),
            chain("s", "a", "b", "t", "e"),
        )
    )  # fmt: skip
    game.complete("a")
    game.complete("b")

    game.modify(end=["unb"])

    assert game.tasks == ["una"]
    game.complete("una")
    assert game.completed


def test_conditions_of_what_is_entered_are_asked_and_of_what_is_ended_no_more(play):
    watched = boundary("high", "b", conditional("=x > 5"))
    game = play(
        process(
            start(), user("a"), user("b"), watched, user("z"), end(), end("e2"), chain("s", "a", "b", "e"),
            chain("high", "z", "e2"),
        ),
        {"x": 3},
    )  # fmt: skip
    game.modify("b", end=["a"])
    game.modify("a", end=["b"])
    game.do(SetVariables(0, {"x": Decimal(9)}))
    assert game.tasks == ["a"]

    game.modify("b", end=["a"])

    assert game.tasks == ["z"]
