"""Does what the script of a case says and compares what comes of it."""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from service.engine.decisions import decision_ids, required_names
from service.engine.lint import DecisionInfo, Finding, FormInfo, lint_bpmn
from service.engine.types import ActImpossible, DecisionSource, EngineError, ProcessSource
from service.values import normalise
from tests.catalogue.cases import Case, Line, words
from tests.catalogue.elements import Unreadable
from tests.catalogue.notation import sources
from tests.catalogue.player import Player

DECISIONS = Path(__file__).parent / "decisions.dmn"


def errors(case: Case) -> list[Finding]:
    """What the lint holds against the diagram."""
    found = sources(case.diagram)
    xml = next(iter(found.values())).xml
    return [each for each in lint_bpmn(xml, Release(set(found))) if each.severity == "error"]


def play(case: Case, *, restored: bool) -> Player:
    """Play the whole script. Raises `AssertionError` with the whole story if anything is not as it says."""
    player = Player(diagrams(case), decisions(), restored=restored)
    told: list[str] = []
    try:
        for line in case.script:
            for _ in range(line.times):
                _do(player, line, told)
    except (ActImpossible, EngineError, Unreadable) as error:
        told.append(f"line {line.number}: {line.sign} {line.text}: {type(error).__name__} {error}")
    wrong = [text for text in told if not text.startswith("  ")]
    way = "restored" if restored else "kept"
    assert not wrong, "\n".join((f"{case.name} ({way})", case.diagram, *told))
    return player


def diagrams(case: Case) -> dict[str, ProcessSource]:
    return _sources(case.diagram)


@cache
def _sources(text: str) -> dict[str, ProcessSource]:
    return sources(text)


def _do(player: Player, line: Line, told: list[str]) -> None:
    """Do one line; what is as expected is told with two blanks before it."""
    for expected, found in _pairs(player, line):
        if expected == found:
            told.append(f"  {line.sign} {line.text} | {found}")
        else:
            told.append(f"line {line.number}: {line.sign} {line.text}\n    expected {expected}\n    found    {found}")


def _pairs(player: Player, line: Line) -> list[tuple[Any, Any]]:
    if line.sign == ">":
        happened = act(player, line.text)
        trace, waits = (*line.columns, "", "")[:2]
        return [(f"{_even(trace)} | {' '.join(sorted(waits.split()))}", f"{happened} | {' '.join(player.open)}")]
    plain, given = words(line.text)
    if line.sign == "?":
        visible = player.visible(plain[0] if plain else None)
        return [(given[name], visible.get(name, "(not set)")) for name in given]
    if line.sign == "!":
        wait = player.wait(plain[0], 0)[1]
        return [(given[name], normalise(_plain(getattr(wait, name)))) for name in given]
    return _results(player, plain, given)


def _results(player: Player, plain: list[str], given: dict[str, Any]) -> list[tuple[Any, Any]]:
    """`flows …`, `thrown …`, or the status with exactly these process variables."""
    what, *rest = plain
    if what == "flows":
        return [(" ".join(rest), " ".join(player.all_flows))]
    if what == "thrown":
        return [(" ".join(rest), ", ".join(player.all_thrown))]
    step = player.instances[0].step
    assert step is not None
    pairs: list[tuple[Any, Any]] = [(what, step.status.value.lower())]
    if given or rest == ["nothing"]:
        pairs.append((given, step.variables))
    return pairs


def act(player: Player, text: str) -> str:
    """Do it; returns the trace, or `incident KIND element` or `impossible`."""
    plain, given = words(text)
    verb, *rest = plain
    element, nth = _place(rest[0] if rest else "")
    try:
        match verb:
            case "start":
                player.start(_process(player), given, rest[1] if rest[:1] == ["at"] else None, called="called" in rest)
            case "error":
                player.error(element, nth, rest[1], given)
            case "escalate":
                player.escalate(element, nth, rest[1], given)
            case "signal":
                player.signal(rest[0], given)
            case "message":
                player.message(rest[0], rest[1], given)
            case "wait":
                player.wait_until(rest[0])
            case "set":
                player.set(rest[0] if rest else None, given)
            case "cancel":
                player.cancel()
            case "retry":
                player.retry()
            case _:
                player.natural(*_place(verb), given)
    except EngineError as error:
        return f"incident {error.kind} {error.element_id}"
    except ActImpossible as error:
        return "impossible" if "impossible" in text else f"impossible: {error}"
    return player.trace()


def _process(player: Player) -> str:
    return "p" if "p" in player.sources else next(iter(player.sources))


def _place(word: str) -> tuple[str, int]:
    """`a`, or `a#2` for the second that waits there."""
    name, _, nth = word.partition("#")
    return name, int(nth) - 1 if nth else 0


def _even(text: str) -> str:
    return " ".join(text.split())


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


@cache
def decisions() -> dict[str, DecisionSource]:
    """The decisions that cases may ask."""
    xml = DECISIONS.read_bytes()
    return {each: DecisionSource(each, xml, sha256(xml).hexdigest()) for each, _ in decision_ids(xml)}


@dataclass(frozen=True)
class Release:
    """The lint's catalogue: the diagram's own processes, the decisions, and any job type."""

    processes: set[str]

    def form(self, form_id: str) -> FormInfo | None:
        return None

    def decision(self, decision_id: str) -> DecisionInfo | None:
        known = decisions().get(decision_id)
        return DecisionInfo(required_names(known.xml, decision_id)) if known else None

    def process(self, process_id: str) -> bool:
        return process_id in self.processes

    def can_be_called(self, process_id: str) -> bool:
        return True

    def group(self, name: str) -> bool:
        return name in ("staff", "managers")

    def register(self, name: str) -> bool:
        return False

    def job_type(self, type: str) -> bool | None:
        return None

    def awaits(self, kind: str, name: str) -> bool:
        return True
