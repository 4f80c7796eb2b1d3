"""What is not executed is refused when a diagram is compiled, with the element's id."""

from hashlib import sha256

import pytest

from service.engine.execution import warm
from service.engine.model import Unsupported
from service.engine.types import ProcessSource
from service.engine.xml import XmlRefused
from tests.unit.engine.builder import (
    ANY_ERROR,
    CATCH_MESSAGE,
    COMPENSATE,
    ERROR,
    HEAD,
    SIGNAL,
    TERMINATE,
    boundary,
    call,
    catch,
    chain,
    compensate,
    each,
    end,
    event_sub,
    flow,
    gateway,
    link,
    mapping,
    process,
    script,
    start,
    sub,
    tag,
    throw,
    timer,
    user,
    zeebe,
)

EVENT_DEFINITIONS = {
    kind: tag(f"{kind}EventDefinition")
    for kind in ("compensate", "conditional", "cancel", "error", "escalation", "terminate", "link", "signal", "message")
}


def around(element, *more, id="x"):
    return process(start(), element, end(), chain("s", id, "e"), *more)


def refusal(source):
    with pytest.raises(Unsupported) as caught:
        warm(source)
    return caught.value


@pytest.mark.parametrize(
    ("tag_name", "kind"),
    [
        *(
            ("intermediateCatchEvent", kind)
            for kind in ("compensate", "conditional", "cancel", "error", "escalation", "terminate")
        ),
        *(("intermediateThrowEvent", kind) for kind in ("conditional", "cancel", "error", "terminate")),
        *(("boundaryEvent", kind) for kind in ("compensate", "conditional", "cancel", "terminate", "link")),
        *(("endEvent", kind) for kind in ("conditional", "cancel", "link")),
        *(
            ("startEvent", kind)
            for kind in ("compensate", "conditional", "cancel", "error", "escalation", "terminate", "link")
        ),
    ],
)
def test_event_definitions_that_an_event_cannot_have(tag_name, kind):
    """The library takes each of these for an event without a definition, and runs on."""
    attached = {"attachedToRef": "u"} if tag_name == "boundaryEvent" else {}
    element = tag(tag_name, EVENT_DEFINITIONS[kind], id="x", **attached)
    flows = {
        "startEvent": chain("x", "u"),
        "endEvent": chain("u", "x"),
        "boundaryEvent": chain("x", "e"),
    }.get(tag_name, chain("u", "x", "e"))
    source = process(start(), user("u"), element, end(), chain("s", "u", "e"), flows)
    assert refusal(source).element_id == "x"


@pytest.mark.parametrize(
    "element",
    [
        tag("complexGateway", tag("activationCondition", "x"), id="x"),
        tag("adHocSubProcess", id="x"),
        tag("transaction", id="x"),
        tag("callChoreography", id="x"),
        tag("subChoreography", id="x"),
        tag("serviceTask", id="x"),
        tag("scriptTask", tag("script", "print(1)"), id="x", scriptFormat="python"),
        tag("businessRuleTask", id="x"),
        tag("sendTask", id="x", messageRef="ms"),
        tag("receiveTask", id="x"),
        tag("receiveTask", id="x", messageRef="nope"),
        tag("receiveTask", id="x", messageRef="start_ms"),  # no correlation key
        tag("callActivity", id="x", calledElement="child"),
        call("x", "child", bindingType="versionTag", versionTag="v1"),
        tag("intermediateCatchEvent", id="x"),
        tag("intermediateCatchEvent", SIGNAL + link("L"), id="x"),
        tag("intermediateCatchEvent", SIGNAL + CATCH_MESSAGE, id="x", parallelMultiple="true"),
        catch("x", tag("conditionalEventDefinition", tag("condition", ""))),
        catch("x", tag("conditionalEventDefinition", tag("condition", "x", language="groovy"))),
        throw("x", compensate("nobody")),
        throw("x", COMPENSATE + TERMINATE),
        throw("x", SIGNAL + CATCH_MESSAGE, zeebe("taskDefinition", type="x")),
        throw("x", SIGNAL, zeebe("taskDefinition", type="x")),
        throw("x", CATCH_MESSAGE),
        throw("x", CATCH_MESSAGE, zeebe("publishMessage")),
        user("x", isForCompensation="true"),
        user("x", completionQuantity="2"),
        user("x", startQuantity="0"),
        user("x", inner=tag("standardLoopCharacteristics")),
        user("x", inner=tag("standardLoopCharacteristics", tag("loopCondition"))),
        user("x", inner=tag("standardLoopCharacteristics", loopMaximum="many")),
        user("x", inner=each() + tag("standardLoopCharacteristics", loopMaximum="1")),
        user("x", inner=tag("multiInstanceLoopCharacteristics", tag("loopCardinality", "three"))),
        user("x", inner=tag("multiInstanceLoopCharacteristics", tag("loopCardinality", "-1"))),
        user("x", inner=tag("multiInstanceLoopCharacteristics")),
        user("x", inner=each().replace('isSequential="false"', 'isSequential="false" behavior="One"')),
        user("x", inner=each(outputCollection="o")),
        user("x", zeebe("taskListeners")),
        user("x", zeebe("executionListeners")),
        user("x", zeebe("taskDefinition", type="x")),
        user("x", mapping({"a..b": "=1"})),
        user("x", default="nope"),
        catch("x", timer()),
        catch("x", timer("PT1H", date="2026-12-01")),
        catch("x", timer("one hour")),
        catch("x", timer("timedelta(hours=1)")),
        catch("x", timer(cycle="R3/PT1H")),
        catch("x", timer(date="31.12.2026")),
        sub("x"),
        sub("x", start("t"), start("t2"), user("q"), chain("t", "q"), chain("t2", "q")),
        sub("x", start("t", timer("PT1H")), user("q"), chain("t", "q")),
        script("x", "", "r"),
        script("x", "=1", ""),
    ],
)
def test_elements_that_are_not_executed(element):
    assert refusal(around(element)).element_id in ("x", "t")


@pytest.mark.parametrize(
    ("source", "element_id"),
    [
        (process(end()), "p"),
        (process(start("s"), start("s2"), end(), chain("s", "e"), chain("s2", "e")), "p"),
        (process(start(), user("x"), sub("y", start("t"), user("x"), chain("t", "x")), chain("s", "x", "y")), "x"),
        (process(start(), throw("x", link("L")), chain("s", "x")), "x"),
        (process(start(), catch("c", link("L")), catch("x", link("L")), end(), chain("s", "e"), chain("x", "e")), "x"),
        (process(start(), user("u"), boundary("x", "nobody", SIGNAL), end(), chain("s", "u", "e")), "x"),
        (process(start(), gateway("parallel", "u"), boundary("x", "u", SIGNAL), end(), chain("s", "u", "e")), "x"),
        (process(start(), user("u"), boundary("x", "u", ERROR, interrupting=False), end(), chain("s", "u", "e")), "x"),
        (process(start(), user("u"), boundary("x", "u", timer(cycle="R/P1D")), end(), chain("s", "u", "e")), "x"),
        (process(start(), end(), chain("s", "e"), event_sub("x", "", end("f"), chain("x_start", "f"))), "x_start"),
        (process(start(), end(), chain("s", "e"), event_sub("x", ANY_ERROR, end("f"), interrupting=False)), "x_start"),
        (process(start(), end(), chain("s", "e"), event_sub("x", SIGNAL, end("f")), chain("x", "e")), "x"),
        (
            process(start(), gateway("exclusive", "x"), user("a"), user("b"), chain("s", "x", "a"), chain("x", "b")),
            "x_a",
        ),
        (
            process(
                start(),
                gateway("exclusive", "x", default="x_a"),
                user("a"),
                user("b"),
                chain("s", "x"),
                flow("x", "a", "=true"),
                flow("x", "b", "=true"),
            ),
            "x",
        ),
        (process(start(), gateway("parallel", "x"), user("a"), chain("s", "x"), flow("x", "a", "=true")), "x"),
        (
            process(
                start(),
                gateway("eventBased", "x"),
                user("a"),
                catch("b", SIGNAL),
                chain("s", "x", "a"),
                chain("x", "b"),
            ),
            "a",
        ),
        (process(start(), gateway("eventBased", "x"), catch("b", SIGNAL), chain("s", "x", "b")), "x"),
        (process(start(), user("a"), chain("s", "a"), flow("a", "nowhere")), "a_nowhere"),
        (
            process(
                start(), user("a"), sub("b", start("t"), user("c"), chain("t", "c")), chain("s", "a"), flow("a", "c")
            ),
            "a_c",
        ),
        (process(start(), user("a"), chain("s", "a"), flow("a", "s")), "s"),
        (process(start(), end("x", TERMINATE), user("a"), chain("s", "x", "a")), "x"),
        (process(start(), tag("endEvent", tag("errorEventDefinition"), id="x"), chain("s", "x")), "x"),
        (process(start(), tag("endEvent", tag("eventDefinitionRef", "nope"), id="x"), chain("s", "x")), "x"),
        (process(start(), user("a", **{"default": "s_a"}), chain("s", "a")), "a"),
    ],
)
def test_diagrams_that_do_not_hang_together(source, element_id):
    assert refusal(source).element_id == element_id


def raw(body, head=HEAD):
    xml = f"{head}<bpmn:process id='p' isExecutable='true'>{body}</bpmn:process></bpmn:definitions>".encode()
    return ProcessSource("p", xml, sha256(xml).hexdigest())


def test_an_attribute_of_camunda_7():
    seven = HEAD.replace("<bpmn:definitions ", '<bpmn:definitions xmlns:camunda="http://camunda.org/schema/1.0/bpmn" ')
    task = '<bpmn:userTask id="x" camunda:assignee="me"/>'
    assert refusal(raw(start() + task + chain("s", "x"), seven)).element_id == "x"


def test_an_unknown_process():
    source = around(user("x"))
    assert refusal(ProcessSource("q", source.xml, source.hash)).element_id == "q"


@pytest.mark.parametrize("xml", [b"", b"<x", b"<!DOCTYPE x><x/>", b"<x/>"])
def test_what_is_no_diagram(xml):
    with pytest.raises((XmlRefused, Unsupported)):
        warm(ProcessSource("p", xml, sha256(xml).hexdigest()))


def test_decoration_is_ignored(play):
    data = tag("dataObject", id="do") + tag("dataObjectReference", id="dor", dataObjectRef="do")
    data += tag("dataStoreReference", id="dsr", dataStoreRef="ds") + tag("textAnnotation", tag("text", "note"), id="ta")
    data += tag("association", id="as", sourceRef="x", targetRef="ta") + tag("laneSet", tag("lane", id="l1"), id="ls")
    reads = tag("property", id="pr") + tag(
        "dataInputAssociation", tag("sourceRef", "dsr") + tag("targetRef", "pr"), id="di"
    )
    game = play(around(user("x", inner=reads), data))
    game.complete("x")
    assert game.completed


def test_a_shared_event_definition_is_the_event_s_own(play):
    shared = '<bpmn:terminateEventDefinition id="shared"/>'
    body = start() + gateway("parallel", "g") + user("a") + user("b") + end("x", tag("eventDefinitionRef", "shared"))
    game = play(raw(body + chain("s", "g", "a", "x") + chain("g", "b"), HEAD + shared))
    game.complete("a")
    assert game.completed


def test_a_complex_gateway_that_only_forks_is_an_inclusive_one(play):
    source = process(
        start(),
        tag("complexGateway", id="g"),
        user("a"),
        user("b"),
        end(),
        chain("s", "g"),
        flow("g", "a", "=true"),
        flow("g", "b", "=true"),
        chain("a", "e"),
        chain("b", "e"),
    )
    assert play(source).tasks == ["a", "b"]
