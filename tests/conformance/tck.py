"""Reads the cases of the DMN Technology Compatibility Kit in place: models, inputs as FEEL, expected values."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from service.engine import dmn_xml
from service.engine.decisions import Loaded

NIL = "{http://www.w3.org/2001/XMLSchema-instance}nil"
#: A row of the page's list: folder of the kit, cases as `a_{1,2}`, reason.
_ROW = re.compile(r"\| `([^`|]+)` \| (`[^|]+`) \| ([^|]+) \|")
_DURATION = re.compile(r"(-?)P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?)?")
TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


@dataclass(frozen=True)
class Expected:
    """One result of one case: `model` is the folder it lies in."""

    case: str
    model: str
    asked: str
    #: The output decision meant, where a service has several.
    part: str
    given: str
    is_error: bool
    value: Any


def kits() -> Path:
    """The folder of test kits: PINGSHEN_KITS, or shared/kits beside the project. Without the kit, the test is skipped.

    Fails where PINGSHEN_KITS names a folder without it.
    """
    named = os.environ.get("PINGSHEN_KITS")
    folder = Path(named) if named else Path(__file__).resolve().parents[3] / "shared" / "kits"
    if not (folder / "dmn-tck").is_dir():
        missing = (
            f"THE DECISION KIT DID NOT RUN: there is none in {folder}. Put the repository dmn-tck/tck's TestCases "
            "under <folder>/dmn-tck and name the folder in PINGSHEN_KITS"
        )
        if named:
            raise AssertionError(missing)
        pytest.skip(missing)
    return folder


def files(level: int) -> list[Path]:
    """The test files of a compliance level."""
    return sorted((kits() / "dmn-tck" / "TestCases" / f"compliance-level-{level}").glob("*/*-test-*.xml"))


def model_of(test_file: Path) -> Loaded:
    """The model a test file is about, with imports found beside it."""
    name = (_root(test_file).findtext("{*}modelName") or "").strip()
    beside = {_root(path).get("namespace"): path for path in test_file.parent.glob("*.dmn")}

    def load(namespace: str) -> bytes | None:
        return beside[namespace].read_bytes() if namespace in beside else None

    return Loaded.of(dmn_xml.read((test_file.parent / name).read_bytes(), load))


def results(test_file: Path) -> Iterator[Expected]:
    """Every expected result in a file."""
    for case in _root(test_file).iterfind("{*}testCase"):
        given = ", ".join(f"{_text(node.get('name'))}: {_feel(node)}" for node in case.iterfind("{*}inputNode"))
        for node in case.iterfind("{*}resultNode"):
            expected = node.find("{*}expected")
            yield Expected(
                case=case.get("id") or "",
                model=test_file.parent.name,
                asked=case.get("invocableName") or node.get("name") or "",
                part=node.get("name") or "" if case.get("type") == "decisionService" else "",
                given="{" + given + "}",
                is_error=node.get("errorResult") == "true",
                value=_value(expected) if expected is not None else None,
            )


def agrees(expected: Any, result: Any) -> bool:
    """Whether a result is the expected value; numbers to eight places, as the kit has it."""
    if isinstance(expected, Decimal):
        return isinstance(result, Decimal) and abs(expected - result) <= Decimal("1e-8") * max(1, abs(expected))
    if isinstance(expected, list):
        return isinstance(result, list) and len(result) == len(expected) and all(map(agrees, expected, result))
    if isinstance(expected, dict):
        return (
            isinstance(result, dict)
            and result.keys() == expected.keys()
            and all(agrees(value, result[key]) for key, value in expected.items())
        )
    if isinstance(expected, _Temporal):
        return isinstance(result, str) and expected.canonical == _Temporal.of(result)
    return type(expected) is type(result) and bool(expected == result)


class _Temporal:
    """A date, time or duration, whose ISO text can be written in several ways."""

    def __init__(self, text: str) -> None:
        self.canonical = self.of(text)

    @staticmethod
    def of(text: str) -> str:
        text = text.strip().replace("@UTC", "Z").replace("@Etc/UTC", "Z").replace("+00:00", "Z")
        if match := _DURATION.fullmatch(text):
            sign, *parts = match.groups()
            years, months, days, hours, minutes, seconds = (Decimal(part or 0) for part in parts)
            length = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
            months += years * 12
            return f"{sign if months + length else ''}{months} months {length.normalize():f} s"
        if "." in text:
            head, _, tail = text.partition(".")
            digits = tail.rstrip("Z+-:0123456789") or tail[: len(tail) - len(tail.lstrip("0123456789"))]
            text = head + ("." + digits.rstrip("0") if digits.rstrip("0") else "") + tail[len(digits) :]
        return text


def _root(path: Path) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True)
    return etree.fromstring(path.read_bytes(), parser)


def _text(text: str | None) -> str:
    escaped = (text or "").replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def _feel(node: etree._Element) -> str:
    components = node.findall("{*}component")
    if components:
        return "{" + ", ".join(f"{_text(c.get('name'))}: {_feel(c)}" for c in components) + "}"
    if (items := node.find("{*}list")) is not None:
        return "[" + ", ".join(_feel(item) for item in items.iterfind("{*}item")) + "]"
    value = node.find("{*}value")
    if value is None or value.get(NIL) == "true" or node.get(NIL) == "true":
        return "null"
    text, kind = value.text or "", (value.get(TYPE) or "xsd:string").split(":")[1]
    if kind == "string":
        return _text(text)
    if kind in ("decimal", "double", "integer", "boolean"):
        return text.strip()
    return f"{ {'dateTime': 'date and time'}.get(kind, kind) }({_text(text.strip())})"


def _value(node: etree._Element) -> Any:
    components = node.findall("{*}component")
    if components:
        return {c.get("name"): _value(c) for c in components}
    if (items := node.find("{*}list")) is not None:
        return [] if items.get(NIL) == "true" else [_value(item) for item in items.iterfind("{*}item")]
    value = node.find("{*}value")
    if value is None or value.get(NIL) == "true":
        return None
    text, kind = value.text or "", (value.get(TYPE) or "xsd:string").split(":")[1]
    if kind == "string":
        return text
    if kind == "boolean":
        return text.strip() == "true"
    return Decimal(text.strip()) if kind in ("decimal", "double", "integer") else _Temporal(text)


def listed(page: str) -> dict[tuple[str, str], str]:
    """Folder and case of every result that a page says differs, with the reason. Raises if one is listed twice."""
    found: dict[tuple[str, str], str] = {}
    for folder, cases, reason in _ROW.findall(page):
        for pattern in re.findall(r"`([^`]+)`", cases):
            for case in _expanded(pattern):
                if (folder, case) in found:
                    raise AssertionError(f"{folder} {case} is listed twice")
                found[folder, case] = reason
    return found


def _expanded(pattern: str) -> list[str]:
    head, brace, tail = pattern.partition("{")
    if not brace:
        return [pattern]
    inner, _, rest = tail.partition("}")
    return [f"{head}{each}{rest}" for each in inner.split(",")]
