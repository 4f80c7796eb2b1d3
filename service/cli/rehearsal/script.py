"""Reading a rehearsal's script.

A script is JSON: `name`, `description`, `starts_at`, `variables` (changed by `--set`), `samples` (by field key), and
`steps`, each one of `say`, `clock`, `start`, `do`, `check`, `each`, `play`; `parts` are steps with a name, for `play`.
What a step may hold is described in docs/reference/rehearsals.md.
A text that begins with "=" is FEEL over the script's variables, the `item` of a loop
and, in answers, what the task sees.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from service import values
from service.engine.feel import Moment, host
from service.engine.timers import parse_instant

STEPS = ("say", "clock", "start", "do", "check", "each", "play")


class ScriptFault(Exception):
    """The script itself is wrong; the text says where."""


@dataclass(frozen=True)
class Script:
    """A script as read; its numbers are decimals."""

    name: str
    description: str
    starts_at: datetime
    variables: dict[str, Any]
    samples: dict[str, Any]
    crowds: list[dict[str, Any]]
    steps: list[dict[str, Any]]
    parts: dict[str, list[dict[str, Any]]]


def read(path: Path, changes: Mapping[str, str]) -> Script:
    """Read a script; `changes` (name → text) replace its variables. Samples may stand in `samples.json` beside it.

    Raises `ScriptFault`.
    """
    content = _json(path)
    shared = path.parent / "samples.json"
    samples = _json(shared) if shared.is_file() else {}
    variables = dict(content.get("variables", {}))
    for name, text in changes.items():
        if name not in variables:
            raise ScriptFault(f"the script has no variable {name!r}; it has {', '.join(sorted(variables)) or 'none'}")
        variables[name] = Decimal(text) if re.fullmatch(r"-?\d+(\.\d+)?", text) else text
    steps: list[dict[str, Any]] = content.get("steps", [])
    parts: dict[str, list[dict[str, Any]]] = content.get("parts", {})
    for name, part in parts.items():
        _check(part, f"parts.{name}", parts)
    _check(steps, "steps", parts)
    return Script(
        content.get("name", path.stem),
        content.get("description", ""),
        parse_instant(content["starts_at"]),
        variables,
        {**samples, **content.get("samples", {})},
        _crowds(content.get("crowd", [])),
        steps,
        parts,
    )


def evaluate(value: Any, context: Mapping[str, Any], moment: Moment) -> Any:
    """A value of the script with every expression in it evaluated."""
    if isinstance(value, str) and value.startswith("="):
        return host().evaluate(value, context, moment)
    if isinstance(value, list):
        return [evaluate(item, context, moment) for item in value]
    if isinstance(value, dict):
        return {name: evaluate(item, context, moment) for name, item in value.items()}
    return value


def _crowds(crowds: Any) -> list[dict[str, Any]]:
    for number, crowd in enumerate(crowds):
        missing = [key for key in ("prefix", "count", "name") if key not in crowd]
        if missing:
            raise ScriptFault(f"crowd[{number}] has no {', '.join(missing)}")
        if crowd.get("party") not in (None, "organisation", "person"):
            raise ScriptFault(f"crowd[{number}].party must be organisation, person or null")
    return list(crowds)


def _json(path: Path) -> Any:
    try:
        return values.normalise(json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal))
    except (OSError, ValueError) as error:
        raise ScriptFault(f"{path}: {error}") from error


def _check(steps: Any, path: str, parts: Mapping[str, Any]) -> None:
    for number, step in enumerate(steps if isinstance(steps, list) else [None]):
        kinds = [kind for kind in STEPS if isinstance(step, dict) and kind in step]
        if len(kinds) != 1:
            raise ScriptFault(f"{path}[{number}] must have exactly one of {', '.join(STEPS)}")
        if kinds == ["each"]:
            _check(step.get("steps"), f"{path}[{number}].steps", parts)
        if kinds == ["play"] and step["play"] not in parts:
            raise ScriptFault(f"{path}[{number}]: there is no part {step['play']!r}")
