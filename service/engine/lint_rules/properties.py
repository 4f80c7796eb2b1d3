"""Our own `zeebe:property` entries: where each may stand and what its value may be.

Plain data and its check; `docs/reference/properties.md` is checked against the table.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from service.engine.feel import host
from service.engine.feel_words import in_chinese
from service.engine.lint_rules.catalogue import Catalogue
from service.engine.lint_rules.model import FLOW_NODES, Element, Model, qname
from service.engine.lint_rules.report import Report
from service.engine.lint_rules.slots import is_bearable
from service.engine.lint_rules.tasks import names_in
from service.engine.timers import parse_duration

#: What is wrong with a value, in English and Chinese; None if nothing is.
Wrong = tuple[str, str] | None
Check = Callable[[str, Model, Catalogue], Wrong]

_NAME = re.compile(r"[^\W\d]\w*")
_ID = re.compile(r"[^\W\d][\w.-]*")
_TIMER_EVENTS = frozenset({"startEvent", "intermediateCatchEvent", "boundaryEvent"})
_ANYWHERE = FLOW_NODES | {"process", "sequenceFlow", "dataStoreReference", "participant", "lane", "group"}


@dataclass(frozen=True, slots=True)
class Property:
    """One entry: the elements that may bear it, and the check of its value."""

    on: frozenset[str]
    check: Check


def _truth(value: str, model: Model, catalogue: Catalogue) -> Wrong:
    return None if value in ("true", "false") else ("it is true or false", "只能是 true 或 false")


def _elements(value: str, model: Model, catalogue: Catalogue) -> Wrong:
    # The whole tree of instances is searched at run time, so an id of a calling process is right too: see `_elsewhere`.
    # Spaces instead of commas would make one unknown name of all, and quietly disarm the rule.
    valid = names_in(value) and all(_ID.fullmatch(name) for name in names_in(value))
    return None if valid else ("it lists ids of user tasks, separated by commas", "应列出用户任务的编号，用逗号分隔")


def _groups(value: str, model: Model, catalogue: Catalogue) -> Wrong:
    unknown = [name for name in names_in(value) if not catalogue.group(name)]
    if not names_in(value):
        return "it lists groups, separated by commas", "应列出组名，用逗号分隔"
    return (
        (f"no group that may be granted: {', '.join(unknown)}", f"没有这些可授予的组：{'、'.join(unknown)}")
        if unknown
        else None
    )


def _variable(value: str, model: Model, catalogue: Catalogue) -> Wrong:
    return None if _NAME.fullmatch(value) else ("it is the name of one variable", "应为一个变量名")


def _variables(value: str, model: Model, catalogue: Catalogue) -> Wrong:
    found = names_in(value)
    valid = found and all(_NAME.fullmatch(name) for name in found)
    return None if valid else ("it lists names of variables, separated by commas", "应列出变量名，用逗号分隔")


def _duration(value: str, model: Model, catalogue: Catalogue) -> Wrong:
    try:
        parse_duration(value)
    except ValueError:
        return "it is an ISO 8601 duration such as P10Y", "应为 ISO 8601 时长，例如 P10Y"
    return None


def _text(value: str, model: Model, catalogue: Catalogue) -> Wrong:
    return None if value.strip() else ("it is empty", "不能为空")


def _register(value: str, model: Model, catalogue: Catalogue) -> Wrong:
    return None if catalogue.register(value) else ("there is no such register", "没有这个登记簿")


def _records(value: str, model: Model, catalogue: Catalogue) -> Wrong:
    for each in names_in(value):
        register, _, path = each.partition(":")
        if not all(_NAME.fullmatch(part) for part in path.split(".")):
            return "it lists register:variable, separated by commas", "应列出“登记簿:变量”，用逗号分隔"
        if not catalogue.register(register):
            return f"there is no register {register}", f"没有登记簿 {register}"
    return None if names_in(value) else ("it is empty", "不能为空")


def _search_attributes(value: str, model: Model, catalogue: Catalogue) -> Wrong:
    shape = (
        'it is a JSON list of {"name", "title", "expression"} with different names',
        "应为 JSON 列表，每项含互不相同的 name，以及 title、expression",
    )
    try:
        rows = json.loads(value)
    except ValueError:
        return shape
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        return shape
    if any(
        set(row) != {"name", "title", "expression"} or not all(isinstance(v, str) for v in row.values()) for row in rows
    ):
        return shape
    if len({row["name"] for row in rows}) != len(rows) or not all(_NAME.fullmatch(row["name"]) for row in rows):
        return shape
    for row in rows:
        if not is_bearable(row["expression"]):
            return f"the expression of {row['name']} is too long or nested", f"{row['name']} 的表达式过长或嵌套过深"
        for problem in host().problems(row["expression"]):
            return (
                f"the expression of {row['name']} cannot be read: {problem.message}",
                f"{row['name']} 的表达式有误：{in_chinese(problem.message)}",
            )
    return None


def _expression(value: str, model: Model, catalogue: Catalogue) -> Wrong:
    if not value.startswith("=") or not is_bearable(value[1:]):
        return "it is FEEL after `=`", "应为以“=”开头的 FEEL 表达式"
    for problem in host().problems(value[1:]):
        return f"it cannot be read: {problem.message}", f"表达式有误：{in_chinese(problem.message)}"
    return None


_USER_TASK = frozenset({"userTask"})
_PROCESS = frozenset({"process"})

PROPERTIES: Mapping[str, Property] = {
    # Who may do and see a task.
    "separationOfDuties": Property(_USER_TASK, _elements),
    "needToKnow": Property(_USER_TASK, _elements),
    "secret": Property(_USER_TASK, _text),
    "shows": Property(_USER_TASK, _records),
    "blindFor": Property(_USER_TASK, _groups),
    "blindUntil": Property(_USER_TASK, _elements),
    "substitutes": Property(_USER_TASK, _truth),
    "delegation": Property(_USER_TASK, _truth),
    "public": Property(_USER_TASK, _truth),
    "showsLinks": Property(_USER_TASK, _variable),
    "actorVariable": Property(_USER_TASK, _variable),
    # Who may start, see and administer; what the pages show.
    "readGroups": Property(_USER_TASK | _PROCESS, _groups),
    "startGroups": Property(_PROCESS, _groups),
    "adminGroups": Property(_PROCESS, _groups),
    "recused": Property(_PROCESS, _variable),
    "publicStart": Property(_PROCESS, _truth),
    "publicHelp": Property(_PROCESS, _text),
    "searchAttributes": Property(_PROCESS, _search_attributes),
    "stage": Property(FLOW_NODES, _text),
    "stageDue": Property(FLOW_NODES, _expression),
    "stagesFor": Property(_PROCESS, _variable),
    "retention": Property(_PROCESS, _duration),
    # Releases and deadlines.
    "releaseFrom": Property(frozenset({"startEvent"}), _variable),
    "deadline": Property(_TIMER_EVENTS, _text),
    # Documentation that is checked or shown.
    "register": Property(frozenset({"dataStoreReference"}), _register),
    "receives": Property(_ANYWHERE, _variables),
    "article": Property(_ANYWHERE, _text),
}
#: Those whose values are ids of elements.
_NAMING_ELEMENTS = ("separationOfDuties", "needToKnow", "blindUntil")


def check_properties(model: Model, catalogue: Catalogue, report: Report) -> None:
    """Names, places and values of all `zeebe:property` entries."""
    for element in model.live():
        _twice(element, report)
        for name, value in element.properties.items():
            known = PROPERTIES.get(name)
            if known is None:
                report.add("PROPERTY_UNKNOWN", element, property=name)
            elif element.kind not in known.on or (name == "deadline" and not element.has("timer")):
                report.add("PROPERTY_PLACE", element, property=name, places=", ".join(sorted(known.on)))
            else:
                wrong = known.check(value, model, catalogue)
                if wrong is not None:
                    report.add(
                        "PROPERTY_VALUE", element, property=name, value=value[:120], reason=wrong[0], reason_zh=wrong[1]
                    )
        _elsewhere(model, element, report)
        if bool(element.properties.get("blindFor")) != bool(element.properties.get("blindUntil")):
            report.add("PROPERTY_PAIR", element, property="blindFor", other="blindUntil")


def _twice(element: Element, report: Report) -> None:
    holder = element.extension("properties")
    seen: set[str] = set()
    for entry in holder if holder is not None else ():
        name = str(entry.get("name") or "")
        if qname(entry)[1] == "property" and name in seen:
            report.add("PROPERTY_TWICE", element, xml=entry, property=name)
        seen.add(name)


def _elsewhere(model: Model, element: Element, report: Report) -> None:
    """Ids that nothing in this file bears: a calling process has them, or it is a slip that disarms the rule."""
    for name in _NAMING_ELEMENTS:
        for named in names_in(element.properties.get(name)):
            found = model.elements.get(named)
            if found is not None and found.kind != "userTask" and name != "blindUntil":
                report.add("PROPERTY_VALUE", element, property=name, value=named,
                           reason="it is no user task", reason_zh="它不是用户任务")  # fmt: skip
            elif found is None:
                report.add("PROPERTY_ELEMENT", element, property=name, value=named)
