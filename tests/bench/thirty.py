"""The fixture of the step benchmarks: thirty user tasks with a form, in a row, a gateway with a condition after ten."""

import json

from tests.unit.engine import builder as b

FORM = {
    "type": "default",
    "id": "note",
    "schemaVersion": 18,
    "components": [
        {"type": "textfield", "key": "title", "label": "标题", "validate": {"required": True, "maxLength": 100}},
        {
            "type": "number",
            "key": "amount",
            "label": "金额",
            "decimalDigits": 2,
            "validate": {"required": True, "min": 0},
        },
        {
            "type": "select",
            "key": "kind",
            "label": "类别",
            "values": [{"label": "甲", "value": "a"}, {"label": "乙", "value": "b"}],
        },
    ],
}
ANSWERS = {"title": "测量", "amount": 12.5, "kind": "a"}


def source():
    """The process `thirty`."""
    tasks = [f"t{n}" for n in range(1, 31)]
    body, flows, before = [b.start()], [], "s"
    for number, task in enumerate(tasks, start=1):
        offer = b.zeebe("assignmentDefinition", candidateGroups="staff")
        body.append(b.user(task, b.zeebe("formDefinition", formId="note"), offer))
        flows.append(b.flow(before, task))
        before = task
        if number % 10 == 0 and number < 30:
            gate = f"x{number}"
            body.append(b.gateway("exclusive", gate, default=f"{gate}_t{number + 1}"))
            body.append(b.end(f"e{number}"))
            flows += [b.flow(task, gate), b.flow(gate, f"e{number}", "=amount < 0")]
            before = gate
    body += [b.end(), *flows, b.flow("t30", "e")]
    return b.process(*body, id="thirty")


def files():
    """What to deploy."""
    return {"thirty.bpmn": source().xml, "note.form": json.dumps(FORM, ensure_ascii=False).encode()}
