"""Acts as history writes them down, and back: what a re-execution runs again."""

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from service.engine import types

_ACTS: dict[str, type[types.Act]] = {
    kind.__name__: kind
    for kind in (
        types.Start,
        types.CompleteTask,
        types.ThrowError,
        types.ThrowEscalation,
        types.FireTimer,
        types.Correlate,
        types.Signal,
        types.FinishCall,
        types.SetVariables,
        types.ReviewWaits,
        types.Cancel,
    )
}


def written(act: types.Act) -> dict[str, Any]:
    """An act as a plain object; values stay `service.values` values."""
    return {"act": type(act).__name__} | {f.name: getattr(act, f.name) for f in fields(act)}


def read(body: Mapping[str, Any]) -> types.Act:
    """The inverse of `written`. Raises `KeyError` for an act this build does not know."""
    kind = _ACTS[body["act"]]
    return kind(**{f.name: body[f.name] for f in fields(kind) if f.name in body})
