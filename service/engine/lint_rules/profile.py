"""What a procedure forbids beyond the language: its lint profile (`lint.json`), interpreted without knowing it.

    {"bpmn":  {"forbid": ["scriptTask", {"element": "zeebe:publishMessage", "code": "NO_MESSAGES", "message": "…"}]},
     "dmn":   {"hitPolicies": ["UNIQUE", "COLLECT"], "requireAnnotation": true, "annotationPattern": "…",
               "requireRuleIds": true, "requireCatchAll": true, "disjoint": true},
     "forms": {"forbiddenLabelPatterns": [{"pattern": "…", "code": "NO_SUCH_FIELDS", "message": "…"}]}}

Entries with a `code` report under it, with their own `message`, `messageZh`, `remedy` and `remedyZh`.
`resources` (a list of shell patterns on process or form ids) narrows an entry; without it, it holds everywhere.
"""

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

from service.engine.lint_rules.model import Element, Model, qname
from service.engine.lint_rules.report import Finding, Report

_ENTRY: Final = frozenset({"code", "message", "messageZh", "remedy", "remedyZh", "resources"})
_SECTIONS: Final[Mapping[str, Mapping[str, type]]] = {
    "bpmn": {"forbid": list},
    "dmn": {
        "hitPolicies": list, "requireAnnotation": bool, "annotationPattern": str, "requireRuleIds": bool,
        "requireCatchAll": bool, "disjoint": bool,
    },
    "forms": {"forbiddenLabelPatterns": list},
}  # fmt: skip
_LABELS: Final = ("label", "dateLabel", "timeLabel")
#: Python's patterns backtrack: short texts, short patterns and no repeated repetition keep them harmless.
_MAX_PATTERN, _MAX_TEXT = 300, 500
_NESTED = re.compile(r"[*+}]\)?[*+{]|\([^()]*[*+][^()]*\)\s*[*+{]")


def profile_problems(profile: object, *, resource: str = "lint.json") -> tuple[Finding, ...]:
    """What is wrong with a profile itself; it is checked when it is deployed, so that no rule is silently void."""
    report = Report(resource)
    for problem in _problems(profile):
        report.put("PROFILE_BROKEN", problem=problem)
    return report.findings()


def usable(profile: Mapping[str, Any], report: Report) -> Mapping[str, Any]:
    """The profile, or, with a finding, none: a profile that nobody understands lets nothing pass."""
    problems = list(_problems(profile))
    for problem in problems:
        report.put("PROFILE_BROKEN", problem=problem)
    return {} if problems else profile


def check_forbidden(model: Model, profile: Mapping[str, Any], report: Report) -> None:
    """The `bpmn.forbid` entries: BPMN elements by local name, extension elements as `zeebe:name`."""
    for entry in _entries(profile, "bpmn", "forbid", "element"):
        wanted = str(entry["element"])
        for xml in model.root.iter("*"):
            name = qname(xml)[1]
            if wanted not in (name, f"zeebe:{name}") or (wanted == name and "zeebe" in qname(xml)[0]):
                continue
            at = _owner(model, xml)
            process = model.process_of(at).id if at is not None else ""
            if _holds(entry, process):
                usual = (
                    f"“{at.name or at.id if at is not None else name}”: “{wanted}” is not allowed in this procedure."
                )
                zh = f"“{at.name or at.id if at is not None else name}”：本程序不允许使用“{wanted}”。"
                _report(report, entry, "ELEMENT_FORBIDDEN", at, usual, zh)


def lint_form_profile(
    schema: Mapping[str, Any], profile: Mapping[str, Any], *, resource: str = ""
) -> tuple[Finding, ...]:
    """What a form breaks of the profile's `forms` part; `schema` is the form's JSON as read."""
    report = Report(resource)
    profile, form_id = usable(profile, report), str(schema.get("id") or "")
    for entry in _entries(profile, "forms", "forbiddenLabelPatterns", "pattern"):
        if not _holds(entry, form_id):
            continue
        pattern = re.compile(str(entry["pattern"]))
        for component in _components(schema):
            for label in (str(component[name])[:_MAX_TEXT] for name in _LABELS if component.get(name)):
                if pattern.search(label):
                    usual, zh = f"The label “{label}” is not allowed in this procedure.", f"不允许使用标签“{label}”。"
                    place = str(component.get("key") or component.get("id") or "")
                    _report(report, entry, "LABEL_FORBIDDEN", None, usual, zh, element_id=place, element_name=label)
    return report.findings()


def section(profile: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """One part of a profile; a missing one has no rules."""
    found = profile.get(name)
    return found if isinstance(found, Mapping) else {}


def matches(pattern: str, text: str) -> bool:
    """Whether a profile's pattern occurs in a text."""
    return re.search(pattern, text[:_MAX_TEXT]) is not None


def _entries(profile: Mapping[str, Any], part: str, name: str, key: str) -> Iterator[Mapping[str, Any]]:
    for entry in section(profile, part).get(name) or ():
        yield {key: entry} if isinstance(entry, str) else entry


def _holds(entry: Mapping[str, Any], resource_id: str) -> bool:
    return "resources" not in entry or any(fnmatchcase(resource_id, str(each)) for each in entry["resources"])


def _report(
    report: Report,
    entry: Mapping[str, Any],
    code: str,
    at: Element | None,
    usual: str,
    usual_zh: str,
    *,
    element_id: str = "",
    element_name: str = "",
) -> None:
    text, advice = str(entry.get("message") or usual), str(entry.get("remedy") or "Remove it.")
    report.put(
        str(entry.get("code") or code),
        element_id=at.id if at is not None else element_id,
        element_name=at.name if at is not None else element_name,
        line=at.line if at is not None else None,
        text=text,
        text_zh=str(entry.get("messageZh") or entry.get("message") or usual_zh),
        advice=advice,
        advice_zh=str(entry.get("remedyZh") or entry.get("remedy") or "请删除。"),
    )


def _owner(model: Model, xml: Any) -> Element | None:
    at = xml
    while at is not None and at not in model.by_xml:
        at = at.getparent()
    return None if at is None else model.by_xml[at]


def _components(holder: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every component of a form, at any depth."""
    for component in holder.get("components") or ():
        if isinstance(component, Mapping):
            yield component
            yield from _components(component)


def _problems(profile: object) -> Iterator[str]:
    if not isinstance(profile, Mapping):
        yield "it is no JSON object"
        return
    for name, part in profile.items():
        known = _SECTIONS.get(str(name))
        if known is None or not isinstance(part, Mapping):
            yield f"“{name}” is no section; there are {', '.join(_SECTIONS)}"
            continue
        for key, value in part.items():
            if str(key) not in known or not isinstance(value, known[str(key)]):
                yield f"“{name}.{key}” is unknown or of the wrong kind"
            elif key == "annotationPattern":
                yield from _pattern(str(value))
            elif key in ("forbid", "forbiddenLabelPatterns"):
                yield from _entry_problems(value, "element" if key == "forbid" else "pattern")


def _entry_problems(entries: object, key: str) -> Iterator[str]:
    for entry in entries if isinstance(entries, list) else ():
        if isinstance(entry, str) and key == "element":
            continue
        if not isinstance(entry, Mapping) or not isinstance(entry.get(key), str) or set(entry) - _ENTRY - {key}:
            yield f"an entry needs “{key}” and may have {', '.join(sorted(_ENTRY))}"
        elif key == "pattern":
            yield from _pattern(entry["pattern"])


def _pattern(pattern: str) -> Iterator[str]:
    try:
        re.compile(pattern)
    except re.error as error:
        yield f"the pattern “{pattern[:80]}” cannot be read: {error}"
        return
    if len(pattern) > _MAX_PATTERN or _NESTED.search(pattern):
        yield f"the pattern “{pattern[:80]}” is too long or repeats a repetition"
