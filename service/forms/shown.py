"""A form as the macros of `templates/forms/form.html` get it: plain frozen data."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from markupsafe import Markup

_NOTHING = Markup("")


@dataclass(frozen=True, slots=True)
class ShownOption:
    """One option: what goes into `value`, what people read, whether it is chosen."""

    value: str
    label: str
    selected: bool


@dataclass(frozen=True, slots=True)
class ShownFile:
    """A document in a list of files: its reference as JSON, its name, where to read it."""

    reference: str
    name: str
    url: str | None
    #: Where it is shown in the browser, if it is a picture or a PDF.
    preview: str | None = None
    size: str = ""
    hash: str = ""


@dataclass(frozen=True, slots=True)
class ShownTotal:
    """The sum of a column: `limit` is what it must be, or (`most`) may be at most."""

    column: int
    key: str
    sum: str
    limit: str = ""
    most: bool = False


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row of a dynamic list; `number` counts from 1."""

    path: str
    number: int
    cells: tuple["ShownField", ...]


@dataclass(frozen=True, slots=True)
class ShownField:
    """One component as the page shows it; hidden ones are left out of the page's data altogether.

    `name` is its path and the `name` of its input, `id` the HTML id. `value` is what the input holds, `text` what
    people read where it cannot be written. `attributes` are further attributes of the input.
    """

    type: str
    name: str
    id: str
    label: str = ""
    help: str = ""
    value: str = ""
    text: str = ""
    checked: bool = False
    required: bool = False
    read_only: bool = False
    widget: str | None = None
    unit: str | None = None
    faults: tuple[str, ...] = ()
    attributes: Mapping[str, str] = field(default_factory=dict)
    options: tuple[ShownOption, ...] = ()
    files: tuple[ShownFile, ...] = ()
    children: tuple["ShownField", ...] = ()
    rows: tuple[ShownRow, ...] = ()
    columns: tuple[str, ...] = ()
    may_add: bool = False
    #: Which of the columns of a table it stands in.
    column: int = 0
    may_remove: bool = False
    may_paste: bool = False
    totals: tuple[ShownTotal, ...] = ()
    #: Live in the browser: the conditions that hide it as a JSON list, whether one does now, how its value is computed.
    hide: str = ""
    hidden: bool = False
    compute: str = ""
    #: A computed value without a label: it only feeds other expressions.
    background: bool = False
    #: What it holds as JSON, for expressions, where there is no input.
    json: str = ""
    decimals: str = ""
    html: Markup = _NOTHING

    @property
    def described_by(self) -> str:
        """The ids of help and faults, for `aria-describedby`."""
        parts = [f"{self.id}-help"] * bool(self.help) + [f"{self.id}-fault"] * bool(self.faults)
        return " ".join(parts)


@dataclass(frozen=True, slots=True)
class SummaryLine:
    """A fault in the summary at the top; `target` is the id of its field, if the page has it."""

    target: str | None
    label: str
    message: str


@dataclass(frozen=True, slots=True)
class RenderedForm:
    """A form for the macro `render`. `live` says that answers change what is shown: a refresh button helps.
    `follows` says that the browser can follow some of it by itself, with `given` beside the fields; `rest` that the
    server is needed for some. `private` are names of answers that nothing may keep: ballots, signatures.

    `has_submit` says that the form has its own submit button, `upload` that it needs `multipart/form-data`.
    """

    id: str
    fields: tuple[ShownField, ...]
    summary: tuple[SummaryLine, ...]
    texts: Mapping[str, str]
    language: str
    read_only: bool
    live: bool
    has_submit: bool
    upload: bool
    follows: bool = False
    rest: bool = False
    given: str = ""
    private: tuple[str, ...] = ()
    #: Whether a signature asks for the password: who has no account has none.
    passwords: bool = True
