"""What a page shows of a form: plain data for the macros of `templates/forms/form.html`."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from service.engine.feel import FeelError, Moment
from service.errors import Fault
from service.forms.attributes import attributes, html_id
from service.forms.details import same
from service.forms.leaves import Wrong, empty, read
from service.forms.live import Live
from service.forms.markdown import to_html
from service.forms.messages import answer_text, page_texts
from service.forms.model import Component, Expression, Form
from service.forms.posted import encode_option
from service.forms.scope import Scope, Setting, Sources, draft, no_sources
from service.forms.showing import input_text, people_text
from service.forms.shown import RenderedForm, ShownField, ShownFile, ShownOption, ShownRow, ShownTotal, SummaryLine
from service.values import Value, plain, to_json

#: Endings of files that browsers show by themselves, safely.
PREVIEWED = (".pdf", ".png", ".jpg", ".jpeg")


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
    preview_url: Callable[[str], str] | None = None,
    local: Collection[str] = (),
) -> RenderedForm:
    """What the page shows of `form` with `values`: the task's variables, then the draft or what was just sent.

    `given` are the task's variables alone, for read-only fields and fixed rows; they default to `values`.
    Wrong answers are shown as they were typed. `local` are variables that the reader may see beside the fields: the
    browser may work with them.
    """
    setting = Setting(values if given is None else given, moment, sources)
    live = Live(form, local, on=not read_only)
    page = _Page(faults, language, live, document_url, preview_url, read_only=read_only)
    shown = page.fields(form.components, draft(form, values, setting, prefill=True), "")
    return RenderedForm(
        id=form.id,
        fields=shown,
        summary=tuple(page.summary()),
        texts=page_texts(language),
        language=language,
        read_only=read_only,
        live=live.rest or bool(live.used),
        has_submit=any(one.type == "button" and one.value == "submit" for one in page.seen),
        upload=not read_only and any(one.type == "filepicker" and not one.read_only for one in page.seen),
        follows=bool(live.used),
        rest=live.rest,
        given=live.given(setting.given),
        private=(*(key for key, storage in form.storage.items() if storage == "secret"), *form.signatures),
    )


class _Page:
    def __init__(
        self,
        faults: Iterable[Fault],
        language: str,
        live: Live,
        document_url: Callable[[str], str] | None,
        preview_url: Callable[[str], str] | None,
        *,
        read_only: bool,
    ) -> None:
        self._faults = list(faults)
        self._language, self._read_only, self._live = language, read_only, live
        self._document_url, self._preview_url = document_url, preview_url
        self.seen: list[ShownField] = []

    def fields(self, components: tuple[Component, ...], scope: Scope, prefix: str) -> tuple[ShownField, ...]:
        found = []
        for column, component in enumerate(components):
            followed = [hide for hide in component.hides if self._live.follows(hide)]
            hidden = _any(scope, followed)
            if _any(scope, [hide for hide in component.hides if hide not in followed]):
                continue
            # As in form-js, a computed value works in the background; a label brings it to the page.
            background = component.computed is not None and not component.label
            if background and not (component.computed and self._live.follows(component.computed)):
                continue
            shown = self._field(component, scope, prefix, column)
            if followed or background:
                texts = to_json([hide.text for hide in followed]).decode() if followed else ""
                shown = replace(shown, hide=texts, hidden=hidden, background=background)
            if not hidden and not background:
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
        computed = component.computed
        return {
            "json": to_json(value).decode() if self._live.on else "",
            "compute": computed.text if computed and self._live.follows(computed) else "",
            "decimals": str(component.rules.digits) if component.rules.format == "money" else "",
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
            "may_paste": may_change and component.widget == "table",
            "totals": tuple(_totals(component, scope, columns)),
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
                name, size = str(item.get("fileName", document)), item.get("size")
                shows = self._preview_url if name.lower().endswith(PREVIEWED) else None
                found.append(
                    ShownFile(
                        to_json(item).decode(),
                        name,
                        self._document_url(document) if self._document_url else None,
                        shows(document) if shows else None,
                        size_text(size) if isinstance(size, Decimal) else "",
                        str(item.get("hash") or ""),
                    )
                )
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


def size_text(size: Decimal | int) -> str:
    """A size as people read it."""
    kilobytes = int(size) / 1000
    return f"{kilobytes / 1000:.1f} MB" if kilobytes >= 1000 else f"{max(1, round(kilobytes))} kB"


def _any(scope: Scope, hides: Iterable[Expression]) -> bool:
    for hide in hides:
        try:
            if scope.evaluate(hide) is True:
                return True
        except FeelError:
            continue  # validate says so
    return False


def _totals(component: Component, scope: Scope, columns: Sequence[Component]) -> Iterable[ShownTotal]:
    """The sums that rules speak of, as far as the rows can be added up."""
    places = {one.key: at for at, one in enumerate(columns)}
    for total in component.rows.totals if component.rows else ():
        cells = [inner.data.get(total.column) for inner in scope.inner[component.key or ""]]
        limit = scope.limit(total.equals if total.equals is not None else total.maximum)
        yield ShownTotal(
            places.get(total.column, 0),
            total.column,
            plain(sum((cell for cell in cells if isinstance(cell, Decimal)), Decimal(0))),
            plain(limit) if isinstance(limit, Decimal) else "",
            total.equals is None,
        )


def _is_wrong(component: Component, raw: str) -> bool:
    try:
        read(component, raw)
    except Wrong:
        return True
    return False
