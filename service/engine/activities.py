"""Tasks and sub-processes: what each kind does when a token comes to it."""

from datetime import datetime
from decimal import Decimal

from service.engine.corrections import ElementSpec, Inside, Token
from service.engine.expressions import incident
from service.engine.feel import FeelError, host
from service.engine.lint_rules.language_zeebe import MAX_PRIORITY
from service.engine.machine import Machine
from service.engine.model import Scope
from service.engine.timers import parse_instant
from service.engine.types import CallWait, DecisionTaken, EngineError, JobWait, UserTaskWait
from service.engine.waits import OpenWait
from service.values import Value

DEFAULT_PRIORITY = 50


class UserTask(ElementSpec):
    def execute(self, machine: Machine, token: Token) -> bool:
        node, asked = self.node, _Asked(machine, token)
        assignment, schedule = node.extensions.get("assignmentDefinition", {}), node.extensions.get("taskSchedule", {})
        form = node.extensions.get("formDefinition", {})
        wait = UserTaskWait(
            id=token.number,
            element_id=node.id,
            name=node.name,
            form_id=asked.text(form.get("formId") or form.get("externalReference")),
            assignee=asked.text(assignment.get("assignee")),
            candidate_groups=asked.names(assignment.get("candidateGroups")),
            candidate_users=asked.names(assignment.get("candidateUsers")),
            due_at=asked.instant(schedule.get("dueDate")),
            follow_up_at=asked.instant(schedule.get("followUpDate")),
            priority=asked.priority(node.extensions.get("priorityDefinition", {}).get("priority")),
            properties=node.properties,
            headers=node.headers,
        )
        machine.waits.open(OpenWait(wait, token.number))
        return False


class Job(ElementSpec):
    """Whatever a connector or worker does: service tasks, and others with a `zeebe:taskDefinition`."""

    def execute(self, machine: Machine, token: Token) -> bool:
        definition, asked = self.node.extensions["taskDefinition"], _Asked(machine, token)
        job_type = asked.text(definition["type"])
        if not job_type:
            raise EngineError("EXTRACT_VALUE_ERROR", self.node.id, "a job without a type", definition["type"])
        retries = asked.whole(definition.get("retries") or "3")
        wait = JobWait(token.number, self.node.id, self.node.name, job_type, retries, self.node.headers, {})
        machine.waits.open(OpenWait(wait, token.number))
        return False


class Script(ElementSpec):
    def execute(self, machine: Machine, token: Token) -> bool:
        script = self.node.extensions["script"]
        expression = "=" + script["expression"].lstrip().removeprefix("=")
        token.results = {script["resultVariable"]: machine.expressions.value(token.number, expression, self.node.id)}
        return True


class Rule(ElementSpec):
    """A decision of the instance's release, with the rules that fired."""

    def execute(self, machine: Machine, token: Token) -> bool:
        called, node_id = self.node.extensions["calledDecision"], self.node.id
        decision_id = machine.expressions.text(token.number, called["decisionId"], node_id)
        source = machine.setting.library.decision(decision_id)
        if source is None:
            raise EngineError("CALLED_DECISION_ERROR", node_id, f"there is no decision {decision_id!r}")
        try:
            decided = host().decide(source, machine.expressions.visible(token.number), machine.expressions.moment)
        except FeelError as error:
            raise incident("CALLED_DECISION_ERROR", node_id, error) from error
        machine.log.decisions.append(
            DecisionTaken(token.number, node_id, decision_id, tuple(decided.evaluated), decided.result)
        )
        token.results = {called["resultVariable"]: decided.result}
        return True


class Call(ElementSpec):
    """A call activity: a child instance elsewhere, which comes back by `FinishCall`."""

    def execute(self, machine: Machine, token: Token) -> bool:
        called = self.node.extensions["calledElement"]
        wait = CallWait(
            id=token.number,
            element_id=self.node.id,
            name=self.node.name,
            process_id=machine.expressions.text(token.number, called["processId"], self.node.id),
            binding=called.get("bindingType") or "deployment",
            variables={},
            propagate_all=called.get("propagateAllChildVariables", "true") != "false",
        )
        machine.waits.open(OpenWait(wait, token.number))
        return False


class SubProcess(ElementSpec):
    """An embedded or event sub-process: a scope of its own, done when no token is left in it."""

    def execute(self, machine: Machine, token: Token) -> bool:
        inside = self.open(machine, token)
        start = inside.place(machine.spec(self._body.starts[0].id))
        start.fired = token.fired
        start.task_spec._update(start)
        return False

    def open(self, machine: Machine, token: Token) -> Inside:
        """The inside, empty; its event sub-processes listen."""
        inside: Inside = token.workflow.top_workflow.create_subprocess(token, self._body.id)
        machine.listen(self._body, token.number)
        return inside

    @property
    def _body(self) -> Scope:
        assert self.node.body is not None  # noqa: S101  (the reader gives every sub-process a body)
        return self.node.body


class _Asked:
    """The values of a task's definition."""

    def __init__(self, machine: Machine, token: Token) -> None:
        self._expressions, self._scope, self._node = machine.expressions, token.number, token.node

    def value(self, text: str | None) -> Value:
        return self._expressions.value(self._scope, text, self._node.id) if text else None

    def text(self, text: str | None) -> str | None:
        value = self.value(text)
        if value is not None and not isinstance(value, str):
            raise self._wrong("gives no text", text)
        return value or None

    def names(self, text: str | None) -> tuple[str, ...]:
        """A FEEL list of texts, or a literal separated by commas."""
        value = self.value(text)
        if isinstance(value, str):
            value = [name.strip() for name in value.split(",") if name.strip()]
        names = [name for name in value if isinstance(name, str)] if isinstance(value, list) else []
        if value is not None and (not isinstance(value, list) or len(names) != len(value)):
            raise self._wrong("gives no list of texts", text)
        return tuple(dict.fromkeys(names))

    def instant(self, text: str | None) -> datetime | None:
        value = self.value(text)
        if value is None:
            return None
        try:
            return parse_instant(value if isinstance(value, str) else "")
        except ValueError as error:
            raise self._wrong(str(error), text) from None

    def whole(self, text: str) -> int:
        value = self.value(text)
        number = Decimal(value) if isinstance(value, str) and value.strip().isdigit() else value
        if not isinstance(number, Decimal) or number != int(number) or not 0 <= number < 10_000:
            raise self._wrong("gives no whole number", text)
        return int(number)

    def priority(self, text: str | None) -> int:
        number = self.whole(text) if text else DEFAULT_PRIORITY
        if number > MAX_PRIORITY:
            raise self._wrong(f"gives a priority over {MAX_PRIORITY}", text)
        return number

    def _wrong(self, reason: str, text: str | None) -> EngineError:
        return EngineError("EXTRACT_VALUE_ERROR", self._node.id, reason, text)
