"""Data objects and properties as variables of their scope; data associations as mappings."""

from decimal import Decimal

import pytest

from service.engine.lint import lint_bpmn
from service.engine.types import EngineError
from tests.unit.engine.builder import (
    CATCH_MESSAGE,
    chain,
    each,
    end,
    extensions,
    mapping,
    process,
    script,
    service,
    start,
    sub,
    tag,
    throw,
    user,
    zeebe,
)
from tests.unit.engine.shelf import Shelf, diagram
from tests.unit.engine.test_refused import refusal

D = Decimal
TOTAL = tag("dataObject", id="d_total", name="total")


def flowing(kind, source="", target="", *, transformation="", assignments=()):
    inner = "".join(tag("sourceRef", each) for each in source.split()) + (tag("targetRef", target) if target else "")
    inner += tag("transformation", transformation) if transformation else ""
    inner += "".join(tag("assignment", tag("from", a) + tag("to", b)) for a, b in assignments)
    return tag(f"data{kind}Association", inner)


def specified(inputs=(), outputs=()):
    items = [tag("dataInput", id=f"{name}_in", name=name) for name in inputs]
    items += [tag("dataOutput", id=f"{name}_out", name=name) for name in outputs]
    sets = tag("inputSet", "".join(tag("dataInputRefs", f"{name}_in") for name in inputs))
    sets += tag("outputSet", "".join(tag("dataOutputRefs", f"{name}_out") for name in outputs))
    return tag("ioSpecification", "".join(items) + sets)


def line(element, *more, id="m"):
    return process(start(), element, user("z"), end(), chain("s", id, "z", "e"), *more)


def test_a_data_object_is_a_variable_of_its_scope(play):
    body = sub("m", TOTAL, start("t"), user("u"), end("f"), chain("t", "u", "f"))
    game = play(line(body, tag("dataObject", id="d_case", name="case")), {"case": "K1"})
    assert game.step.variables == {"case": "K1"}
    assert game.variables(game.wait("u").id) == {"case": "K1", "total": None}
    game.complete("u", {"total": 5, "case": "K2", "other": 1})
    assert game.step.variables == {"case": "K2", "other": D(1)}
    game.complete("z")
    assert game.completed


def test_a_data_object_of_the_process_is_null_at_first(play):
    game = play(line(script("m", "=if total = null then 1 else 2", "x"), TOTAL))
    assert game.step.variables == {"total": None, "x": D(1)}


def test_each_instance_has_its_own_data_object(play):
    body = sub("m", each(), TOTAL, start("t"), user("u"), end("f"), chain("t", "u", "f"))
    game = play(line(body))
    _, second, _ = game.waits
    game.complete("u", {"total": 1})
    assert game.variables(second.id)["total"] is None
    assert "total" not in game.step.variables


def test_what_a_modeller_draws_is_a_picture(play):
    drawn = tag("dataObject", id="d0") + tag("dataObjectReference", id="dr", name="total", dataObjectRef="d0")
    drawn += tag("dataStoreReference", id="ds", name="absences")
    lines = tag("property", id="pp", name="__targetRef_placeholder") + flowing("Input", "dr", "pp")
    lines += flowing("Input", "ds", "pp") + flowing("Output", "", "dr")
    game = play(line(user("m", inner=lines), drawn))
    game.complete("m", {"total": 1})
    assert game.step.variables == {"total": D(1)}


def test_properties_are_variables_of_what_has_them(play):
    own = tag("property", id="p1", name="mine")
    source = line(user("m", inner=own), tag("property", id="p2", name="ours"))
    game = play(source)
    assert game.variables(game.wait("m").id) == {"mine": None, "ours": None}
    game.complete("m", {"mine": 1, "ours": 2})
    assert game.step.variables == {"ours": D(2)}


def test_data_flow_in_and_out_of_an_activity(play):
    inner = specified(["amount"], ["result"]) + flowing("Input", "d_total", "amount_in")
    inner += flowing("Output", "result_out", "d_sum")
    objects = (
        TOTAL + tag("dataObject", id="d_s", name="sum") + tag("dataObjectReference", id="d_sum", dataObjectRef="d_s")
    )
    game = play(line(service("m", inner=inner), objects), {"total": 7})
    assert game.wait("m").variables == {"amount": D(7)}
    game.complete("m", {"result": 8, "other": 9})
    assert game.step.variables == {"total": D(7), "sum": D(8)}


def test_an_output_that_did_not_come_is_an_incident(play):
    inner = specified([], ["result"]) + flowing("Output", "result_out", "d_total")
    game = play(line(service("m", inner=inner), TOTAL))
    with pytest.raises(EngineError) as caught:
        game.complete("m", {"other": 9})
    assert (caught.value.kind, caught.value.element_id) == ("IO_MAPPING_ERROR", "m")


def test_transformation_and_assignments(play):
    inner = specified(["a", "b"], ["r"])
    inner += flowing("Input", "d_total", "a_in", transformation="=total * 2")
    inner += flowing("Input", "d_total", "b_in", assignments=[("=total", "=b.first"), ("=a + 1", "b_in.second")])
    inner += flowing("Output", "r_out", "d_total", transformation="=r + a + b.first + b.second")
    game = play(line(user("m", inner=inner), TOTAL), {"total": 3})
    assert game.variables(game.wait("m").id) == {"total": D(3), "a": D(6), "b": {"first": D(3), "second": D(7)}}
    game.complete("m", {"r": 100})
    assert game.step.variables == {"total": D(116)}


def test_data_flow_of_events(play):
    catch = tag(
        "intermediateCatchEvent",
        tag("dataOutput", id="got_out", name="got") + flowing("Output", "got_out", "d_total") + CATCH_MESSAGE,
        id="m",
    )
    game = play(line(catch, TOTAL), {"key": "k"})
    game.correlate("m", {"got": 4, "more": 5})
    assert game.step.variables == {"key": "k", "total": D(4)}
    items = tag("dataInput", id="sent_in", name="sent") + flowing("Input", "d_total", "sent_in")
    event = throw("m", items + CATCH_MESSAGE, zeebe("publishMessage", correlationKey="=key"))
    game = play(line(event, TOTAL), {"key": "k", "total": 1})
    assert [message.variables for message in game.step.messages] == [{"sent": D(1)}]


def test_data_flow_of_a_sub_process_with_mappings(play):
    inner = specified(["a"], ["r"]) + flowing("Input", "d_total", "a_in") + flowing("Output", "r_out", "d_total")
    inner = extensions(mapping({"b": "=a + 1"})) + inner
    game = play(line(sub("m", inner, start("t"), user("u"), end("f"), chain("t", "u", "f")), TOTAL), {"total": 1})
    assert game.variables(game.wait("u").id) == {"total": D(1), "a": D(1), "b": D(2), "r": None}
    game.complete("u", {"r": 5})
    assert game.step.variables == {"total": D(5)}


@pytest.mark.parametrize(
    "inner",
    [
        flowing("Output", "", "nowhere", transformation="=1"),
        flowing("Output", "", "d_blank", transformation="=1"),
        flowing("Output", "", "d_total", transformation="1 + 1"),
        flowing("Output", "", "d_total", assignments=[("=1", "other")]),
        flowing("Output", "", "d_total", assignments=[("=1", "total[1]")]),
        specified(["a"]) + flowing("Input", "store", "a_in"),
        specified(["a"]) + flowing("Input", "d_total d_total", "a_in"),
    ],
)
def test_what_no_expression_could_name_is_refused(inner):
    more = (
        TOTAL
        + tag("dataObject", id="d_blank", name="two words")
        + tag("dataStoreReference", id="store", name="absences")
    )
    assert refusal(line(user("m", inner=inner), more)).element_id == "m"


def test_the_lint_takes_it_and_checks_what_is_computed():
    def found(expression):
        inner = specified(["a"]) + flowing("Input", "d_total", "a_in", transformation=expression)
        xml = diagram(start(), user("m", inner=inner), end(), chain("s", "m", "e"), TOTAL)
        return {(each.rule, each.severity) for each in lint_bpmn(xml, Shelf()) if not each.rule.startswith("DI_")}

    usual = found("=total * 2") - {("USER_TASK_NOBODY", "warning")}
    assert not {rule for rule, severity in usual if severity == "error"}
    assert ("VARIABLE_UNSET", "warning") not in usual
    assert ("VARIABLE_UNSET", "warning") in found("=typo * 2")
    assert ("EXPRESSION_BROKEN", "error") in found("=total *")
    assert ("EXPRESSION_EXPECTED", "error") in found("total")
