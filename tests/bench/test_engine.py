"""The engine alone: one step with one gateway condition, against the library's own load, step and save."""

from service import values
from service.engine.calendar import from_days
from service.engine.execution import Execution, run
from service.engine.feel import Moment, host
from service.engine.types import CompleteTask, DecisionSource, ProcessSource, Setting, Start
from tests.bench.figures import report
from tests.bench.plain_steps import PlainProcess
from tests.bench.steps import Series
from tests.bench.thirty import ANSWERS, source
from tests.support.leave import MONDAY

#: The bar: times the library's own.
MOST_RATIO = 2.0
ROUNDS = 200
NO_HOLIDAYS = from_days({})


class NoDecisions:
    def decision(self, decision_id: str) -> DecisionSource | None:
        return None

    def process(self, process_id: str) -> ProcessSource | None:
        return None


def test_a_step_with_a_condition_beside_the_library():
    process, setting = source(), Setting(MONDAY, NO_HOLIDAYS, NoDecisions())
    answers = values.variables(ANSWERS)
    plain = PlainProcess(process.xml.replace(b">=amount", b">amount"), "thirty")
    state, plain_state = run(process, None, [Start({}, None)], setting).state, plain.begin()
    for _ in range(9):  # to the task before the first gateway
        [wait] = Execution.resume(process, state, setting).open_waits()
        state = run(process, state, [CompleteTask(wait.id, answers)], setting).state
        plain_state = plain.step(plain_state, ANSWERS)
    [wait] = Execution.resume(process, state, setting).open_waits()
    assert wait.element_id == "t10"

    ours, theirs = Series(), Series()
    for _ in range(ROUNDS):
        step = ours.measure(lambda: run(process, state, [CompleteTask(wait.id, answers)], setting))
        saved = theirs.measure(lambda: plain.step(plain_state, ANSWERS))

    assert [opened.element_id for opened in step.opened] == ["t11"]
    assert '"task_spec": "t11"' in saved
    ratio = ours.median_wall / theirs.median_wall
    report(
        "engine alone, one step of thirty with one condition",
        ratio=f"{ratio:.2f}",
        ours_ms=f"{ours.median_wall:.2f}",
        library_ms=f"{theirs.median_wall:.2f}",
        state_bytes=len(step.state),
        library_bytes=len(saved),
    )
    assert ratio <= MOST_RATIO


def test_a_warm_expression():
    feel, moment = host(), Moment(MONDAY, NO_HOLIDAYS)
    context = values.variables({"amount": 12.5, "limit": 100, "kind": "a"})
    text = 'if amount > limit then "over" else "under"'
    series = Series()
    for _ in range(1000):
        answer = series.measure(lambda: feel.evaluate(text, context, moment))
    one = series.median_wall * 1000
    batch = Series()
    for _ in range(300):
        batch.measure(lambda: feel.evaluate_many([text] * 10, context, moment))

    assert answer == "under"
    report("a warm expression", microseconds=f"{one:.0f}", ten_in_one_call=f"{batch.median_wall * 1000:.0f}")
    assert one < 1000  # an order of magnitude above what was measured; cold it is some ms


def test_a_table_of_fifty_rules():
    feel, moment = host(), Moment(MONDAY, NO_HOLIDAYS)
    decision = DecisionSource("fifty", table(50), "fifty")
    context = values.variables({"amount": 4_950})
    series = Series()
    for _ in range(100):
        decided = series.measure(lambda: feel.decide(decision, context, moment))

    assert decided.result == values.normalise(49)
    report("a decision table of fifty rules", warm_ms=f"{series.median_wall:.2f}", cold_ms=f"{series.wall[0]:.0f}")
    assert series.median_wall < 20


def table(rules: int) -> bytes:
    """`fifty`: the hundred that an amount lies in."""
    rows = "".join(
        f'<rule id="r{n}"><inputEntry id="i{n}"><text>[{n * 100}..{n * 100 + 100})</text></inputEntry>'
        f'<outputEntry id="o{n}"><text>{n}</text></outputEntry></rule>'
        for n in range(rules)
    )
    return (
        '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="x">'
        '<decision id="fifty" name="fifty"><decisionTable id="t" hitPolicy="UNIQUE">'
        '<input id="in"><inputExpression id="ie" typeRef="number"><text>amount</text></inputExpression></input>'
        f'<output id="out" name="hundred" typeRef="number"/>{rows}</decisionTable></decision></definitions>'
    ).encode()
