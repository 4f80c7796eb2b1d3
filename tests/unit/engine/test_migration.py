"""Going on under another definition: where the instance stands, with what it waits for, or a refusal that says why."""

from datetime import timedelta
from decimal import Decimal

import pytest

from service.engine.types import ActImpossible, Migrate, MoveRefused, SetVariables
from tests.unit.engine.builder import (
    CATCH_MESSAGE,
    COMPENSATE,
    SIGNAL,
    boundary,
    call,
    catch,
    chain,
    conditional,
    each,
    end,
    event_sub,
    flow,
    gateway,
    process,
    properties,
    script,
    service,
    start,
    sub,
    throw,
    timer,
    undo,
    user,
    zeebe,
)

LINE = process(start(), user("a"), user("b"), end(), chain("s", "a", "b", "e"))
LONGER = process(start(), user("a", name="first"), user("new"), user("b"), end(), chain("s", "a", "new", "b", "e"))


def identity(*ids):
    return {each: each for each in ids}


def test_a_task_stays_open_under_its_number_and_the_instance_takes_the_new_way(play):
    game = play(LINE)
    before = game.wait("a")

    step = game.migrate(LONGER)

    assert (step.opened, step.closed, step.changes, step.flows) == ((), (), (), ())
    assert (game.wait("a").id, game.wait("a").name) == (before.id, "first")
    game.complete("a", {"x": 1})
    game.complete("new")
    game.complete("b")
    assert game.completed
    assert game.variables() == {"x": Decimal(1)}


def test_an_element_may_have_another_id_and_the_process_too(play):
    renamed = process(start(), user("first"), user("second"), end(), chain("s", "first", "second", "e"), id="other")
    game = play(LINE)
    number = game.wait("a").id

    game.migrate(renamed, {"a": "second"})

    assert [(wait.id, wait.element_id) for wait in game.waits] == [(number, "second")]
    game.complete("second")
    assert game.completed


def test_a_migrated_state_is_read_back_in_another_process_and_migrates_again(play):
    game = play(LINE)
    game.migrate(LONGER)
    game.complete("a")
    game.migrate(LINE, {"new": "b"})
    game.complete("b")
    assert game.completed


def test_what_is_active_must_be_mapped_to_its_like(play):
    other = process(start(), service("a"), user("b"), end(), chain("s", "a", "b", "e"))
    game = play(LINE)

    assert game.check(LONGER, {}) == [("NOT_MAPPED", "a")]
    assert game.check(other, {"a": "a"}) == [("TYPE_CHANGED", "a")]
    assert game.check(LONGER, {"a": "z"}) == [("UNKNOWN_TARGET", "a")]
    assert game.check(LONGER, {"a": "a", "z": "a"}) == [("UNKNOWN_SOURCE", "z")]
    assert game.check(LONGER, {"a": "a_new"}) == [("TYPE_CHANGED", "a")]
    with pytest.raises(MoveRefused, match="NOT_MAPPED"):
        game.migrate(LONGER, {"b": "b"})
    assert game.tasks == ["a"]


def test_only_the_definition_that_is_named_is_taken(play):
    game = play(LINE)
    with pytest.raises(ActImpossible, match="no such definition"):
        game.do(Migrate("p", "0" * 64, {}))


# --- jobs and tasks ---------------------------------------------------------------------------


def test_jobs_stay_as_they_were_handed_out(play):
    old = process(start(), service("w", type="old"), end(), chain("s", "w", "e"))
    new = process(
        start(), service("w", zeebe("taskHeaders", zeebe("header", key="k", value="v")), type="new"), end(),
        chain("s", "w", "e"),
    )  # fmt: skip
    game = play(old)
    assert game.check(new, {"w": "w"}) == [("job_kept", "w")]

    game.migrate(new)

    assert (game.wait("w").type, game.wait("w").headers) == ("old", {"k": "v"})
    game.complete("w")
    assert game.completed


def test_a_task_shows_the_form_of_the_new_definition_and_keeps_who_has_it(play):
    def version(form, group):
        task = user("a", zeebe("formDefinition", formId=form), zeebe("assignmentDefinition", candidateGroups=group))
        return process(start(), task, end(), chain("s", "a", "e"))

    game = play(version("one", "staff"), {"kind": "three"})
    same = version("one", "managers")
    assert game.check(same, {"a": "a"}) == [("assignment_kept", "a")]

    game.migrate(same)
    assert (game.wait("a").form_id, game.wait("a").candidate_groups) == ("one", ("staff",))
    step = game.migrate(version("=kind", "staff"))

    assert game.wait("a").form_id == "three"
    assert (step.opened, step.closed) == ((), ())


def test_output_mappings_are_those_of_the_new_definition(play):
    new = process(
        start(),
        user("a", zeebe("ioMapping", zeebe("output", source="=x + 1", target="y"))),
        end(),
        chain("s", "a", "e"),
    )
    game = play(LINE)
    game.migrate(new)
    game.complete("a", {"x": 1})
    assert game.variables() == {"y": Decimal(2)}


# --- attached events --------------------------------------------------------------------------


def guarded(duration, id="late", *, definition="", **more):
    return process(
        start(),
        user("a"),
        boundary(id, "a", definition or timer(duration), **more),
        user("z"),
        end(),
        end("e2"),
        chain("s", "a", "e"),
        chain(id, "z", "e2"),
    )


def test_a_boundary_timer_that_is_mapped_keeps_its_time(play):
    game = play(guarded("P1D"))
    due = game.wait("late").due_at
    assert game.check(guarded("P9D"), identity("a", "late")) == [("event_kept", "late")]
    game.now += timedelta(hours=5)

    game.migrate(guarded("P9D", "later"), {"a": "a", "late": "later"})

    assert game.wait("later").due_at == due
    game.fire("later")
    assert game.tasks == ["z"]


def test_one_that_is_not_mapped_is_closed_and_the_new_one_begins_now(play):
    game = play(guarded("P1D"))
    old = game.wait("late").id
    game.now += timedelta(hours=5)
    assert game.check(guarded("P9D"), {"a": "a"}) == [("event_closed", "late"), ("event_opened", "late")]

    step = game.migrate(guarded("P9D"), {"a": "a"})

    assert step.closed == (old,)
    assert [each.due_at for each in step.opened] == [game.now + timedelta(days=9)]
    game.fire("late")
    assert game.tasks == ["z"]


def test_events_that_only_one_definition_has_come_and_go(play):
    bare = process(start(), user("a"), user("z"), end(), chain("s", "a", "z", "e"))
    game = play(guarded("", definition=CATCH_MESSAGE), {"key": "k"})

    assert game.migrate(bare).opened == ()
    assert game.open == ["a"]
    game.migrate(guarded("", definition=SIGNAL, interrupting=False))
    game.signal("late")

    assert game.tasks == ["a", "z"]


def test_an_event_does_not_become_another_kind_nor_another_element_s(play):
    game = play(guarded("P1D"), {"key": "k"})
    both = identity("a", "late")

    assert game.check(guarded("", definition=CATCH_MESSAGE), both) == [("EVENT_CHANGED", "late")]
    elsewhere = process(
        start(), user("a"), user("b"), boundary("late", "b", timer("P1D")), end(), end("e2"),
        chain("s", "a", "b", "e"), chain("late", "e2"),
    )  # fmt: skip
    assert game.check(elsewhere, both) == [("EVENT_ELSEWHERE", "late")]


def test_two_events_do_not_become_one(play):
    two = process(
        start(), user("a"), boundary("x", "a", timer("P1D")), boundary("y", "a", timer("P2D")), end(), end("e2"),
        chain("s", "a", "e"), chain("x", "e2"), chain("y", "e2"),
    )  # fmt: skip
    game = play(two)
    assert game.check(guarded("P1D"), {"a": "a", "x": "late", "y": "late"}) == [("EVENT_TWICE", "y")]


def test_a_catch_event_waits_on(play):
    def version(duration):
        return process(start(), catch("t", timer(duration)), user("z"), end(), chain("s", "t", "z", "e"))

    game = play(version("P1D"))
    due = game.wait("t").due_at

    game.migrate(version("P5D"))

    assert game.wait("t").due_at == due
    game.fire("t")
    assert game.tasks == ["z"]


def test_a_timer_that_follows_a_deadline_follows_it_on(play):
    def version(name):
        timed = catch("t", timer("P1D"), properties(deadline='="close"'))
        return process(start(), timed, user(name), end(), chain("s", "t", name, "e"))

    game = play(version("z"))
    game.migrate(version("y"))
    game.deadlines = {"close": game.now + timedelta(days=3)}
    assert game.wait("t").deadline == "close"


def test_an_event_gateway_waits_for_what_the_new_one_offers(play):
    def version(*events, to="z"):
        inside = [catch(f"c{number}", each) for number, each in enumerate(events)]
        flows = [chain("g", f"c{number}", to) for number in range(len(events))]
        return process(
            start(), gateway("eventBased", "g"), *inside, user(to), end(), flow("s", "g"), *flows, flow(to, "e")
        )

    game = play(version(CATCH_MESSAGE, timer("P1D")), {"key": "k"})
    message = game.wait("c0").id

    game.migrate(version(CATCH_MESSAGE, SIGNAL, timer("P2D")), identity("g", "c0") | {"c1": "c2"})

    assert game.open == ["c0", "c1", "c2"]
    assert game.wait("c0").id == message
    game.signal("c1")
    assert game.open == ["z"]


def test_a_reminder_that_has_come_does_not_come_again_by_a_migration(play):
    game = play(guarded("P1D", interrupting=False))
    game.fire("late")
    assert game.open == ["a", "z"]

    step = game.migrate(guarded("P1D", "reminder", interrupting=False), identity("a", "z") | {"late": "reminder"})

    assert step.opened == ()
    assert game.open == ["a", "z"]
    assert game.migrate(guarded("P1D", "another", interrupting=False), identity("a", "z")).opened != ()


def test_an_event_with_several_definitions_keeps_them_all(play):
    several = CATCH_MESSAGE + timer("P1D")
    game = play(guarded("", definition=several), {"key": "k"})
    assert game.check(guarded("", definition=CATCH_MESSAGE), identity("a", "late")) == [("EVENT_CHANGED", "late")]

    game.migrate(guarded("", "later", definition=CATCH_MESSAGE + timer("P3D")), {"a": "a", "late": "later"})

    assert game.open == ["a", "later", "later"]
    game.correlate("later")
    assert game.open == ["z"]


def test_a_condition_is_asked_as_the_new_definition_says_and_only_when_it_becomes_true(play):
    game = play(guarded("", definition=conditional("=x > 5")), {"x": 3})
    new = guarded("", "high", definition=conditional("=x > 2"), interrupting=False)
    assert game.check(new, {"a": "a", "late": "high"}) == [("condition_follows", "late")]

    game.migrate(new, {"a": "a", "late": "high"})

    assert game.tasks == ["a"]
    game.do(SetVariables(0, {"x": Decimal(4)}))
    assert game.tasks == ["a", "z"]
    game.migrate(guarded("", "other", definition=conditional("=x > 3")), identity("a", "z"))
    assert game.tasks == ["z", "z"]


# --- compensation -----------------------------------------------------------------------------


def undone(*names, sign="a", waits="w", extra=""):
    steps = [user(name) for name in (*names, waits)]
    handlers = [undo(name) for name in names]
    inside = sub("q", start("qs"), user(sign), undo(sign), end("qe"), chain("qs", sign, "qe"))
    line = chain("s", "q", *names, waits, "t", "e")
    return process(start(), inside, *steps, throw("t", COMPENSATE), end(), line, *handlers, extra)


def test_what_was_done_is_undone_as_the_new_definition_says(play):
    game = play(undone("b"))
    game.complete("a")
    game.complete("b")
    new = undone("c", sign="d", waits="v")
    assert game.check(new, {"w": "v"}) == [
        ("UNDOING_NOT_MAPPED", "a"),
        ("UNDOING_NOT_MAPPED", "b"),
        ("UNDOING_NOT_MAPPED", "q"),
    ]

    game.migrate(new, {"w": "v", "a": "d", "b": "c", "q": "q"})
    game.complete("v")

    assert game.tasks == ["unc"]
    game.migrate(undone("b"), identity("q", "t") | {"c": "b", "d": "a", "unc": "unb"})
    game.complete("unb")
    assert game.tasks == ["una"]
    game.complete("una")
    assert game.completed


def test_what_can_no_longer_be_undone_is_said(play):
    game = play(undone("b"))
    game.complete("a")
    game.complete("b")
    mapping = identity("q", "w", "a", "b")
    bare = process(start(), sub("q", start("qs"), user("a"), undo("a"), end("qe"), chain("qs", "a", "qe")), user("b"),
                   user("w"), throw("t", COMPENSATE), end(), chain("s", "q", "b", "w", "t", "e"))  # fmt: skip
    assert game.check(bare, mapping) == [("UNDOING_LOST", "b")]


# --- scopes -----------------------------------------------------------------------------------


def nested(*more, flows="", name="q"):
    inside = sub(name, start("qs"), user("i"), *more, end("qe"), chain("qs", "i", "qe"), flows)
    return process(start(), inside, user("z"), end(), chain("s", name, "z", "e"))


def test_scopes_are_mapped_with_what_they_hold(play):
    handler = event_sub("x", SIGNAL, user("h"), end("he"), chain("x_start", "h", "he"), interrupting=False)
    game = play(nested())

    game.migrate(nested(handler, name="r"), {"q": "r", "i": "i"})

    assert game.open == ["i", "x_start"]
    game.signal("x_start")
    game.complete("h")
    game.complete("i")
    assert game.tasks == ["z"]


def test_what_is_active_does_not_change_its_scope(play):
    flat = process(start(), user("i"), sub("q", start("qs"), end("qe"), chain("qs", "qe")), user("z"), end(),
                   chain("s", "q", "i", "z", "e"))  # fmt: skip
    game = play(nested())
    assert game.check(flat, identity("q", "i")) == [("SCOPE_CHANGED", "i")]
    assert sorted(game.check(nested(), {"i": "i"})) == [("NOT_MAPPED", "q"), ("SCOPE_CHANGED", "i")]


def test_an_event_sub_process_that_runs_goes_on_and_keeps_its_scope_silent(play):
    def version(name, definition=SIGNAL, **more):
        handler = event_sub("x", definition, user(name), end("he"), chain("x_start", name, "he"), **more)
        return process(start(), user("a"), handler, end(), chain("s", "a", "e"))

    game = play(version("h"), {"key": "k"})
    game.signal("x_start")
    assert game.open == ["h"]
    assert game.check(version("h", CATCH_MESSAGE), identity("x", "h")) == [("EVENT_CHANGED", "x")]
    assert game.check(version("h", interrupting=False), identity("x", "h")) == [("EVENT_CHANGED", "x")]

    game.migrate(version("k"), {"x": "x", "h": "k"})

    assert game.open == ["k"]
    game.complete("k")
    assert game.completed


def test_a_call_goes_on_with_the_child_that_it_has(play):
    def version(child):
        return process(start(), call("c", child), user("z"), end(), chain("s", "c", "z", "e"))

    game = play(version("one"))
    number = game.wait("c").id
    assert game.check(version("two"), {"c": "c"}) == [("call_kept", "c")]

    step = game.migrate(version("two"))

    assert (step.opened, step.closed, game.wait("c").id) == ((), (), number)
    game.finish("c")
    assert game.tasks == ["z"]


# --- joins ------------------------------------------------------------------------------------


def forked(*names, kind="parallel"):
    branches = [flow(f"{name}", "join") + flow("fork", name, "=true" if kind == "inclusive" else "") for name in names]
    return process(
        start(), gateway(kind, "fork"), *(user(name) for name in names), gateway(kind, "join"), user("z"), end(),
        flow("s", "fork"), *branches, chain("join", "z", "e"),
    )  # fmt: skip


@pytest.mark.parametrize("kind", ["parallel", "inclusive"])
def test_a_join_that_is_half_filled_waits_for_the_rest(play, kind):
    game = play(forked("a", "b", kind=kind))
    game.complete("a")

    game.migrate(forked("new", "b", "a", kind=kind), identity("a", "b", "join"))

    assert game.tasks == ["b"]
    game.complete("b")
    assert game.tasks == ([] if kind == "parallel" else ["z"])
    if kind == "parallel":
        game.modify("new")
        game.complete("new")
        assert game.tasks == ["z"]


def test_tokens_at_a_join_need_their_flow_and_do_not_pass_by_a_migration(play):
    game = play(forked("a", "b"))
    game.complete("a")
    here = identity("b", "join")

    assert game.check(forked("c", "b"), here) == [("JOIN_FLOW_MISSING", "join")]
    assert game.check(forked("c", "b"), here | {"a_join": "c_join"}) == []
    alone = process(
        start(), gateway("parallel", "fork"), user("a"), user("b"), gateway("parallel", "join"), user("z"), end("e"),
        end("e2"), chain("s", "fork", "a", "join", "z", "e"), chain("fork", "b", "e2"),
    )  # fmt: skip
    assert game.check(alone, here) == [("JOIN_COMPLETE", "join")]
    game.migrate(forked("c", "b"), here | {"a_join": "c_join"})
    game.complete("b")
    assert game.tasks == ["z"]


# --- loops ------------------------------------------------------------------------------------


def many(*extras, name="m", **loop):
    task = user(name, *extras, inner=each(**loop))
    return process(start(), task, user("z"), end(), chain("s", name, "z", "e"))


@pytest.mark.parametrize("sequential", [False, True])
def test_a_multi_instance_goes_on_where_it_was(play, sequential):
    loop = {"sequential": sequential, "outputCollection": "all", "outputElement": "=got"}
    game = play(many(**loop))
    game.complete("m", {"got": 1})

    game.migrate(many(name="n", **loop), {"m": "n"})

    game.complete("n", {"got": 2})
    game.complete("n", {"got": 3})
    assert game.tasks == ["z"]
    assert game.variables()["all"] == [Decimal(1), Decimal(2), Decimal(3)]


def test_a_loop_does_not_change_while_it_runs(play):
    game = play(many())
    single = process(start(), user("m"), user("z"), end(), chain("s", "m", "z", "e"))

    assert game.check(many(sequential=True), {"m": "m"}) == [("LOOP_CHANGED", "m")]
    assert game.check(many(outputCollection="all", outputElement="=i"), {"m": "m"}) == [("LOOP_CHANGED", "m")]
    assert game.check(single, {"m": "m"}) == [("LOOP_CHANGED", "m")]


def test_elements_that_are_not_active_need_no_likeness(play):
    different = process(start(), user("a"), script("b", "=1", "one"), user("c"), end(), chain("s", "a", "b", "c", "e"))
    game = play(LINE)
    game.migrate(different)
    game.complete("a")
    assert game.tasks == ["c"]


def test_a_standard_loop_goes_on_in_its_round(play):
    def version(maximum, name):
        rounds = f'<bpmn:standardLoopCharacteristics loopMaximum="{maximum}"/>'
        return process(start(), user(name, inner=rounds), user("z"), end(), chain("s", name, "z", "e"))

    game = play(version(9, "m"))
    game.complete("m")
    assert game.check(many(), {"m": "m"}) == [("LOOP_CHANGED", "m")]

    game.migrate(version(3, "n"), {"m": "n"})

    game.complete("n")
    game.complete("n")
    assert game.tasks == ["z"]
