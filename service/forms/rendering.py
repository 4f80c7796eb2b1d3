"""What a page shows of a form: plain data for the macros of `templates/forms/form.html`."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from markupsafe import Markup

from service.engine.feel import FeelError, Moment
from service.errors import Fault
from service.forms.attributes import attributes, html_id
from service.forms.details import same
from service.forms.leaves import Wrong, empty, read
from service.forms.markdown import to_html
from service.forms.messages import answer_text, page_texts
from service.forms.model import Component, Expression, Form, expressions
from service.forms.posted import encode_option
from service.forms.scope import Scope, Setting, Sources, draft, no_sources
from service.forms.showing import input_text, people_text
from service.forms.shown import RenderedForm, ShownField, ShownFile, ShownOption, ShownRow, SummaryLine
from service.values import Value, to_json


def context(
    form: Form,
    values: Mapping[str, Value],
    *,
    moment: Moment,
    given: Mapping[str, Value] | None = None,
    faults: Sequence[Fault] = (),
    language: str = "zh",
    read_only: bool = False,
    sources: Sources = no_sources,
    document_url: Callable[[str], str] | None = None,
) -> RenderedForm:
    """What the page shows of `form` with `values`: the task's variables, then the draft or what was just sent.

    `given` are the task's variables alone, for read-only fields and fixed rows; they default to `values`.
    Wrong answers are shown as they were typed.
    """
    setting = Setting(values if given is None else given, moment, sources)
    page = _Page(faults, language, read_only, document_url)
    shown = page.fields(form.components, draft(form, values, setting, prefill=True), "")
    return RenderedForm(
        id=form.id,
        fields=shown,
        summary=tuple(page.summary()),
        texts=page_texts(language),
        language=language,
        read_only=read_only,
        live=not read_only and _is_live(form),
        has_submit=any(one.type == "button" and one.value == "submit" for one in page.seen),
        upload=not read_only and any(one.type == "filepicker" and not one.read_only for one in page.seen),
    )


def _is_live(form: Form) -> bool:
    """Whether an answer can change what the page shows: a condition or computed value that reads a field."""
    here = {*form.storage, "this", "parent"}
    pending = list(form.components)
    while pending:
        component = pending.pop()
        pending += component.children
        if any(found.names & here for name, found in expressions(component) if not name.startswith("validate.m")):
            return True
    return False


class _Page:
    def __init__(
        self, faults: Iterable[Fault], language: str, read_only: bool, document_url: Callable[[str], str] | None
    ) -> None:
        self._faults = list(faults)
        self._language, self._read_only, self._document_url = language, read_only, document_url
        self.seen: list[ShownField] = []

    def fields(self, components: tuple[Component, ...], scope: Scope, prefix: str) -> tuple[ShownField, ...]:
        found = []
        for column, component in enumerate(components):
            try:
                hidden = scope.hidden(component)
            except FeelError:
                hidden = False
            # As in form-js, a computed value works in the background; a label brings it to the page.
            if not hidden and (component.computed is None or component.label):
                shown = self._field(component, scope, prefix, column)
                self.seen.append(shown)
                found.append(shown)
        return tuple(found)

    def summary(self) -> Iterable[SummaryLine]:
        """The faults in the order of the fields; those of no field on the page last."""
        known = {one.name: one for one in self.seen if one.name}
        places = {name: at for at, name in enumerate(known)}
        for fault in sorted(self._faults, key=lambda fault: places.get(fault.path, len(places))):
            shown = known.get(fault.path)
            yield SummaryLine(shown.id if shown else None, shown.label if shown else fault.path, fault.message)

    def _field(self, component: Component, scope: Scope, prefix: str, column: int) -> ShownField:
        try:
            return self._shown(component, scope, prefix, column)
        except FeelError as error:
            reason = answer_text("EXPRESSION", self._language, {"reason": error.reason})
            return ShownField(
                "text", "", html_id(f"{prefix}{component.place}"), html=Markup("<p>{}</p>").format(reason)
            )

    def _shown(self, component: Component, scope: Scope, prefix: str, column: int) -> ShownField:
        kind, key = component.type, component.key
        name = prefix + key if key is not None else ""
        locked = self._read_only or scope.read_only(component)
        common: dict[str, Any] = {
            "type": kind,
            "name": name,
            "column": column,
            "id": html_id(name or f"{prefix}{component.place}"),
            "label": self._text(component.label_en, scope.shown(component.label)),
            "help": self._text(component.help_en, scope.shown(component.help)),
            "required": not locked and scope.required(component),
            "read_only": locked,
            "widget": component.widget,
            "unit": component.unit,
            "faults": tuple(fault.message for fault in self._faults if fault.path == name and name),
        }
        if kind == "dynamiclist":
            return ShownField(**common, **self._rows(component, scope, name, locked=locked))
        if kind == "group":
            inner = scope.inner[key or ""][0] if key is not None else scope
            children = self.fields(component.children, inner, f"{name}." if name else prefix)
            return ShownField(**common, children=children)
        if kind in _DISPLAY:
            return ShownField(**common, **_DISPLAY[kind](self, component, scope))
        value = scope.data.get(key, empty(component)) if key else self._computed(component, scope)
        return ShownField(**common, **self._leaf(component, scope, value))

    def _leaf(self, component: Component, scope: Scope, value: Value) -> dict[str, Any]:
        key = component.key or ""
        raw = None if component.computed else scope.answers.get(key, scope.given.get(key))
        if component.widget == "signature" and isinstance(raw, dict):
            value = raw  # one that was given before
        options = scope.options(component)
        chosen = value if isinstance(value, list) else [value]
        shown = tuple(
            ShownOption(encode_option(one.value), one.label, any(same(one.value, item) for item in chosen))
            for one in options
        )
        return {
            "value": raw if isinstance(raw, str) and _is_wrong(component, raw) else input_text(component, value),
            "text": people_text(component, value, options, self._language),
            "checked": value is True,
            "options": shown,
            "files": self._files(value) if component.type == "filepicker" else (),
            "attributes": attributes(component, scope),
        }

    def _rows(self, component: Component, scope: Scope, name: str, *, locked: bool) -> dict[str, Any]:
        rules = component.rows
        columns = tuple(one for one in component.fields() if one.computed is None or one.label)
        # A table has a column for every value; elsewhere a row is laid out like a form of its own.
        parts = columns if component.widget else component.children
        rows = tuple(
            ShownRow(f"{name}[{at}]", at + 1, self.fields(parts, inner, f"{name}[{at}]."))
            for at, inner in enumerate(scope.inner[component.key or ""])
        )
        required = {cell.column for row in rows for cell in row.cells if cell.required}
        may_change = bool(rules and rules.may_change) and not locked
        return {
            "rows": rows,
            "columns": tuple(self._head(one, scope, marked=at in required) for at, one in enumerate(columns)),
            "may_add": may_change and bool(rules and len(rows) < rules.maximum),
            "may_remove": may_change and bool(rules and len(rows) > rules.minimum),
        }

    def _head(self, component: Component, scope: Scope, *, marked: bool) -> str:
        label = self._text(component.label_en, scope.shown(component.label)) or component.key or ""
        return f"{label}{page_texts(self._language)['required']}" if marked else label

    def _files(self, value: Value) -> tuple[ShownFile, ...]:
        found = []
        for item in value if isinstance(value, list) else ():
            if isinstance(item, dict) and isinstance(document := item.get("documentId"), str):
                url = self._document_url(document) if self._document_url else None
                found.append(ShownFile(to_json(item).decode(), str(item.get("fileName", document)), url))
        return tuple(found)

    def _computed(self, component: Component, scope: Scope) -> Value:
        return scope.evaluate(component.computed) if component.computed else None

    def _text(self, english: str | None, own: str) -> str:
        return english if english and self._language.lower().startswith("en") else own

    def show_text(self, component: Component, scope: Scope) -> dict[str, Any]:
        return {"html": to_html(scope.shown(component.display["text"]))}

    def show_image(self, component: Component, scope: Scope) -> dict[str, Any]:
        source = scope.shown(component.display["source"])
        # Only pictures of this site: another's would tell it who reads the form.
        own = source.startswith("/") and not source.startswith("//")
        return {"value": source if own else "", "text": scope.shown(component.display["alt"])}

    def show_table(self, component: Component, scope: Scope) -> dict[str, Any]:
        display = component.display
        data = scope.evaluate(display["data"]) if display["data"] else None
        columns = [*display["columns"]]
        if isinstance(display["columns_expression"], Expression):
            found = scope.evaluate(display["columns_expression"])
            items = [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []
            columns = [(str(item.get("key", "")), str(item.get("label") or item.get("key", ""))) for item in items]
        lines = [line for line in data if isinstance(line, dict)] if isinstance(data, list) else []
        rows = tuple(
            ShownRow("", at + 1, tuple(self._cell(component, line.get(key)) for key, _ in columns))
            for at, line in enumerate(lines)
        )
        return {"rows": rows, "columns": tuple(label for _, label in columns)}

    def _cell(self, component: Component, value: Value) -> ShownField:
        return ShownField("cell", "", "", text=people_text(component, value, [], self._language))

    def show_documents(self, component: Component, scope: Scope) -> dict[str, Any]:
        data = component.display["data"]
        return {"files": self._files(scope.evaluate(data) if data else None)}

    def show_button(self, component: Component, _scope: Scope) -> dict[str, Any]:
        return {"value": component.display["action"]}

    def show_space(self, component: Component, _scope: Scope) -> dict[str, Any]:
        return {"value": str(component.display.get("height", ""))}


_DISPLAY: dict[str, Callable[[_Page, Component, Scope], dict[str, Any]]] = {
    "text": _Page.show_text,
    "image": _Page.show_image,
    "table": _Page.show_table,
    "documentPreview": _Page.show_documents,
    "button": _Page.show_button,
    "spacer": _Page.show_space,
    "separator": _Page.show_space,
}


def _is_wrong(component: Component, raw: str) -> bool:
    try:
        read(component, raw)
    except Wrong:
        return True
    return False
