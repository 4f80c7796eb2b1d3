"""What a deployment may contain: files read into parts, and every finding about them at once."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Any

from service import forms, registers
from service.access import SYSTEM_GROUPS
from service.connectors import AFTER_COMMIT, IN_STEP
from service.documents import checking, declaration
from service.engine import decisions
from service.engine.describe import awaited, describe
from service.engine.lint import lint_bpmn, lint_dmn, lint_form_profile, profile_problems
from service.engine.lint_rules.catalogue import DecisionInfo, FormInfo
from service.engine.lint_rules.model import Model
from service.engine.lint_rules.report import Finding
from service.engine.lint_rules.texts import Language
from service.engine.model import Unsupported
from service.engine.xml import XmlRefused, parse
from service.errors import Fault
from service.operations.findings import fault_of, refused, unreadable
from service.registers.findings import wording
from service.views import declaration as views

_ENDINGS: tuple[tuple[str, str], ...] = (
    (".bpmn", "process"),
    (".dmn", "decision"),
    (".form", "form"),
    (".register.json", "register"),
    (".view.json", "view"),
    (".document.json", "document"),
    ("groups.json", "groups"),
    ("lint.json", "lint"),
    ("demo.json", "demo"),
    (".typ", "template"),
    (".docx", "template"),
    (".json", "seed"),
)
#: Kinds that `read_tree` leaves out and a request may not hold.
_NOT_DEPLOYED = ("demo", "seed")


@dataclass(frozen=True, slots=True)
class Part:
    """A definition found in a file: what becomes a `Resource`."""

    kind: str
    resource_id: str
    name: str
    file_name: str
    data: bytes
    facts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def hash(self) -> str:
        """Of the whole file."""
        return sha256(self.data).hexdigest()


def kind_of(name: str) -> str:
    """The kind of a file by its name; "other" is none of ours."""
    base = PurePosixPath(name).name
    kind = next((kind for ending, kind in _ENDINGS if base.endswith(ending)), "other")
    return "other" if kind in _NOT_DEPLOYED else kind


def read_all(files: Mapping[str, bytes], language: Language = "en") -> tuple[list[Part], list[Fault]]:
    """Every definition in the files, and what could not be read at all."""
    parts: list[Part] = []
    faults: list[Fault] = []
    for name, data in files.items():
        try:
            parts += _READERS[kind_of(name)](name, data)
        except (XmlRefused, ValueError, forms.FormRefused, Unsupported) as error:
            faults.append(unreadable(name, error, language))
    seen: dict[tuple[str, str], str] = {}
    for part in parts:
        twin = seen.setdefault((part.kind, part.resource_id), part.file_name)
        if twin != part.file_name:
            text = f"{part.kind} {part.resource_id} is in {twin} as well"
            faults.append(refused("DUPLICATE_ID", part.file_name, text))
    if not parts and not faults:
        faults.append(refused("EMPTY", "resources", "the request holds no file"))
    return parts, faults


def check(parts: Sequence[Part], carried: Sequence[Part], groups: set[str], language: Language = "en") -> list[Fault]:
    """Lint every part against the release that would come about. Codes begin with "error:" or "warning:"."""
    known = Known([*carried, *parts], groups)
    profile = known.lint_profile()
    told = partial(fault_of, language=language)
    faults = [told(finding) for finding in profile_problems(profile)]
    for name, data in {part.file_name: part.data for part in parts}.items():
        match kind_of(name):
            case "process":
                faults += map(told, lint_bpmn(data, known, resource=name, profile=profile))
            case "decision":
                faults += map(told, lint_dmn(data, resource=name, profile=profile))
            case "form":
                faults += [refused("FORM", name, text, path) for path, text in forms.problems(data, language)]
                faults += map(told, lint_form_profile(json.loads(data), profile, resource=name))
            case "register":
                faults += [refused("REGISTER", name, text, path) for path, text in registers.problems(data)]
            case "document":
                faults += [refused("DOCUMENT", name, text, path) for path, text in declaration.problems(data, language)]
            case _:
                pass
    return faults + known.dangling(language)


def findings(name: str, data: bytes, carried: Sequence[Part], groups: set[str]) -> tuple[Finding, ...]:
    """What the lint says of one diagram beside what is deployed already, with the elements' ids: for an editor.

    Raises `XmlRefused` or `ValueError` if it cannot be read at all.
    """
    known = Known([*carried, *_READERS[kind_of(name)](name, data)], groups)
    return lint_bpmn(data, known, resource=name, profile=known.lint_profile())


class Known:
    """The lint's catalogue: the request's parts and what is carried over."""

    def __init__(self, parts: Sequence[Part], groups: set[str]) -> None:
        self._parts = {(part.kind, part.resource_id): part for part in parts}
        self._awaited: frozenset[tuple[str, str]] | None = None
        self._groups = groups | {
            name for part in parts if part.kind == "groups" for name in part.facts.get("groups", ())
        }

    def form(self, form_id: str) -> FormInfo | None:
        """The form's fields with their storage classes."""
        part = self._parts.get(("form", form_id))
        return FormInfo(forms.parse(part.data).storage) if part else None

    def decision(self, decision_id: str) -> DecisionInfo | None:
        """What the decision reads from the process."""
        part = self._parts.get(("decision", decision_id))
        return DecisionInfo(decisions.required_names(part.data, decision_id)) if part else None

    def process(self, process_id: str) -> bool:
        """Whether there is such a process."""
        return ("process", process_id) in self._parts

    def can_be_called(self, process_id: str) -> bool:
        """Whether the process has a plain start event."""
        part = self._parts.get(("process", process_id))
        return part is not None and any(start["kind"] == "none" for start in part.facts["start_events"])

    def group(self, name: str) -> bool:
        """Whether tasks may be offered to this group: known, and no system group. Parties count as groups."""
        if name.startswith(("org:", "person:")):
            return True
        return name in self._groups and name not in SYSTEM_GROUPS

    def register(self, name: str) -> bool:
        """Whether there is a register of this id or title."""
        titles = {part.name for (kind, _), part in self._parts.items() if kind == "register"}
        return ("register", name) in self._parts or name in titles

    def awaits(self, kind: str, name: str) -> bool:
        """Whether some diagram waits for this message or signal. All are read when it is first asked."""
        if self._awaited is None:
            files = {part.hash: part.data for (kind, _), part in self._parts.items() if kind == "process"}
            self._awaited = frozenset(each for data in files.values() for each in awaited(Model(parse(data))))
        return bool({(kind, name), (kind, "")} & self._awaited)

    def dangling(self, language: Language) -> list[Fault]:
        """What registers and documents name that the release would not have: registers, decisions, groups, files."""
        papers = {id: declaration.parse(part.data) for (kind, id), part in self._parts.items() if kind == "document"}
        templates = {id: part.data for (kind, id), part in self._parts.items() if kind == "template"}
        diagrams = {part.file_name: part.data for (kind, _), part in self._parts.items() if kind == "process"}
        declared = {id: registers.parse(part.data) for (kind, id), part in self._parts.items() if kind == "register"}
        decided = {id for kind, id in self._parts if kind == "decision"}
        faults = [
            refused("REGISTER", self._parts["register", id].file_name, text, path)
            for id, path, text in registers.dangling(declared, decided, self._groups)
        ]
        faults += [
            refused("DOCUMENT", self._parts["document", id].file_name, wording(finding, language), finding.path)
            for id, paper in papers.items()
            for finding in checking.findings(paper, declared, decided, templates)
        ]
        faults += [
            refused("VIEW", part.file_name, wording(finding, language), finding.path)
            for (kind, _), part in self._parts.items()
            if kind == "view"
            for finding in views.dangling(views.parse(part.data), declared, self._groups)
        ]
        return faults + [
            refused("DOCUMENT", name, wording(finding, language), element_id)
            for name, data in diagrams.items()
            if b'"document"' in data
            for element_id, finding in checking.ill_asked(Model(parse(data)), papers)
        ]

    def job_type(self, type: str) -> bool | None:
        """True for a connector of the platform, None for what an outside worker would have to do."""
        return True if type in IN_STEP or type in AFTER_COMMIT else None

    def lint_profile(self) -> Mapping[str, Any]:
        """The rules that the procedure adds in its `lint.json`."""
        part = self._parts.get(("lint", "lint"))
        return json.loads(part.data) if part else {}


def _processes(name: str, data: bytes) -> list[Part]:
    found = []
    for described in describe(data):
        facts = {
            "version_tag": described.version_tag,
            "start_form_id": described.start_form_id,
            "start_events": [
                {"id": event.element_id} | {k: v for k, v in asdict(event).items() if k != "element_id"}
                for event in described.start_events
            ],
            "properties": dict(described.properties),
            "stages": [[title, due, list(ids)] for title, due, ids in described.stages],
            "elements": {id: list(pair) for id, pair in described.elements.items()},
            "documentation": dict(described.documentation),
        }
        found.append(_part("process", described.process_id, described.name, name, data, facts))
    return found


def _decisions(name: str, data: bytes) -> list[Part]:
    return [_part("decision", id, title or id, name, data) for id, title in decisions.decision_ids(data)]


def _form(name: str, data: bytes) -> list[Part]:
    form = forms.parse(data)
    return [_part("form", form.id, PurePosixPath(name).stem, name, data)]


def _register(name: str, data: bytes) -> list[Part]:
    declared = registers.parse(data)
    return [_part("register", declared.id, declared.title, name, data)]


def _groups(name: str, data: bytes) -> list[Part]:
    declared = json.loads(data)
    rows = declared["groups"] if isinstance(declared, dict) else declared
    return [_part("groups", "groups", "groups", name, data, {"groups": [r.get("name") or r["key"] for r in rows]})]


def _json(kind: str) -> Callable[[str, bytes], list[Part]]:
    def read(name: str, data: bytes) -> list[Part]:
        json.loads(data)
        stem = PurePosixPath(name).name.split(".")[0]
        return [_part(kind, stem, stem, name, data)]

    return read


def _document(name: str, data: bytes) -> list[Part]:
    declared = declaration.parse(data)
    return [_part("document", declared.id, declared.title, name, data)]


def _view(name: str, data: bytes) -> list[Part]:
    declared = views.parse(data)
    return [_part("view", declared.id, declared.title, name, data)]


def _template(name: str, data: bytes) -> list[Part]:
    path = "/".join(PurePosixPath(name).parts[-2:])  # as declarations and other templates name it: folder and file
    return [_part("template", path, path, name, data)]


def _refuse(name: str, data: bytes) -> list[Part]:
    raise ValueError(
        "files of this kind cannot be deployed; allowed are .bpmn, .dmn, .form, .register.json, .view.json, "
        ".document.json, .typ, .docx"
    )


def _part(kind: str, id: str, title: str, file_name: str, data: bytes, facts: Mapping[str, Any] | None = None) -> Part:
    return Part(kind, id, title or id, file_name, data, facts or {})


_READERS: Mapping[str, Callable[[str, bytes], list[Part]]] = {
    "process": _processes,
    "decision": _decisions,
    "form": _form,
    "register": _register,
    "view": _view,
    "groups": _groups,
    "lint": _json("lint"),
    "document": _document,
    "template": _template,
    "other": _refuse,
}
