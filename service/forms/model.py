"""A form as the rest of the platform sees it: what `parsing` makes of form-js JSON.

Everything here is frozen and shared by all requests of a process; nothing of a submission is in it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from service.forms.messages import form_text
from service.values import Value

if TYPE_CHECKING:
    from service.forms.schema import FormSchema

STORAGES = ("variable", "record", "secret")  # from open to closed
#: Component types that hold a value of their own (`expression` only with a key).
LEAVES = frozenset(
    {
        "textfield", "textarea", "number", "datetime", "checkbox", "radio", "select", "checklist", "taglist",
        "expression", "filepicker",
    }
)  # fmt: skip
CONTAINERS = frozenset({"group", "dynamiclist"})
DISPLAY = frozenset({"text", "table", "image", "documentPreview", "button", "spacer", "separator"})
#: Known to form-js and refused here: markup of an author's own, and pages of somebody else's.
REFUSED = frozenset({"html", "iframe"})


@dataclass(frozen=True, slots=True)
class FormFault:
    """Something wrong in the form JSON itself: where (`components[2].validate`), and what."""

    path: str
    code: str
    params: Mapping[str, Any] = field(default_factory=dict)

    def text(self, language: str = "zh") -> str:
        """What the process owner reads."""
        return form_text(self.code, language, dict(self.params))


class FormRefused(ValueError):
    """The form JSON cannot be used; `faults` holds every finding."""

    def __init__(self, faults: tuple[FormFault, ...]) -> None:
        super().__init__("; ".join(f"{fault.path}: {fault.text('en')}" for fault in faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Expression:
    """FEEL without the leading `=`, and the variables that it reads for certain (see `FeelHost.names`)."""

    text: str
    names: frozenset[str]


#: A text that people read: literal pieces and expressions whose results stand between them.
Text: TypeAlias = "tuple[str | Expression, ...]"
#: A limit: nothing, a literal, or an expression worked out per submission.
Limit: TypeAlias = "Decimal | str | Expression | None"


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a select, radio, checklist or taglist."""

    value: Value
    label: str


@dataclass(frozen=True, slots=True)
class Choices:
    """Where the options come from; exactly one of the four is set."""

    static: tuple[Option, ...] = ()
    key: str | None = None
    expression: Expression | None = None
    source: str | None = None


@dataclass(frozen=True, slots=True)
class Total:
    """A rule over a column of a table: its sum equals, or does not exceed, a number."""

    column: str
    equals: Limit = None
    maximum: Limit = None


@dataclass(frozen=True, slots=True)
class Rows:
    """The rules of a dynamic list.

    `expression` names fixed rows that a variable gives (an item per row); without it and without
    `may_change` the prefilled rows are the fixed ones.
    """

    minimum: int = 0
    maximum: int = 1000
    may_change: bool = True
    initial: int = 1
    expression: Expression | None = None
    unique: tuple[str, ...] = ()
    totals: tuple[Total, ...] = ()


@dataclass(frozen=True, slots=True)
class Rules:
    """What a single value must obey beside its type. Only what fits the component's type is set."""

    required: bool | Expression = False
    min_length: int | None = None
    max_length: int | None = None
    pattern: str | None = None
    pattern_message: str | None = None
    validation_type: str | None = None
    minimum: Limit = None
    maximum: Limit = None
    format: str | None = None
    digits: int | None = None
    step: Decimal | None = None
    as_text: bool = False
    subtype: str = "date"
    time_format: str = "utc_offset"
    interval_min: int = 1
    no_past: bool = False
    accept: tuple[str, ...] = ()
    multiple: bool = False
    max_mb: Decimal | None = None
    check: Expression | None = None
    check_message: str | None = None
    check_message_en: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Component:
    """One component. `key` is the name of its value (`path` of a group or list), if it has one.

    `hides` are its own condition and those of the groups around it that share its scope: any of
    them true hides it. `place` says where it stands in the JSON.
    """

    type: str
    place: str
    key: str | None
    label: Text = ()
    help: Text = ()
    label_en: str | None = None
    help_en: str | None = None
    storage: str = "variable"
    hides: tuple[Expression, ...] = ()
    read_only: bool | Expression = False
    rules: Rules = field(default_factory=Rules)
    choices: Choices | None = None
    rows: Rows | None = None
    computed: Expression | None = None
    default: Value = None
    widget: str | None = None
    unit: str | None = None
    #: What only the page needs: text, image source, columns of a display table, button action ….
    display: Mapping[str, Any] = field(default_factory=dict)
    children: tuple["Component", ...] = ()

    @property
    def is_scope(self) -> bool:
        """Whether its children's values stand in an object, or objects, of its own."""
        return self.key is not None and self.type in CONTAINERS

    def fields(self) -> Iterator["Component"]:
        """The components with a value in this component's scope; groups without a path are seen through."""
        return fields(self.children)


def fields(components: tuple[Component, ...]) -> Iterator[Component]:
    """The components with a value of the scope that `components` make up, in order."""
    for component in components:
        if component.key is not None:
            yield component
        else:
            yield from fields(component.children)


@dataclass(frozen=True, eq=False)
class Form:
    """A checked form. `hash` is the SHA-256 of the JSON it was read from.

    `order` names the top-level keys with expressions inside, in the order to work them out.
    """

    id: str
    hash: str
    components: tuple[Component, ...]
    order: tuple[str, ...] = ()

    @cached_property
    def fields(self) -> tuple[Component, ...]:
        """The top-level components that have a value."""
        return tuple(fields(self.components))

    @cached_property
    def storage(self) -> Mapping[str, str]:
        """The storage class of every top-level key: `variable`, `record` or `secret`."""
        return {component.key: component.storage for component in self.fields if component.key}

    @cached_property
    def signatures(self) -> tuple[str, ...]:
        """The top-level keys that are signatures: see `service.forms.signatures`."""
        return tuple(component.key for component in self.fields if component.widget == "signature" and component.key)

    @cached_property
    def reads(self) -> frozenset[str]:
        """Variables that the form's expressions and options read and that are no field of it: its inputs."""
        return frozenset(_reads(self.components)) - set(self.storage) - {"this", "parent", "i"}

    @cached_property
    def schema(self) -> "FormSchema":
        """The marshmallow schema that checks a submission."""
        from service.forms.schema import compile_schema  # the schema's fields need this module

        return compile_schema(self.fields)


def expressions(component: Component) -> Iterator[tuple[str, Expression]]:
    """Every expression that a component itself holds, with the attribute it stands in."""
    rules, choices, rows = component.rules, component.choices, component.rows
    candidates: list[tuple[str, object]] = [
        ("validate.required", rules.required),
        ("validate.min", rules.minimum),
        ("validate.max", rules.maximum),
        ("properties.check", rules.check),
        ("readonly", component.read_only),
        ("expression", component.computed),
        *(("conditional.hide", hide) for hide in component.hides),
        *(("label", part) for part in component.label),
        *(("description", part) for part in component.help),
        *((name, part) for name, value in component.display.items() for part in _parts(value)),
    ]
    if choices:
        candidates.append(("valuesExpression", choices.expression))
    if rows:
        candidates.append(("properties.rows", rows.expression))
        candidates += [("properties.sumEquals", limit) for one in rows.totals for limit in (one.equals, one.maximum)]
    for attribute, candidate in candidates:
        if isinstance(candidate, Expression):
            yield attribute, candidate


def _parts(value: object) -> tuple[object, ...]:
    return value if isinstance(value, tuple) else (value,)


def _reads(components: tuple[Component, ...]) -> Iterator[str]:
    for component in components:
        for _, expression in expressions(component):
            yield from expression.names
        if component.choices and component.choices.key:
            yield component.choices.key
        yield from _reads(component.children)
