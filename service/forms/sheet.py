"""A table of a form as a workbook, out and in: filled in without the service, and read back cell by cell.

The workbook carries what the table held when it was handed out. So a cell that somebody changed in the file can be
told from one that was changed here meanwhile; where both were, it is a conflict, and a person decides.
"""

import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import openpyxl
from openpyxl.cell.cell import Cell
from openpyxl.styles import Alignment, Font, PatternFill, Protection
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from service.errors import ServiceError
from service.forms.leaves import Wrong, empty, is_empty, plain_text, read
from service.forms.model import Component, Form
from service.forms.scope import Scope
from service.values import Value, Variables, parse_number, plain, tag, untag

#: What fits into a cell: files, lists and groups stay on the page.
_IN_CELLS = frozenset({"textfield", "textarea", "number", "datetime", "checkbox", "radio", "select"})
MAX_BYTES, MAX_SWOLLEN, MAX_SHEET_ROWS = 5_000_000, 40_000_000, 1_100
_HIDDEN, _PIECE, _FORMAT = "_pingshen", 30_000, "1"
#: Parts of a workbook that can act or fetch something.
_ACTIVE = ("vbaproject", "macrosheets/", "externallinks/", "embeddings/", "activex/", "connections.xml", "querytables/")
_GREY = PatternFill("solid", fgColor="EEEEEE")


class SheetRefused(ServiceError):
    """A file that is not the sheet of this table."""

    status, code = 422, "SHEET_REFUSED"
    message = "The file is not a filled-in sheet of this page; nothing was taken over."


class SheetActive(SheetRefused):
    """Macros, links to other files, embedded objects."""

    code = "SHEET_ACTIVE"
    message = "The file holds macros, embedded objects or links to other files; nothing was taken over."


class SheetOfAnother(SheetRefused):
    """The right kind of file, of another task, form or table."""

    code = "SHEET_OF_ANOTHER"
    message = "The file belongs to another task or to another version of the form; download the sheet again."


@dataclass(frozen=True, slots=True)
class Change:
    """A cell that differs: what was handed out, what stands here now, what the file says."""

    row: int
    key: str
    place: str
    label: str
    base: Value
    here: Value
    there: Value

    @property
    def values(self) -> tuple[Value, Value, Value]:
        """All three."""
        return self.base, self.here, self.there


@dataclass(frozen=True, slots=True)
class BadCell:
    """A cell that cannot be taken, by its place in the file (`F7`)."""

    place: str
    code: str
    params: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Uploaded:
    """A sheet as it came back: what was handed out, and what the cells say now."""

    base: list[Variables]
    rows: list[Variables]
    bad: tuple[BadCell, ...] = ()


def tables(form: Form) -> list[Component]:
    """The tables and grids of the form that can be filled in a workbook."""
    return [one for one in form.fields if one.type == "dynamiclist" and one.widget and _columns(one)]


def rows_of(scope: Scope, table: Component) -> list[Variables]:
    """What the cells of the table hold now."""
    found = scope.data.get(table.key or "")
    keys = [column.key or "" for column in _columns(table)]
    rows = found if isinstance(found, list) else []
    return [{key: row.get(key) for key in keys} for row in rows if isinstance(row, dict)]


def write(form: Form, table: Component, scope: Scope, task: str, notes: Sequence[tuple[str, list[list[str]]]]) -> bytes:
    """The workbook of a table as it stands; `notes` are further sheets, to be read only."""
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = _title(scope.shown(table.label) or table.key or "", book)
    rows = rows_of(scope, table)
    for number, column in enumerate(_columns(table), start=1):
        _head(sheet, number, scope.shown(column.label) or column.key or "", column.type)
        for index in range(_lines(table, rows)):
            inner = _row_scope(scope, table, index)
            value = rows[index].get(column.key or "") if index < len(rows) else None
            cell = sheet.cell(index + 2, number)
            _put(cell, _to_cell(column, value, inner))
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            locked = inner is not None and inner.read_only(column)
            cell.protection = Protection(locked=locked)
            if locked:
                cell.fill = _GREY
    sheet.freeze_panes = "A2"
    sheet.protection.sheet = True
    for name, lines in notes:
        _note(book.create_sheet(_title(name, book)), lines)
    kept: list[Value] = [*rows]
    told = {"format": _FORMAT, "task": task, "form": form.hash, "table": table.key, "rows": tag(kept).decode()}
    _remember(book, told)
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def opened(form: Form, table: Component, scope: Scope, task: str, data: bytes) -> Uploaded:
    """Read a sheet that came back. Raises `SheetRefused`; cells that cannot be read are in `bad`."""
    book = _book(data)
    told = _remembered(book)
    if told.get("format") != _FORMAT:
        raise SheetRefused()
    if (told["task"], told["form"], told["table"]) != (task, form.hash, table.key):
        raise SheetOfAnother()
    base = untag(str(told["rows"]).encode())
    if not isinstance(base, list):
        raise SheetRefused()
    sheet, bad, rows = book.worksheets[0], list[BadCell](), list[Variables]()
    lines = min(sheet.max_row - 1, MAX_SHEET_ROWS) if _may_grow(table) else _lines(table, rows_of(scope, table))
    for index in range(max(lines, 0)):
        row: Variables = {}
        for number, column in enumerate(_columns(table), start=1):
            cell = sheet.cell(index + 2, number)
            try:
                row[column.key or ""] = _from_cell(column, cell, _row_scope(scope, table, index))
            except Wrong as wrong:
                bad.append(BadCell(cell.coordinate, wrong.problem.code, wrong.problem.params))
        rows.append(row)
    while _may_grow(table) and rows and all(is_empty(value) for value in rows[-1].values()):
        rows.pop()
    return Uploaded([dict(row) for row in base if isinstance(row, dict)], rows, tuple(bad))


def changes(table: Component, scope: Scope, uploaded: Uploaded) -> Iterator[Change]:
    """Every cell that the file changed, as far as it may be changed here."""
    here = rows_of(scope, table)
    for index, row in enumerate(uploaded.rows):
        inner = _row_scope(scope, table, index)
        for number, column in enumerate(_columns(table), start=1):
            key = column.key or ""
            if inner is not None and inner.read_only(column):
                continue
            blank = empty(column)
            was = uploaded.base[index].get(key, blank) if index < len(uploaded.base) else blank
            now = here[index].get(key, blank) if index < len(here) else blank
            said = row.get(key, blank)
            if not _same(was, said) and not _same(now, said):
                label = scope.shown(column.label) or key
                yield Change(index, key, f"{get_column_letter(number)}{index + 2}", label, was, now, said)


def is_conflict(change: Change) -> bool:
    """Whether the cell was changed here too since the sheet was handed out."""
    return not _same(change.base, change.here)


def shown_value(table: Component, scope: Scope, change: Change, value: Value) -> str:
    """A cell's value as people read it."""
    column = next(column for column in _columns(table) if column.key == change.key)
    return plain_text(_to_cell(column, value, _row_scope(scope, table, change.row)))


def place_of(table: Component, path: str) -> str | None:
    """The cell of a place in the answers, `items[3].percent`; None for what is in no cell."""
    head, _, rest = path.removeprefix(f"{table.key}[").partition("]")
    keys = [column.key for column in _columns(table)]
    key = rest.removeprefix(".")
    if not path.startswith(f"{table.key}[") or not head.isdigit() or key not in keys:
        return None
    return f"{get_column_letter(keys.index(key) + 1)}{int(head) + 2}"


def _columns(table: Component) -> list[Component]:
    return [one for one in table.fields() if one.type in _IN_CELLS and one.widget is None and one.storage != "secret"]


def _may_grow(table: Component) -> bool:
    return table.rows is not None and table.rows.may_change


def _lines(table: Component, rows: Sequence[Variables]) -> int:
    """As many lines as there are rows; where rows may be added, with room for more."""
    return len(rows) + 20 if _may_grow(table) else len(rows)


def _row_scope(scope: Scope, table: Component, index: int) -> Scope | None:
    inner = scope.inner.get(table.key or "", [])
    return inner[index] if index < len(inner) else None


def _same(one: Value, other: Value) -> bool:
    return (is_empty(one) and is_empty(other)) or one == other


def _to_cell(column: Component, value: Value, scope: Scope | None) -> Value:
    if column.type in {"radio", "select"} and scope is not None:
        return next((option.label for option in scope.options(column) if option.value == value), value)
    if column.type == "checkbox":
        return "是" if value is True else ""
    return value


def _from_cell(column: Component, cell: Cell | Any, scope: Scope | None) -> Value:
    value = cell.value
    if cell.data_type == "f":
        raise Wrong("FORMULA")
    if value is None or value == "":
        return empty(column)
    if column.type == "checkbox":
        if str(value).strip() not in {"是", "否", "yes", "no"}:
            raise Wrong("NOT_YES_NO")
        return str(value).strip() in {"是", "yes"}
    if column.type == "number":
        try:
            return read(column, parse_number(str(value).strip()))
        except ValueError:
            raise Wrong("NOT_A_NUMBER") from None
    if column.type == "datetime" and hasattr(value, "isoformat"):
        value = (
            value.date().isoformat() if column.rules.subtype == "date" and hasattr(value, "date") else value.isoformat()
        )
    text = str(value)
    if column.type in {"radio", "select"}:
        options = scope.options(column) if scope is not None else []
        return next((option.value for option in options if text.strip() in (option.label, option.value)), text)
    return read(column, text)


def _put(cell: Cell | Any, value: Value) -> None:
    """A number as a number, all else as a text: one that begins with `=` must not become a formula."""
    if isinstance(value, Decimal):
        cell.value = int(value) if value == value.to_integral_value() else float(value)
    elif value is not None:
        cell.value = plain(value) if isinstance(value, Decimal) else str(value)
        cell.data_type, cell.quotePrefix = "s", True


def _head(sheet: Worksheet, number: int, text: str, kind: str) -> None:
    cell = sheet.cell(1, number)
    _put(cell, text)
    cell.font, cell.fill = Font(bold=True), _GREY
    cell.alignment = Alignment(wrap_text=True)
    sheet.column_dimensions[get_column_letter(number)].width = 44 if kind == "textarea" else 16


def _note(sheet: Worksheet, lines: list[list[str]]) -> None:
    for row, line in enumerate(lines, start=1):
        for number, text in enumerate(line, start=1):
            cell = sheet.cell(row, number)
            _put(cell, text)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
            sheet.column_dimensions[get_column_letter(number)].width = 40
    sheet.protection.sheet = True


def _title(text: str, book: openpyxl.Workbook) -> str:
    wanted = "".join(sign for sign in text if sign not in "[]:*?/\\'")[:25] or "sheet"
    return wanted if wanted not in book.sheetnames else f"{wanted} {len(book.sheetnames)}"


def _remember(book: openpyxl.Workbook, told: Mapping[str, Any]) -> None:
    sheet = book.create_sheet(_HIDDEN)
    sheet.sheet_state = "veryHidden"
    text = json.dumps(told, ensure_ascii=False)
    for row, at in enumerate(range(0, len(text), _PIECE), start=1):
        _put(sheet.cell(row, 1), text[at : at + _PIECE])


def _remembered(book: openpyxl.Workbook) -> dict[str, Any]:
    if _HIDDEN not in book.sheetnames:
        raise SheetRefused()
    pieces = [str(cell.value or "") for (cell,) in book[_HIDDEN].iter_rows(max_col=1)]
    try:
        told = json.loads("".join(pieces))
        return {name: str(told[name]) for name in ("format", "task", "form", "table", "rows")}
    except (ValueError, KeyError, TypeError) as error:
        raise SheetRefused() from error


def _book(data: bytes) -> openpyxl.Workbook:
    if len(data) > MAX_BYTES:
        raise SheetRefused()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            if sum(info.file_size for info in archive.infolist()) > MAX_SWOLLEN:
                raise SheetRefused()
            names = [name.lower() for name in archive.namelist()]
            if any(mark in name for name in names for mark in _ACTIVE):
                raise SheetActive()
            parts = [archive.read(name) for name in archive.namelist() if name.endswith((".xml", ".rels"))]
        # Not even looked at: a declaration of a type is the way to entities that swell, and no workbook has one.
        if any(b"<!DOCTYPE" in part or b"<!ENTITY" in part for part in parts):
            raise SheetActive()
        return openpyxl.load_workbook(io.BytesIO(data), keep_links=False)
    except SheetRefused:
        raise
    except Exception as error:  # whatever the library stumbles over, it is no sheet of ours
        raise SheetRefused() from error
