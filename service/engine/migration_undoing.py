"""What is remembered for compensation, under another definition: rows as they are stored, by the new element ids."""

from collections.abc import Iterator, Mapping
from typing import Any

from service.engine.model import Node
from service.engine.move_types import Finding

#: Positions in the row of a completed activity (service/engine/compensation.py).
_ELEMENT, _INNER = 1, 4


def of_compensation(
    state: Mapping[str, Any], mapping: Mapping[str, str], source: Mapping[str, Node], target: Mapping[str, Node]
) -> Iterator[Finding]:
    """What was completed and could be undone must be so in the other definition too."""
    for row in _rows(state):
        element_id = row[_ELEMENT]
        if element_id not in mapping:
            yield Finding("UNDOING_NOT_MAPPED", element_id, element_id)
        elif (other := target.get(mapping[element_id])) is not None and not _undoes(source[element_id], other):
            yield Finding("UNDOING_LOST", element_id, element_id, {"target": other.id})


def renamed(state: Mapping[str, Any], mapping: Mapping[str, str]) -> dict[str, Any]:
    """The remembered activities by their new ids."""
    done = [[scope, [_renamed(row, mapping) for row in rows]] for scope, rows in state.get("done", ())]
    runs = [
        [number, above, thrower, [[scope, _renamed(row, mapping)] for scope, row in pending], active]
        for number, above, thrower, pending, active in state.get("runs", ())
    ]
    return {"done": done, "runs": runs}


def _undoes(source: Node, target: Node) -> bool:
    whole = source.body is not None and source.body.undoing is not None
    return (
        source.tag == target.tag
        and type(source.loop) is type(target.loop)
        and (source.undo is None or target.undo is not None)
        and (not whole or (target.body is not None and target.body.undoing is not None))
    )


def _rows(state: Mapping[str, Any]) -> Iterator[list[Any]]:
    waiting = [row for _, rows in state.get("done", ()) for row in rows]
    waiting += [row for _, _, _, pending, _ in state.get("runs", ()) for _, row in pending]
    while waiting:
        row = waiting.pop()
        yield row
        waiting += row[_INNER]


def _renamed(row: list[Any], mapping: Mapping[str, str]) -> list[Any]:
    inner = [_renamed(each, mapping) for each in row[_INNER]]
    return [*row[:_ELEMENT], mapping[row[_ELEMENT]], *row[_ELEMENT + 1 : _INNER], inner]
