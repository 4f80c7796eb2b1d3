"""Several definitions on one event, and events that meet: thrown and caught in one instance, at once, in each other."""

from hashlib import sha256

import pytest

from service.engine.types import (
    ActImpossible,
    Correlate,
    EngineError,
    FireTimer,
    MessageWait,
    ProcessSource,
    Signal,
    SignalWait,
    ThrowEscalation,
    TimerWait,
)
from tests.unit.engine.builder import (
    ANY_ERROR,
    CATCH_MESSAGE,
    COMPENSATE,
    ERROR,
    ESCALATION,
    SIGNAL,
    TERMINATE,
    boundary,
    call,
    catch,
    chain,
    each,
    end,
    event_sub,
    gateway,
    link,
    mapping,
    process,
    service,
    start,
    sub,
    tag,
    throw,
    timer,
    undo,
    user,
    zeebe,
)

ANY_ESCALATION = tag("escalationEventDefinition")
PUBLISHED = zeebe("publishMessage", correlationKey="=key")


# --- several definitions on one event ---------------------------------------------------------


@pytest.mark.parametrize("kind", [MessageWait, SignalWait, TimerWait])
def test_the_first_of_several_is_enough(play, kind):
    both = catch("c", CATCH_MESSAGE + SIGNAL + timer("PT1H") + timer("PT2H"))
    game = play(process(start(), both, end(), chain("s", "c", "e")), {"key": "k"})
    waits = [wait for wait in game.waits if isinstance(wait, kind)]
    assert len(game.waits) == 4
    act = {MessageWait: Correlate, SignalWait: Signal}.get(kind)
    if act is None:
        game.now = waits[-1].due_at
        game.do(FireTimer(waits[-1].id))
    else:
        game.do(act(waits[0].id, {"x": True}))
        assert game.step.variables["x"] is True
    assert game.completed
    with pytest.raises(ActImpossible):
        game.signal("c") if game.waits else game.do(Signal(waits[0].id, {}))


def test_a_boundary_event_of_several_that_does_not_interrupt(play):
    both = boundary("b", "a", CATCH_MESSAGE + SIGNAL + timer("PT1H"), interrupting=False)
    game = play(process(start(), user("a"), both, user("x"), end(), chain("s", "a", "e"), chain("b", "x", "e")),
                {"key": "k"})  # fmt: skip
    [timed] = [wait for wait in game.waits if isinstance(wait, TimerWait)]
    game.now = timed.due_at
    game.do(FireTimer(timed.id))
    [heard] = [wait for wait in game.waits if isinstance(wait, SignalWait)]
    game.do(Signal(heard.id, {}))
    game.do(Signal(heard.id, {}))
    assert game.tasks == ["a", "x", "x", "x"]
    assert len([wait for wait in game.waits if isinstance(wait, MessageWait)]) == 1


def test_a_boundary_event_of_an_error_and_an_escalation(play):
    both = boundary("b", "p1", ERROR + ESCALATION)
    for thrown in (ERROR, ESCALATION):
        inside = sub("p1", start("i"), end("f", thrown), chain("i", "f"))
        game = play(process(start(), inside, both, user("x"), end(), chain("s", "p1", "e"), chain("b", "x", "e")))
        assert game.tasks == ["x"]


def test_an_event_sub_process_of_several(play):
    rescue = event_sub("es", SIGNAL + ERROR + timer("PT1H"), user("x"), end("f"), chain("es_start", "x", "f"))
    source = process(start(), service("a"), end(), chain("s", "a", "e"), rescue)
    game = play(source)
    game.throw("a", "E1")
    assert game.open == ["x"]
    game = play(source)
    game.signal("es_start", {}) if isinstance(game.wait("es_start"), SignalWait) else game.fire("es_start")
    assert game.open == ["x"]


def test_behind_an_event_based_gateway_any_definition_will_do(play):
    source = process(
        start(), gateway("eventBased", "g"), catch("c", SIGNAL + CATCH_MESSAGE), catch("t", timer("PT1H")), end(),
        chain("s", "g", "c", "e"), chain("g", "t", "e"),
    )  # fmt: skip
    game = play(source, {"key": "k"})
    assert game.open == ["c", "c", "t"]
    [message] = [wait for wait in game.waits if isinstance(wait, MessageWait)]
    game.do(Correlate(message.id, {}))
    assert game.completed


def test_all_definitions_of_a_throw_event_are_thrown(play):
    thrown = throw("t", SIGNAL + CATCH_MESSAGE + ESCALATION, PUBLISHED, mapping({"why": '="x"'}))
    game = play(process(start(), thrown, end(), chain("s", "t", "e")), {"key": "k"})
    assert game.completed
    played = game.played[0][2]
    assert [each.name for each in played.signals] == ["sig"]
    assert [(each.name, each.correlation_key) for each in played.messages] == [("msg", "k")]
    assert [each.code for each in played.escalations] == ["X1"]


def test_what_ends_comes_last(play):
    """An end event with an error first in the file and a signal after: both are thrown."""
    inside = sub("p1", start("i"), end("f", ERROR + SIGNAL), chain("i", "f"))
    game = play(process(start(), inside, boundary("b", "p1", ANY_ERROR), end(), chain("s", "p1", "e"), chain("b", "e")))
    assert [each.name for each in game.step.signals] == ["sig"]
    assert game.completed
    game = play(process(start(), user("a"), end("e", TERMINATE + SIGNAL), chain("s", "a", "e")))
    game.complete("a")
    assert [each.name for each in game.step.signals] == ["sig"]


def test_a_signal_and_compensation(play):
    game = play(process(start(), user("a"), end("e", COMPENSATE + SIGNAL), chain("s", "a", "e"), undo("a")))
    game.complete("a")
    assert [each.name for each in game.step.signals] == ["sig"]
    game.complete("una")
    assert game.completed


def test_a_process_that_begins_by_any_of_several(play):
    source = process(start("s", SIGNAL + timer("PT1H")), start("s2"), user("a"), end(), chain("s", "a", "e"),
                     chain("s2", "a"))  # fmt: skip
    assert play(source, at="s").tasks == ["a"]
    assert play(source).states("s2") == ["ACTIVE", "COMPLETED"]


# --- signals within one instance --------------------------------------------------------------


def test_a_signal_interrupts_the_scope_that_throws_it_before_anything_else_moves(play):
    inside = sub("p1", start("i"), throw("t", SIGNAL), user("a"), end("f"), chain("i", "t", "a", "f"))
    game = play(process(start(), inside, boundary("b", "p1", SIGNAL), user("x"), end(), chain("s", "p1", "e"),
                        chain("b", "x", "e")))  # fmt: skip
    assert game.open == ["x"]
    assert game.states("a") == []
    [signal] = game.step.signals
    assert not signal.is_still_for(1, 1)


def test_a_signal_from_an_end_event_interrupts_its_own_process(play):
    rescue = event_sub("es", SIGNAL, user("x"), end("f"), chain("es_start", "x", "f"))
    game = play(process(start(), end("e", SIGNAL), chain("s", "e"), rescue))
    assert game.open == ["x"]


def test_nobody_hears_what_was_said_before(play):
    game = play(process(start(), throw("t", SIGNAL), catch("c", SIGNAL), end(), chain("s", "t", "c", "e")))
    assert game.open == ["c"]
    [wait], [signal] = game.waits, game.step.signals
    assert not signal.is_still_for(wait.id, wait.element_instance_id)


def test_who_was_on_the_way_hears_it_yet(play):
    """Both branches begin at once; that the throwing one happens to be the first decides nothing."""
    source = process(start(), gateway("parallel", "g"), throw("t", SIGNAL), catch("c", SIGNAL), end(),
                     chain("s", "g", "t", "e"), chain("g", "c", "e"))  # fmt: skip
    game = play(source)
    [wait], [signal] = game.waits, game.step.signals
    assert signal.is_still_for(wait.id, wait.element_instance_id)


def test_one_signal_reaches_all(play):
    source = process(
        start(), gateway("parallel", "g"), catch("c", SIGNAL), user("a"), boundary("b", "a", SIGNAL), user("w"),
        throw("t", SIGNAL), user("x"), end(), chain("s", "g", "c", "e"), chain("g", "a", "e"),
        chain("g", "w", "t", "e"), chain("b", "x", "e"),
    )  # fmt: skip
    game = play(source)
    game.complete("w")
    assert game.open == ["x"]
    game.complete("x")
    assert game.completed


# --- errors and escalations -------------------------------------------------------------------


def test_an_error_in_an_event_sub_process_goes_outwards(play):
    rescue = event_sub("es", ANY_ERROR, end("f", ERROR), chain("es_start", "f"))
    inside = sub("p1", start("i"), service("a"), end("g"), chain("i", "a", "g"), rescue)
    game = play(process(start(), inside, boundary("b", "p1", ERROR), user("x"), end(), chain("s", "p1", "e"),
                        chain("b", "x", "e")))  # fmt: skip
    game.throw("a", "E2")
    assert game.open == ["x"]
    assert game.states("es") == ["ACTIVE", "TERMINATED"]


def test_an_error_in_a_called_process_with_an_event_sub_process(play):
    """The child catches what it can, and passes on what it throws again."""
    rescue = event_sub("es", tag("errorEventDefinition", errorRef="er2"), end("f", ERROR), chain("es_start", "f"))
    child = process(start(), service("a"), end(), chain("s", "a", "e"), rescue)
    game = play(child, called=True)
    game.throw("a", "E2")
    assert game.step.error is not None
    assert game.step.error[0] == "E1"
    assert game.step.status == "TERMINATED"
    game = play(child, called=True)
    game.throw("a", "E9")
    assert game.step.error is not None
    assert game.step.error[0] == "E9"


def test_a_called_process_s_error_is_caught_at_the_call_or_further_out(play):
    inside = sub("p1", start("i"), call("c", "child"), end("f"), chain("i", "c", "f"))
    source = process(start(), inside, boundary("b", "p1", ERROR), user("x"), end(), chain("s", "p1", "e"),
                     chain("b", "x", "e"))  # fmt: skip
    game = play(source)
    game.throw("c", "E1")
    assert game.open == ["x"]
    with pytest.raises(EngineError) as caught:
        play(source).throw("c", "E7")
    assert caught.value.kind == "UNHANDLED_ERROR_EVENT"


@pytest.mark.parametrize("interrupting", [True, False])
@pytest.mark.parametrize("definition", [ESCALATION, ANY_ESCALATION])
def test_an_escalation_of_a_called_process(play, interrupting, definition):
    source = process(start(), call("c", "child"), boundary("b", "c", definition, interrupting=interrupting), user("x"),
                     end(), chain("s", "c", "e"), chain("b", "x", "e"))  # fmt: skip
    game = play(source)
    game.do(ThrowEscalation(game.wait("c").id, "X1", {}))
    assert game.open == (["x"] if interrupting else ["c", "x"])
    if not interrupting:
        game.do(ThrowEscalation(game.wait("c").id, "X1", {}))
        assert game.open == ["c", "x", "x"]


def test_an_escalation_that_nobody_catches_goes_by(play):
    game = play(process(start(), throw("t", ESCALATION), end("e", ESCALATION), chain("s", "t", "e")))
    assert game.completed
    assert [each.element_id for each in game.step.escalations] == ["t", "e"]


def test_an_event_sub_process_does_not_catch_its_own_escalation(play):
    """Thrown on, it goes to the next one out; else the event sub-process would begin itself without end."""
    mild = event_sub("es", ESCALATION, throw("again", ESCALATION), end("f"), chain("es_start", "again", "f"),
                     interrupting=False)  # fmt: skip
    inside = sub("p1", start("i"), throw("t", ESCALATION), user("a"), end("g"), chain("i", "t", "a", "g"), mild)
    game = play(process(start(), inside, boundary("b", "p1", ESCALATION, interrupting=False), user("x"), end(),
                        chain("s", "p1", "e"), chain("b", "x", "e")))  # fmt: skip
    assert game.open == ["a", "x"]
    assert game.states("es") == ["ACTIVE", "COMPLETED"]


def test_the_escalation_s_thrower_goes_on_unless_it_is_interrupted(play):
    for interrupting, expected in ((True, ["x"]), (False, ["a", "x"])):
        rescue = event_sub("es", ESCALATION, user("x"), end("f"), chain("es_start", "x", "f"),
                           interrupting=interrupting)  # fmt: skip
        game = play(process(start(), throw("t", ESCALATION), user("a"), end(), chain("s", "t", "a", "e"), rescue))
        assert game.open == expected


@pytest.mark.parametrize("kind", ["error", "escalation"])
def test_the_code_of_what_is_thrown_may_be_an_expression(play, kind):
    computed = tag(kind, id="computed", **{f"{kind}Code": '="X" + string(n)'})
    caught = {"error": ERROR.replace('"er"', '"x7"'), "escalation": ESCALATION.replace('"es"', '"x7"')}[kind]
    inside = sub("p1", start("i"), end("f", tag(f"{kind}EventDefinition", **{f"{kind}Ref": "computed"})),
                 chain("i", "f"))  # fmt: skip
    source = process(start(), inside, boundary("b", "p1", caught), user("x"), end(), chain("s", "p1", "e"),
                     chain("b", "x", "e"))  # fmt: skip
    xml = source.xml.replace(b"<bpmn:error ", (computed + tag(kind, id="x7", **{f"{kind}Code": "X7"})).encode()
                             + b"<bpmn:error ", 1)  # fmt: skip
    assert play(ProcessSource("p", xml, sha256(xml).hexdigest()), {"n": 7}).open == ["x"]
    if kind == "escalation":
        assert play(ProcessSource("p", xml, sha256(xml).hexdigest()), {"n": 8}).completed
    else:
        with pytest.raises(EngineError, match="X8"):
            play(ProcessSource("p", xml, sha256(xml).hexdigest()), {"n": 8})


# --- event sub-processes ----------------------------------------------------------------------


def test_an_interrupting_event_sub_process_ends_one_that_does_not(play):
    mild = event_sub("m", SIGNAL, user("mu"), end("mf"), chain("m_start", "mu", "mf"), interrupting=False)
    hard = event_sub("h", CATCH_MESSAGE, user("hu"), end("hf"), chain("h_start", "hu", "hf"))
    game = play(process(start(), user("a"), end(), chain("s", "a", "e"), mild, hard), {"key": "k"})
    game.signal("m_start")
    game.signal("m_start")
    assert game.tasks == ["a", "mu", "mu"]
    game.correlate("h_start")
    assert game.open == ["hu"]  # nothing else is heard any more
    assert game.states("m") == ["ACTIVE", "ACTIVE", "TERMINATED", "TERMINATED"]
    game.complete("hu")
    assert game.completed


def test_an_event_sub_process_inside_an_event_sub_process(play):
    inner = event_sub("n", SIGNAL, user("nu"), end("nf"), chain("n_start", "nu", "nf"))
    outer = event_sub("m", CATCH_MESSAGE, user("mu"), end("mf"), chain("m_start", "mu", "mf"), inner,
                      interrupting=False)  # fmt: skip
    game = play(process(start(), user("a"), end(), chain("s", "a", "e"), outer), {"key": "k"})
    game.correlate("m_start")
    game.signal("n_start")
    assert game.tasks == ["a", "nu"]
    game.complete("nu")
    game.complete("a")
    assert game.completed


def test_a_reminder_of_an_event_sub_process_is_bounded(play):
    mild = event_sub("m", timer(cycle="R2/PT1H"), user("mu"), end("mf"), chain("m_start", "mu", "mf"),
                     interrupting=False)  # fmt: skip
    game = play(process(start(), user("a"), end(), chain("s", "a", "e"), mild))
    game.fire("m_start")
    game.fire("m_start")
    assert game.open == ["a", "mu", "mu"]


def test_an_interruption_of_a_multi_instance_sub_process_touches_one_instance(play):
    hard = event_sub("h", SIGNAL, user("hu"), end("hf"), chain("h_start", "hu", "hf"))
    inside = sub("p1", start("i0"), user("a"), end("f"), chain("i0", "a", "f"), hard, each("=[1,2]"))
    game = play(process(start(), inside, end(), chain("s", "p1", "e")))
    game.signal("h_start")
    assert game.tasks == ["a", "hu"]
    game.complete("a")
    game.complete("hu")
    assert game.completed


def test_nested_terminate(play):
    """Each ends its own scope only: the event sub-process, then the sub-process around it, and the process goes on."""
    mild = event_sub("m", SIGNAL, gateway("parallel", "k"), user("mu"), user("mv"), end("mt", TERMINATE),
                     chain("m_start", "k", "mu", "mt"), chain("k", "mv", "mt"), interrupting=False)  # fmt: skip
    inside = sub("p1", start("i"), gateway("parallel", "g"), user("a"), user("b"), end("f", TERMINATE),
                 chain("i", "g", "a", "f"), chain("g", "b", "f"), mild)  # fmt: skip
    game = play(process(start(), inside, user("z"), end(), chain("s", "p1", "z", "e")))
    game.signal("m_start")
    game.complete("mu")
    assert game.tasks == ["a", "b"]
    game.signal("m_start")
    game.complete("a")
    assert game.tasks == ["z"]
    assert game.states("mv") == ["ACTIVE", "TERMINATED", "ACTIVE", "TERMINATED"]


# --- links ------------------------------------------------------------------------------------


def test_several_links_to_one_target_in_a_sub_process(play):
    inside = sub("p1", start("i"), gateway("parallel", "g"), throw("l1", link("L")), throw("l2", link("L")),
                 catch("t", link("L")), user("a"), end("f"), chain("i", "g", "l1"), chain("g", "l2"),
                 chain("t", "a", "f"))  # fmt: skip
    elsewhere = [throw("o1", link("L")), catch("o", link("L")), user("z")]
    game = play(process(start(), inside, *elsewhere, end(), chain("s", "p1", "o1"), chain("o", "z", "e")))
    assert game.tasks == ["a", "a"]
    game.complete("a")
    game.complete("a")
    assert game.tasks == ["z"]
