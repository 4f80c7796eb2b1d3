"""A small workshop's diagrams: a job with an error, a message, a signal, and what they lead to."""

from tests.unit.engine import builder as b

ORDER = b.process(
    b.start(),
    b.service(
        "prepare",
        b.zeebe("taskHeaders", b.zeebe("header", key="bench", value="2")),
        type='=get or else(job_type, "prepare")',
    ),
    b.boundary("failed", "prepare", b.ERROR),
    b.user("check", b.zeebe("assignmentDefinition", candidateGroups="staff")),
    b.user("scrap", b.zeebe("assignmentDefinition", candidateGroups="staff")),
    b.end(),
    b.chain("s", "prepare", "check", "e"),
    b.chain("failed", "scrap", "e"),
    id="order",
)
WAITING = b.process(
    b.start(),
    b.catch("m", b.CATCH_MESSAGE),
    b.user("then", b.zeebe("assignmentDefinition", candidateGroups="staff")),
    b.end(),
    b.chain("s", "m", "then", "e"),
    id="waiting",
)
LISTENING = b.process(
    b.start(),
    b.catch("c", b.SIGNAL),
    b.user("heard", b.zeebe("assignmentDefinition", candidateGroups="staff")),
    b.end(),
    b.chain("s", "c", "heard", "e"),
    id="listening",
)
SUM = b.process(b.start(), b.script("add", "=a + b", "total"), b.end(), b.chain("s", "add", "e"), id="sum")
LEDGER = b.process(
    b.start(),
    b.user("request", b.zeebe("assignmentDefinition", candidateGroups="staff")),
    b.end(),
    b.chain("s", "request", "e"),
    id="ledger",
)
SOURCES = (ORDER, WAITING, LISTENING, SUM, LEDGER)
FILES = {f"{source.process_id}.bpmn": source.xml for source in SOURCES}
