"""What the expressions of a form see, and what they say: hidden, read-only, limits, options.

As in form-js, an expression sees the top-level fields and the task's variables by name, `this` (the
object or row it stands in), `parent` (the same, one level up) and `i` (the row numbers from 1).
Expressions are lenient: an empty field is null, and null compares to nothing, so a condition
over fields that are not filled in yet is simply not true.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import TypeAlias

from service.engine.feel import FeelError, Moment, host
from service.forms.details import MAX_ROWS
from service.forms.leaves import Wrong, empty, plain_text, read
from service.forms.model import Component, Expression, Form, Limit, Option, Text, fields
from service.values import Value, Variables

#: Looks up a source of options (`register:<id>`): pairs of value and label, None if there is no such source.
Sources: TypeAlias = Callable[[str], Iterable[tuple[str, str]] | None]

#: Looks up a document that the sender may use: its true reference, None if there is none or not for them.
Documents: TypeAlias = Callable[[str], dict[str, Value] | None]


def no_sources(_source: str) -> None:
    """For forms without options from outside: there is none."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What one reading of a form depends on beside the answers."""

    given: Mapping[str, Value]
    moment: Moment
    sources: Sources = no_sources
    documents: Documents | None = None


@dataclass
class Scope:
    """One object of values: the form's own, a group's, or a row's. `data` is filled while drafting."""

    setting: Setting
    components: tuple[Component, ...]
    data: Variables
    #: The values that the task brought along for this scope: what read-only fields hold.
    given: Mapping[str, Value]
    parent: "Scope | None" = None
    row: int | None = None
    inner: dict[str, "list[Scope]"] = field(default_factory=dict)
    #: The answers as they came, for showing a wrong one again.
    answers: Mapping[str, Value] = field(default_factory=dict)
    _known: dict[Expression, Value] = field(default_factory=dict)

    @cached_property
    def rows(self) -> list[Value]:
        """The numbers of the rows around, outermost first, counted from 1."""
        outer = self.parent.rows if self.parent else []
        return outer if self.row is None else [*outer, Decimal(self.row + 1)]

    @cached_property
    def root(self) -> "Scope":
        """The form's own scope."""
        return self.parent.root if self.parent else self

    def name(self, name: str) -> Value:
        """What a name means here. Raises `KeyError`."""
        if name == "this":
            return self.data
        if name == "parent":
            return self.parent.data if self.parent else None
        if name == "i":
            return self.rows
        return self.root.data[name] if name in self.root.data else self.setting.given[name]

    def evaluate(self, expression: Expression) -> Value:
        """The value of an expression here, remembered. Raises `FeelError` beyond the host's limits."""
        if expression not in self._known:
            found = host().evaluate(expression.text, _Names(self), self.setting.moment, lenient=True)
            self._known[expression] = found
        return self._known[expression]

    def hidden(self, component: Component) -> bool:
        """Whether a condition hides the component."""
        return any(self.evaluate(hide) is True for hide in component.hides)

    def read_only(self, component: Component) -> bool:
        """Whether nobody may write the component: computed, disabled or read-only."""
        if component.computed is not None:
            return True
        if isinstance(component.read_only, Expression):
            return self.evaluate(component.read_only) is True
        return component.read_only

    def required(self, component: Component) -> bool:
        """Whether the component must be filled in."""
        rule = component.rules.required
        return self.evaluate(rule) is True if isinstance(rule, Expression) else rule

    def limit(self, limit: Limit) -> Decimal | str | None:
        """A limit as a number or a text; None if there is none, or not yet."""
        value = self.evaluate(limit) if isinstance(limit, Expression) else limit
        return value if isinstance(value, Decimal | str) else None

    def shown(self, text: Text) -> str:
        """A text with its expressions filled in."""
        return "".join(part if isinstance(part, str) else plain_text(self.evaluate(part)) for part in text)

    def options(self, component: Component) -> list[Option]:
        """The options of a chooser, at this moment."""
        choices = component.choices
        if choices is None:
            return []
        if choices.source is not None:
            return [Option(value, label) for value, label in self.setting.sources(choices.source) or ()]
        if choices.static:
            return list(choices.static)
        found = self.evaluate(choices.expression) if choices.expression else _Names(self).get(choices.key or "")
        return [_option(item) for item in found if item is not None] if isinstance(found, list) else []


class _Names(Mapping[str, Value]):
    """The variables of a scope, looked up when the host asks: it takes only what an expression needs."""

    def __init__(self, scope: Scope) -> None:
        self._scope = scope

    def __getitem__(self, name: str) -> Value:
        return self._scope.name(name)

    def __iter__(self) -> Iterator[str]:
        return iter({*self._scope.setting.given, *self._scope.root.data, "this", "parent", "i"})

    def __len__(self) -> int:
        return sum(1 for _ in self)


def _option(item: Value) -> Option:
    if isinstance(item, dict) and "value" in item:
        return Option(item["value"], plain_text(item.get("label", item["value"])))
    return Option(item, plain_text(item))


def draft(form: Form, answers: Mapping[str, Value], setting: Setting, *, prefill: bool = False) -> Scope:
    """The values as far as they can be read, for expressions: what is missing or wrong is empty.

    An editable field holds its answer; a field that may be read-only holds what was given unless
    it was answered. With `prefill` every field falls back to what was given.
    """
    root = Scope(setting, form.components, {}, setting.given)
    _fill(root, answers, prefill)
    for key in form.order:
        _compute(root, key)
    return root


def _fill(scope: Scope, answers: Mapping[str, Value], prefill: bool) -> None:
    scope.answers = answers
    for component in fields(scope.components):
        key = component.key or ""
        given = scope.given.get(key)
        if component.type == "group":
            inner = _child(scope, component, given, None)
            answer = answers.get(key)
            _fill(inner, _mapping(answer), prefill or (component.read_only is not False and answer is None))
        elif component.type == "dynamiclist":
            _fill_rows(scope, component, answers.get(key), prefill)
        elif component.computed is not None:
            scope.data[key] = None
        elif key in answers:
            scope.data[key] = _lenient(component, answers[key])
        else:
            if prefill and key not in scope.given:
                given = component.default
            kept = prefill or component.read_only is not False
            scope.data[key] = _lenient(component, given) if kept and given is not None else empty(component)


def _fill_rows(scope: Scope, component: Component, answer: Value, prefill: bool) -> None:
    key = component.key or ""
    given = given_rows(scope, component)
    prefill = prefill or (component.read_only is not False and answer is None)
    answered = answer if isinstance(answer, list) else given if prefill else []
    if prefill and component.rows and component.rows.may_change and not {key} & {*scope.answers, *scope.given}:
        answered = [{}] * component.rows.initial
    count = min(len(answered), MAX_ROWS)
    if component.rows and not component.rows.may_change:
        count = len(given) if given or component.rows.expression else component.rows.initial
    scope.data[key], scope.inner[key] = [], []
    for index in range(count):
        # Rows that may come and go have no identity: nothing given belongs to "the third row".
        fixed = component.read_only is True or (component.rows is not None and not component.rows.may_change)
        inner = _child(scope, component, given[index] if fixed and index < len(given) else None, index)
        _fill(inner, _mapping(answered[index] if index < len(answered) else None), prefill)


def given_rows(scope: Scope, component: Component) -> list[Value]:
    """The rows that the task brought along for a list."""
    rows = component.rows
    try:
        value = scope.evaluate(rows.expression) if rows and rows.expression else scope.given.get(component.key or "")
    except FeelError:
        value = None  # reported with the list, by the schema
    return value[:MAX_ROWS] if isinstance(value, list) else []


def _child(scope: Scope, component: Component, given: Value, row: int | None) -> Scope:
    key = component.key or ""
    data: Variables = {}
    inner = Scope(scope.setting, component.children, data, _mapping(given), scope, row)
    scope.inner.setdefault(key, []).append(inner)
    if row is None:
        scope.data[key] = data
    else:
        rows = scope.data[key]
        assert isinstance(rows, list)  # noqa: S101 - made by _fill_rows
        rows.append(data)
    return inner


def _mapping(value: Value) -> Mapping[str, Value]:
    return value if isinstance(value, dict) else {}


def _lenient(component: Component, value: Value) -> Value:
    try:
        return read(component, value)
    except Wrong:
        return empty(component)


def _compute(scope: Scope, only: str | None = None) -> None:
    """Work out the expressions of a scope (or of one of its keys), inner scopes first."""
    for component in fields(scope.components):
        key = component.key or ""
        if only is not None and key != only:
            continue
        for inner in scope.inner.get(key, ()):
            _compute(inner)
        if component.computed is not None:
            try:
                scope.data[key] = scope.evaluate(component.computed)
            except FeelError:
                scope.data[key] = None  # reported with the field, by the schema
