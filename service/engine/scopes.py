"""Variables: a tree of scopes, one for the process (0) and one for each active element instance.

They do not live in the library's task data, which is copied from task to task and overwritten at joins. A value
is kept as tagged JSON too, from the moment it is set or loaded: it is what gets stored and measured, and most
values of a large instance are never looked at in a step.
"""

from collections.abc import Callable, Iterator
from typing import Final

from service.engine.types import EngineError
from service.values import Value, Variables, tag, untag

MAX_VARIABLE_BYTES: Final = 256_000
MAX_INSTANCE_BYTES: Final = 1_000_000
#: Beyond it readers of JSON give up, and this writer at 254.
MAX_DEPTH: Final = 100


class Scopes:
    """`changed` is told each new value: scope, name, value."""

    def __init__(self, changed: Callable[[int, str, Value], None]) -> None:
        self._parents: dict[int, int] = {}
        self._texts: dict[int, dict[str, str]] = {0: {}}
        self._values: dict[tuple[int, str], Value] = {}
        self._changed = changed
        self._size = 0

    def enter(self, scope_id: int, parent: int) -> None:
        self._parents[scope_id] = parent

    def leave(self, scope_id: int) -> None:
        del self._parents[scope_id]
        for name, text in self._texts.pop(scope_id, {}).items():
            self._size -= len(text)
            self._values.pop((scope_id, name), None)

    def knows(self, scope_id: int) -> bool:
        return scope_id == 0 or scope_id in self._parents

    def parent(self, scope_id: int) -> int:
        return self._parents[scope_id]

    def find(self, scope_id: int, name: str) -> int | None:
        """The innermost scope, from `scope_id` outwards, that holds the name."""
        for each in self._outwards(scope_id):
            if name in self._texts.get(each, ()):
                return each
        return None

    def sees(self, scope_id: int, other: int) -> bool:
        """Whether `other` is this scope or around it."""
        return other in self._outwards(scope_id)

    def texts(self, scope_id: int) -> dict[str, str]:
        """The variables of exactly this scope, as tagged JSON."""
        return dict(sorted(self._texts.get(scope_id, {}).items()))

    def get(self, scope_id: int, name: str) -> Value:
        """The value in exactly this scope, where it must exist."""
        key = (scope_id, name)
        if key not in self._values:
            self._values[key] = untag(self._texts[scope_id][name])
        return self._values[key]

    def local(self, scope_id: int) -> Variables:
        return {name: self.get(scope_id, name) for name in self._texts.get(scope_id, ())}

    def visible(self, scope_id: int) -> Variables:
        """All variables from here outwards; the innermost wins."""
        names: Variables = {}
        for each in self._outwards(scope_id):
            for name in self._texts.get(each, ()):
                if name not in names:
                    names[name] = self.get(each, name)
        return names

    def set(self, scope_id: int, name: str, value: Value, element_id: str) -> None:
        """Write into exactly this scope. Raises `EngineError` MESSAGE_SIZE_EXCEEDED."""
        text = _written(name, value, element_id)
        length = len(text)
        known = self._texts.setdefault(scope_id, {})
        before = known.get(name)
        if before == text:
            return
        if length > MAX_VARIABLE_BYTES // 4 and len(text.encode()) > MAX_VARIABLE_BYTES:
            raise EngineError(
                "MESSAGE_SIZE_EXCEEDED", element_id, f"the variable {name!r} is larger than {MAX_VARIABLE_BYTES} bytes"
            )
        self._size += length - (len(before) if before is not None else 0)
        if self._size > MAX_INSTANCE_BYTES:
            reason = f"the variables are larger than {MAX_INSTANCE_BYTES} bytes together"
            raise EngineError("MESSAGE_SIZE_EXCEEDED", element_id, reason)
        known[name] = text
        self._values[scope_id, name] = value
        self._changed(scope_id, name, value)

    def declare(self, scope_id: int, names: tuple[str, ...], element_id: str) -> None:
        """Variables of exactly this scope, null where nothing has set them yet."""
        for name in names:
            if name not in self._texts.get(scope_id, ()):
                self.set(scope_id, name, None, element_id)

    def propagate(self, scope_id: int, name: str, value: Value, element_id: str) -> None:
        """Write where the name exists, from `scope_id` outwards, else into the process."""
        self.set(self.find(scope_id, name) or 0, name, value, element_id)

    def propagate_path(self, scope_id: int, path: str, value: Value, element_id: str) -> None:
        """As `propagate`; a dotted path sets an entry of a context and keeps the others."""
        name, _, rest = path.partition(".")
        found = self.find(scope_id, name)
        old = self.get(found, name) if found is not None and rest else None
        self.propagate(scope_id, name, nested(old, rest, value), element_id)

    def set_path(self, scope_id: int, path: str, value: Value, element_id: str) -> None:
        """Write a dotted path into exactly this scope; entries that earlier mappings wrote are kept."""
        name, _, rest = path.partition(".")
        old = self.get(scope_id, name) if rest and name in self._texts.get(scope_id, ()) else None
        self.set(scope_id, name, nested(old, rest, value), element_id)

    def dump(self) -> list[list[object]]:
        """Scopes in the order of their ids, variables by name: the same content gives the same list."""
        return [
            [scope, self._parents.get(scope, 0), _in_order(self._texts.get(scope))]
            for scope in sorted({0, *self._parents})
        ]

    def load(self, dumped: list[tuple[int, int, dict[str, str]]]) -> None:
        for scope_id, parent, texts in dumped:
            if scope_id:
                self._parents[scope_id] = parent
            if texts:
                self._texts[scope_id] = texts
                self._size += sum(map(len, texts.values()))

    def _outwards(self, scope_id: int) -> Iterator[int]:
        while scope_id:
            yield scope_id
            scope_id = self._parents[scope_id]
        yield 0


def _in_order(texts: dict[str, str] | None) -> dict[str, str]:
    return dict(sorted(texts.items())) if texts else {}


def _written(name: str, value: Value, element_id: str) -> str:
    try:
        text = tag(value).decode()
        if text.count("[") + text.count("{") > MAX_DEPTH and _depth(value) > MAX_DEPTH:
            raise ValueError("nested too deeply")
    except (TypeError, ValueError) as error:  # the writer's own limit of depth, or half a character
        raise EngineError("EXTRACT_VALUE_ERROR", element_id, f"the variable {name!r} cannot be kept: {error}") from None
    return text


def _depth(value: Value) -> int:
    if isinstance(value, dict):
        return 1 + max(map(_depth, value.values()), default=0)
    return 1 + max(map(_depth, value), default=0) if isinstance(value, list) else 0


def nested(old: Value, rest: str, value: Value) -> Value:
    """`old` with the entry at the dotted path `rest` set; contexts that are missing are made."""
    if not rest:
        return value
    name, _, deeper = rest.partition(".")
    context: Variables = dict(old) if isinstance(old, dict) else {}
    context[name] = nested(context.get(name), deeper, value)
    return context
