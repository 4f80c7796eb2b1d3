"""The service is generic: nothing in it names a process, form, group, register or word of the procedure.

The ids are read from `processes/` and `forms/` when the test runs, so a new diagram is covered by itself.
An id of several words is looked for anywhere; one of a single English word (`meeting`, `payment`) only where
it is used as a name, as a whole string: as a word of a sentence it means nothing.
"""

import json
import re
from pathlib import Path

import pytest
from lxml import etree

ROOT = Path(__file__).resolve().parents[2]
SERVICE = ROOT / "service"
TEXT = {".py", ".html", ".ts", ".js", ".mjs", ".css", ".json", ".po", ".pot", ".txt", ".typ", ".jinja", ".svg", ".md"}
MADE = {"node_modules", "built", ".build", "__pycache__"}
SHORTEST_ID = 6

#: Words that no generic platform needs in any language file or source.
CHINESE = ("质量奖", "评审员", "评委", "申报", "公示", "资格审查")
#: Ids of the procedure that are also names of the platform's own, in any procedure.
PLATFORM_WORDS = {
    "auditor": "a group that every installation has",
    "calendar": "the working days, an input of every act",
    "evidence": "what a step rests on, kept for its re-execution",
    "follow_up": "work that an act leaves to be done after it",
    "incident": "where a running procedure stopped by a mistake",
    "incidents": "where running procedures stopped by a mistake",
    "mail_words": "the decision, in any procedure, that gives words to the mails",
    "minutes": "a part of a duration",
    "parameters": "what a function of a decision takes",
    "refusal_reasons": "the decision, in any procedure, that gives words to the code of a refusal",
    "sysadmin": "a group that every installation has",
    "submission": "what was handed in with a form",
    "public": "a task that needs no sign-in",
}


def ids_of_the_procedure() -> set[str]:
    found: set[str] = set()
    for folder in (ROOT / "processes", ROOT / "forms"):
        for path in folder.rglob("*.bpmn"):
            found |= ids(path, "process")
        for path in folder.rglob("*.dmn"):
            found |= ids(path, "decision")
        found |= {path.stem for path in folder.rglob("*.form")}
        found |= {path.name.removesuffix(".register.json") for path in folder.rglob("*.register.json")}
        found |= {path.name.removesuffix(".view.json") for path in folder.rglob("*.view.json")}
        found |= {path.parent.name for path in folder.glob("*/*")}
    groups = ROOT / "processes" / "groups.json"
    if groups.exists():
        found |= names(json.loads(groups.read_text(encoding="utf-8")))
    return {name for name in found if len(name) >= SHORTEST_ID} - {"shared", "registers", "documents", "rehearsals"}


def ids(path: Path, tag: str) -> set[str]:
    elements = etree.parse(path, etree.XMLParser(resolve_entities=False)).iter(f"{{*}}{tag}")
    return {element.get("id") for element in elements if element.get("id")}


def names(value) -> set[str]:
    """The ids in `groups.json`: the keys of an object, or the `id`, `key` or `name` of each in a list."""
    groups = value.get("groups", value) if isinstance(value, dict) else value
    if isinstance(groups, dict):
        return set(groups)
    return {str(group.get("id") or group.get("key") or group.get("name")) for group in groups}


def sources() -> list[Path]:
    return sorted(
        path
        for path in SERVICE.rglob("*")
        if path.suffix in TEXT and path.is_file() and not MADE & set(path.relative_to(SERVICE).parts)
    )


PROCEDURE = ids_of_the_procedure() - PLATFORM_WORDS.keys()
COMPOUND = {name for name in PROCEDURE if re.search(r"[_\W]", name)}
SINGLE = PROCEDURE - COMPOUND


@pytest.mark.parametrize("path", sources(), ids=lambda path: path.relative_to(SERVICE).as_posix())
def test_the_service_names_nothing_of_the_procedure(path):
    text = path.read_text(encoding="utf-8")

    words = set(re.findall(r"[A-Za-z0-9]+(?:[_-][A-Za-z0-9]+)+", text)) & COMPOUND
    strings = {string for _, string in re.findall(r"""(["'])([A-Za-z0-9]+)\1""", text)} & SINGLE
    chinese = {word for word in CHINESE if word in text}

    assert words | strings | chinese == set()


def test_the_tests_of_the_platform_do_not_need_the_procedure():
    """`tests/processes` and the rehearsal may name it; the platform's own tests run a leave request."""
    own = ("unit", "operations", "api", "pages", "conformance", "chaos", "diagrams")
    paths = [path for folder in own for path in (ROOT / "tests" / folder).rglob("*") if path.suffix in TEXT | {".bpmn"}]

    assert [
        f"{path.relative_to(ROOT)}: {word}"
        for path in paths
        for word in sorted(
            set(re.findall(r"[A-Za-z0-9]+(?:_[A-Za-z0-9]+)+", path.read_text(encoding="utf-8"))) & COMPOUND
        )
    ] == []
