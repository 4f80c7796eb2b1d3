"""`records.evaluate`: one expression or decision over the records of a register."""

from collections.abc import Sequence
from decimal import Decimal

from service.connectors.call import ConnectorCall, ConnectorFault, faults_named
from service.engine.feel import FeelError, host
from service.registers import reading
from service.values import Value, Variables, tag

#: A result is a mean, a rank or a list of keys; records themselves stay in their register.
MAX_RESULT_BYTES = 64 * 1024
_INPUTS = frozenset(("register", "where", "order", "expression", "decision", "as"))


@faults_named
def evaluate(call: ConnectorCall) -> Variables:
    """The result, and as `evidence` key, version and hash of every record that was read, for the history.

    The expression or decision sees the records as `rows` (or the name in `as`), each with `id`, `state` and all
    declared fields, beside the task's other inputs.
    """
    register = reading.declared(call.library, call.text("register"))
    rows = reading.search(call.session, register, call.mapping("where"), order=call.texts("order")).rows
    result = result_over(call, [reading.seen(register, row) for row in rows])
    if len(tag(result)) > MAX_RESULT_BYTES:
        raise ConnectorFault(f"the result is larger than {MAX_RESULT_BYTES // 1024} kB")
    evidence: list[Value] = [[str(row.key), Decimal(row.version), row.hash] for row in rows]
    return {"result": result, "evidence": evidence}


def result_over(call: ConnectorCall, seen: Sequence[Variables]) -> Value:
    """The result over these records, each as `reading.seen` gives it. Raises `ConnectorFault`."""
    context = {name: value for name, value in call.wait.variables.items() if name not in _INPUTS}
    context[call.optional_text("as") or "rows"] = list(seen)
    return _result(call, context)


def _result(call: ConnectorCall, context: Variables) -> Value:
    expression, decision_id = call.optional_text("expression"), call.optional_text("decision")
    if (expression is None) == (decision_id is None):
        raise ConnectorFault("say either `expression` or `decision`")
    if expression is not None:
        return call.evaluate(expression, context)
    source = call.library.decision(decision_id or "")
    if source is None:
        raise ConnectorFault(f"the release has no decision “{decision_id}”")
    try:
        return host().decide(source, context, call.moment).result
    except FeelError as error:
        raise ConnectorFault(str(error)) from error
