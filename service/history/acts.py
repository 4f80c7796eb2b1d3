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
        types.Modify,
        types.Migrate,
    )
}


def written(act: types.Act) -> dict[str, Any]:
    """An act as a plain object; values stay `service.values` values."""
    return {"act": type(act).__name__} | {f.name: _plain(getattr(act, f.name)) for f in fields(act)}


def read(body: Mapping[str, Any]) -> types.Act:
    """The inverse of `written`. Raises `KeyError` for an act this build does not know."""
    kind = _ACTS[body["act"]]
    if kind is types.Modify:
        return types.Modify(tuple(map(_activation, body["activations"])), tuple(body["terminations"]))
    return kind(**{f.name: body[f.name] for f in fields(kind) if f.name in body})


def _plain(value: Any) -> Any:
    if isinstance(value, types.Activation):
        return {f.name: _plain(getattr(value, f.name)) for f in fields(value)}
    return [_plain(item) for item in value] if isinstance(value, tuple) else value


def _activation(body: Mapping[str, Any]) -> types.Activation:
    variables = tuple((scope, given) for scope, given in body["variables"])
    return types.Activation(body["element_id"], body["ancestor"], variables)
