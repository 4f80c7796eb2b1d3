"""Expressions of a diagram, evaluated in a scope; failures become incidents of the element."""

from collections.abc import Iterator, Mapping

from service.engine.feel import FeelError, Moment, host
from service.engine.model import MappingRule, is_expression
from service.engine.scopes import Scopes, nested
from service.engine.types import EngineError, Setting
from service.values import Value, Variables, plain

_NOTHING: Mapping[str, Value] = {}


class Expressions:
    """Evaluates in the moment of one act."""

    def __init__(self, scopes: Scopes, setting: Setting) -> None:
        self._scopes = scopes
        self.moment = Moment(setting.now, setting.calendar)

    def value(
        self,
        scope_id: int,
        text: str,
        element_id: str,
        kind: str = "EXTRACT_VALUE_ERROR",
        extra: Mapping[str, Value] = _NOTHING,
    ) -> Value:
        """The value of an expression ("=…"), or a literal text itself. Raises `EngineError` of this kind."""
        if not is_expression(text):
            return text
        try:
            return host().evaluate(text, _Visible(self._scopes, scope_id, extra), self.moment)
        except FeelError as error:
            raise incident(kind, element_id, error) from error

    def condition(self, scope_id: int, text: str, element_id: str, extra: Mapping[str, Value] = _NOTHING) -> bool:
        """Raises `EngineError` CONDITION_ERROR, also if the result is null or no boolean."""
        try:
            return host().condition(text, _Visible(self._scopes, scope_id, extra), self.moment)
        except FeelError as error:
            raise incident("CONDITION_ERROR", element_id, error) from error

    def becomes(self, scope_id: int, text: str, element_id: str, *, lenient: bool) -> bool:
        """Whether a condition that is waited for is true; null is not yet. Raises `EngineError` CONDITION_ERROR.

        `lenient`: mistakes are null too, because something that it reads is not there yet.
        """
        seen = _Visible(self._scopes, scope_id, _NOTHING)
        try:
            value = host().evaluate(text, seen, self.moment, lenient=lenient)
        except FeelError as error:
            raise incident("CONDITION_ERROR", element_id, error) from error
        if value is not None and not isinstance(value, bool):
            raise EngineError("CONDITION_ERROR", element_id, "the condition is neither true nor false", text)
        return bool(value)

    def names(self, text: str, element_id: str) -> tuple[frozenset[str], frozenset[str]]:
        """The variables that a condition reads for certain, and those that it may. Raises `EngineError`."""
        try:
            return host().names(text), host().mentions(text)
        except FeelError as error:
            raise incident("CONDITION_ERROR", element_id, error) from error

    def visible(self, scope_id: int) -> Mapping[str, Value]:
        """The variables visible from a scope, decoded when somebody asks for them."""
        return _Visible(self._scopes, scope_id, _NOTHING)

    def text(self, scope_id: int, text: str, element_id: str) -> str:
        """A text or number, as a text; anything else is an `EngineError`."""
        value = self.value(scope_id, text, element_id)
        if isinstance(value, str) and value:
            return value
        if value is not None and not isinstance(value, bool | str | list | dict):
            return plain(value)
        raise EngineError("EXTRACT_VALUE_ERROR", element_id, "gives no text", text)

    def inputs(self, scope_id: int, rules: tuple[MappingRule, ...], element_id: str) -> None:
        """Input mappings in order: each becomes a local variable that the next one sees."""
        for rule in rules:
            value = self.value(scope_id, rule.source, element_id, "IO_MAPPING_ERROR")
            self._scopes.set_path(scope_id, rule.target, value, element_id)

    def outputs(self, scope_id: int, rules: tuple[MappingRule, ...], element_id: str, own: str | None = None) -> None:
        """Output mappings, evaluated inside; only their targets leave, from the parent scope outwards; `own` stays."""
        seen: Variables = {}
        for rule in rules:
            value = self.value(scope_id, rule.source, element_id, "IO_MAPPING_ERROR", seen)
            name, _, rest = rule.target.partition(".")
            outwards = scope_id if name == own else self._scopes.parent(scope_id)
            found = self._scopes.find(outwards, name) if rest else None
            old = seen.get(name, self._scopes.get(found, name) if found is not None else None)
            seen[name] = nested(old, rest, value)
            self._scopes.propagate_path(outwards, rule.target, value, element_id)


class _Visible(Mapping[str, Value]):
    """The variables visible from a scope. The host asks for those that an expression names; only they are decoded."""

    def __init__(self, scopes: Scopes, scope_id: int, extra: Mapping[str, Value]) -> None:
        self._scopes, self._scope_id, self._extra = scopes, scope_id, extra

    def __getitem__(self, name: str) -> Value:
        if name in self._extra:
            return self._extra[name]
        found = self._scopes.find(self._scope_id, name)
        if found is None:
            raise KeyError(name)
        return self._scopes.get(found, name)

    def __contains__(self, name: object) -> bool:
        return name in self._extra or self._scopes.find(self._scope_id, str(name)) is not None

    def __iter__(self) -> Iterator[str]:
        return iter(self._scopes.visible(self._scope_id) | dict(self._extra))

    def __len__(self) -> int:
        return sum(1 for _ in self)


def incident(kind: str, element_id: str, error: FeelError) -> EngineError:
    """What an expression without a value is to the instance: its reason names variable, line and character."""
    return EngineError(kind, element_id, error.placed, error.expression)
