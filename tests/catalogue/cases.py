"""Cases read from the text files of this folder. The notation is described in README.md."""

import json
import re
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.catalogue.elements import Unreadable

FOLDER = Path(__file__).parent
_NAME = re.compile(r"\s*([^\s=]+)=")
_DECODER = json.JSONDecoder(parse_float=Decimal, parse_int=Decimal)
_TIMES = re.compile(r"(\d+) x (.+)")


@dataclass(frozen=True)
class Line:
    """An act, a look, or a result: `sign` is its first character, `text` the rest, `columns` what stands after bars."""

    sign: str
    text: str
    columns: tuple[str, ...]
    number: int
    times: int = 1


@dataclass
class Case:
    """A diagram, what is done with an instance of it, and what must come of it. `marks`: http, fresh."""

    file: str
    title: str
    marks: frozenset[str]
    line: int
    diagram: str = ""
    script: list[Line] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The name of the test."""
        return f"{self.file}: {self.title}"


def cases(marked: str = "") -> list[Case]:
    """All cases, or those with a mark."""
    found = [case for path in sorted(FOLDER.glob("*.txt")) for case in read(path.stem, path.read_text("utf-8"))]
    return [case for case in found if not marked or marked in case.marks]


def read(file: str, text: str) -> list[Case]:
    """The cases of one file. Raises `Unreadable`."""
    found: list[Case] = []
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("== "):
            words = line[3:].split()
            marks = frozenset(word[1:] for word in words if word.startswith("@"))
            title = " ".join(word for word in words if not word.startswith("@"))
            found.append(Case(file, title, marks, number))
        elif not line.strip() or line.startswith("#"):
            continue
        elif not found:
            raise Unreadable(f"{file}:{number}: a case begins with ==")
        elif line[:2] in ("> ", "? ", "! ", "= "):
            found[-1].script.append(_line(line, number))
        elif found[-1].script:
            raise Unreadable(f"{file}:{number}: the diagram stands before the acts")
        else:
            found[-1].diagram += line + "\n"
    return found


def _line(line: str, number: int) -> Line:
    text, *columns = (part.strip() for part in line[2:].split("|"))
    times = _TIMES.fullmatch(text)
    if times and line[0] == ">":
        return Line(line[0], times[2], tuple(columns), number, int(times[1]))
    return Line(line[0], text, tuple(columns), number)


def words(text: str) -> tuple[list[str], dict[str, Any]]:
    """Plain words and `name=json` variables. Raises `Unreadable`."""
    plain: list[str] = []
    given: dict[str, Any] = {}
    place = 0
    while place < len(text.rstrip()):
        named = _NAME.match(text, place)
        if named:
            try:
                given[named[1]], place = _DECODER.raw_decode(text, named.end())
            except json.JSONDecodeError as error:
                raise Unreadable(f"{text!r}: {error}") from None
        else:
            word = text[place:].split(None, 1)[0]
            place = text.index(word, place) + len(word)
            plain.append(word)
    return plain, given
