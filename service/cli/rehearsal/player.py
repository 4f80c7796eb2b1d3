"""Playing a script: step by step over HTTP, telling what happens, checking what was promised."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import islice
from typing import Any

from service.cli.rehearsal import filler
from service.cli.rehearsal.crowd import Crowd
from service.cli.rehearsal.script import Script, evaluate
from service.cli.rehearsal.stage import Answer, Stage
from service.clock import ZONE
from service.engine.feel import host
from service.engine.timers import parse_instant
from service.values import from_json, to_json

#: Who starts, looks and is asked where a script names nobody.
DIRECTOR = "director"
PDF = b"%PDF-1.4\n% a sample\n%%EOF\n"


class Unexpected(Exception):
    """Something else happened than the script says."""


@dataclass
class Player:
    """One performance. `tell` prints a line for the audience."""

    script: Script
    stage: Stage
    tell: Callable[[str], None]
    done: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    checks: int = 0
    _forms: dict[str, Any] = field(default_factory=dict)

    def play(self) -> None:
        """Play all steps. Raises `Unexpected`, with the number of the step, at the first that comes out differently."""
        for crowd in self.script.crowds:
            self.stage.admit(self._crowd(crowd))
        began = time.monotonic()
        self._play(self.script.steps, {}, "")
        self._refuse_incidents()
        seconds = time.monotonic() - began
        codes = "、".join(f"{code}×{count}" for code, count in sorted(self.refused.items())) or "无"
        self.tell(
            f"完成：{self.done} 项办理，按规则拒绝 {codes}，核对 {self.checks} 项，"
            f"{self.stage.requests} 次请求，{seconds:.0f} 秒，每秒 {self.done / seconds:.1f} 项；"
            f"数据库 {self.stage.database_bytes() / 1024**2:.1f} MB"
        )
        self._run_again()

    def _crowd(self, wanted: Mapping[str, Any]) -> Crowd:
        def record(number: int) -> Any:
            username = f"{wanted['prefix']}{number}"
            return self._value(wanted.get("record"), {"username": username, "number": Decimal(number)})

        count = int(self._value(wanted["count"], {}))
        groups = tuple(wanted.get("groups", ()))
        return Crowd(wanted["prefix"], count, wanted["name"], groups, wanted.get("party"), record)

    def _run_again(self) -> None:
        """The recorded year once more: every chain checked, every act done again, every state compared."""
        began = time.monotonic()
        instances, steps, wrong = self.stage.histories()
        if wrong:
            raise Unexpected("；".join(wrong[:5]))
        seconds = time.monotonic() - began
        self.tell(f"历史：{instances} 个流程实例的记录链完整；{steps} 步重新执行，结果逐字节相同，{seconds:.0f} 秒")

    def _play(self, steps: list[dict[str, Any]], local: Mapping[str, Any], at: str) -> None:
        for number, step in enumerate(steps, start=1):
            place = f"{at}{number}"
            kind = next(name for name in _STEPS if name in step)
            try:
                _STEPS[kind](self, step, local, place)
            except Unexpected as error:
                shown = json.dumps({kind: step[kind], "as": step.get("as")}, ensure_ascii=False, default=str)
                raise Unexpected(f"第 {place} 步 {shown[:200]}：{error}") from error

    def _say(self, step: Mapping[str, Any], local: Mapping[str, Any], place: str) -> None:
        self.tell(str(self._value(step["say"], local)))

    def _each(self, step: Mapping[str, Any], local: Mapping[str, Any], place: str) -> None:
        for number, item in enumerate(self._value(step["each"], local), start=1):
            self._play(step["steps"], {**local, "each": item, "number": Decimal(number)}, f"{place}.{number}.")

    def _part(self, step: Mapping[str, Any], local: Mapping[str, Any], place: str) -> None:
        given = self._value(step.get("with", {}), local)
        self._play(self.script.parts[step["play"]], {**local, **given}, f"{place} {step['play']} ")

    def _clock(self, step: Mapping[str, Any], local: Mapping[str, Any], place: str) -> None:
        at = parse_instant(str(self._value(step["clock"], local)))
        if step.get("work", True):
            self.stage.move_clock(at)
            self._refuse_incidents()
        else:
            self.stage.pin(at, hold=True)
        self.tell(f"—— {at.astimezone(ZONE):%Y年%m月%d日 %H:%M:%S} ——")

    def _start(self, step: Mapping[str, Any], local: Mapping[str, Any], place: str) -> None:
        body = {"processDefinitionId": step["start"], "variables": self._value(step.get("variables", {}), local)}
        answer = self.stage.call(self._who(step, local), "POST", "/v2/process-instances", body)
        self._as_promised(step, answer)
        self.stage.settle()

    def _do(self, step: Mapping[str, Any], local: Mapping[str, Any], place: str) -> None:
        element = str(self._value(step["do"], local))
        where = self._value(step.get("where", {}), local)
        found = self._open(element, where, step.get("process"))
        nobody = True
        for task, visible in found if step.get("all") else islice(found, 1):
            nobody = False
            who = task["assignee"] if step.get("as") == "assignee" else self._who(step, local)
            self._complete(str(who), task, visible, step, local)
        if nobody:
            self._refuse_incidents()
            raise Unexpected(f"没有符合条件的待办“{element}”；现有待办：{self._waiting()}")
        self.stage.settle()

    def _complete(
        self, who: str, task: Any, visible: dict[str, Any], step: Mapping[str, Any], local: Mapping[str, Any]
    ) -> None:
        path = f"/v2/user-tasks/{task['userTaskKey']}"
        if task["assignee"] is None:
            taken = self.stage.call(who, "POST", f"{path}/assignment", {"assignee": who, "allowOverride": False})
            if taken.status >= 300:
                return self._as_promised(step, taken)
        given = evaluate(step.get("answers", {}), {**self._context(local), **visible}, self.stage.moment())
        form = self._form(who, task)
        if form is not None:
            given = filler.answers(form, visible, given, self._pen(who, task))
        self._as_promised(step, self.stage.call(who, "POST", f"{path}/completion", {"variables": given}))
        if step.get("refused") and task["assignee"] is None:
            self.stage.call(who, "DELETE", f"{path}/assignee")
        return None

    def _open(
        self, element: str, where: Mapping[str, Any], process: str | None
    ) -> Iterator[tuple[Any, dict[str, Any]]]:
        """The open tasks of this element (in any process, or this) whose variables are as `where` says, oldest first.

        The search narrows by what it can, so that variables are fetched for few; and only when it is a task's turn.
        """
        texts = {name: value for name, value in where.items() if isinstance(value, str) and "." not in name}
        wanted: dict[str, Any] = {"state": "CREATED", "elementId": element}
        if "assignee" in texts:
            wanted["assignee"] = texts.pop("assignee")
        elif texts:
            named = [{"name": name, "value": to_json(value).decode()} for name, value in texts.items()]
            wanted["processInstanceVariables"] = named
        body = {"filter": wanted, "sort": [{"field": "creationDate"}], "page": {"limit": 10_000}}
        for task in self._ok("POST", "/v2/user-tasks/search", body)["items"]:
            if process is not None and task["processDefinitionId"] != process:
                continue
            path = f"/v2/user-tasks/{task['userTaskKey']}/effective-variables/search?truncateValues=false"
            rows = self._ok("POST", path, {"page": {"limit": 1000}})["items"]
            visible = {row["name"]: from_json(row["value"]) for row in rows} | {"assignee": task["assignee"]}
            if all(_reached(visible, name) == value for name, value in where.items()):
                yield task, visible

    def _waiting(self) -> str:
        body = {"filter": {"state": "CREATED"}, "page": {"limit": 10_000}}
        items = self._ok("POST", "/v2/user-tasks/search", body)["items"]
        return "、".join(sorted({f"{task['processDefinitionId']}.{task['elementId']}" for task in items}))

    def _form(self, who: str, task: Any) -> Any:
        key = task["formKey"]
        if key is not None and key not in self._forms:
            answer = self.stage.call(who, "GET", f"/v2/user-tasks/{task['userTaskKey']}/form")
            self._as_promised({}, answer)
            self._forms[key] = from_json(answer.body["schema"])
        return self._forms.get(key)

    def _pen(self, who: str, task: Any) -> filler.Pen:
        def upload(ending: str) -> Any:
            answer = self.stage.upload(who, f"sample{ending}", PDF, task["userTaskKey"])
            self._as_promised({}, answer)
            return {
                "documentId": answer.body["documentId"],
                "fileName": answer.body["metadata"]["fileName"],
                "size": answer.body["metadata"]["size"],
                "hash": answer.body["contentHash"],
            }

        def hides(expression: str, scope: Mapping[str, Any]) -> bool:
            return host().evaluate(expression, scope, self.stage.moment(), lenient=True) is True

        return filler.Pen(self.stage.passwords.get(who, ""), upload, hides, self.script.samples)

    def _check(self, step: Mapping[str, Any], local: Mapping[str, Any], place: str) -> None:
        """Records of a register: how many fit, and what their fields are."""
        wanted = self._value(step["check"], local)
        rows = self.stage.records(wanted["register"], wanted.get("where", {}))
        self.checks += 1
        if "count" in wanted and len(rows) != wanted["count"]:
            shown = [(row.get("id"), row.get("state")) for row in self.stage.records(wanted["register"], {})][:50]
            raise Unexpected(f"{len(rows)} 条，应为 {wanted['count']}；现有 {shown}")
        if "at_most" in wanted and len(rows) > wanted["at_most"]:
            raise Unexpected(f"{len(rows)} 条，至多 {wanted['at_most']}")
        for row in rows:
            for name, value in wanted.get("each", {}).items():
                if _reached(row, name) != value:
                    raise Unexpected(f"{row.get('id')} 的 {name} 是 {_reached(row, name)!r}，应为 {value!r}")
        if "keep" in wanted and rows:
            self.script.variables[wanted["keep"]] = rows[0]["id"]
        for name in wanted.get("list", []):
            self.tell(f"  {'、'.join(str(_reached(row, name)) for row in rows) or '（无）'}")

    def _as_promised(self, step: Mapping[str, Any], answer: Answer) -> None:
        wanted = step.get("refused")
        if answer.status < 300:
            if wanted is not None:
                raise Unexpected(f"没有按 {wanted} 拒绝")
            self.done += bool(step)
            return
        if wanted is None or answer.code != wanted:
            raise Unexpected(f"{answer.status} {answer.body}")
        self.refused[str(wanted)] += 1
        self.tell(f"  ✗ {wanted}：{answer.body.get('detail')}")

    def _refuse_incidents(self) -> None:
        body = {"filter": {"state": "ACTIVE"}}
        found = self._ok("POST", "/v2/incidents/search", body)["items"]
        if found:
            shown = "；".join(
                f"{one['processDefinitionId']}.{one['elementId']}：{one['errorMessage']}" for one in found[:3]
            )
            raise Unexpected(f"流程停住了：{shown}")

    def _ok(self, method: str, path: str, body: Any) -> Any:
        answer = self.stage.call(DIRECTOR, method, path, body)
        if answer.status >= 300:
            raise Unexpected(f"{path}: {answer.status} {answer.body}")
        return answer.body

    def _who(self, step: Mapping[str, Any], local: Mapping[str, Any]) -> str:
        name = str(self._value(step.get("as", DIRECTOR), local))
        if name not in self.stage.tokens:
            raise Unexpected(f"没有账号 {name}")
        return name

    def _value(self, value: Any, local: Mapping[str, Any]) -> Any:
        return evaluate(value, self._context(local), self.stage.moment())

    def _context(self, local: Mapping[str, Any]) -> dict[str, Any]:
        return {**self.script.variables, **local}


def _reached(visible: Mapping[str, Any], path: str) -> Any:
    found: Any = visible
    for part in path.split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


_STEPS: Mapping[str, Callable[[Player, dict[str, Any], Mapping[str, Any], str], None]] = {
    "say": Player._say,
    "clock": Player._clock,
    "start": Player._start,
    "do": Player._do,
    "check": Player._check,
    "each": Player._each,
    "play": Player._part,
}
