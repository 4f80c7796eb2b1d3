"""Workbooks of one sheet: what a page exports, and what people send back.

Texts are written as texts: a cell that begins like a formula is one for nobody, not even after it was saved again.
"""

import io
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from openpyxl import Workbook, load_workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from service.clock import ZONE
from service.errors import BadArgument
from service.values import Value, plain, to_json

TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_ROWS, MAX_COLUMNS, MAX_UNPACKED = 2_000, 200, 100_000_000
#: More digits than this a cell's number has not: longer ones are written as texts.
_DIGITS = 15
_WIDEST = 60
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_CONTROL = dict.fromkeys((*range(9), 11, 12, *range(14, 32)))


def written(title: str, heads: Sequence[str], rows: Sequence[Sequence[Value]]) -> bytes:
    """A sheet with a line of headings that stays in sight and filters."""
    book = Workbook()
    page = book.worksheets[0]
    page.title = "".join(" " if char in "[]:*?/\\" else char for char in title)[:31] or "1"
    for number, values in enumerate((list(heads), *rows), start=1):
        for column, value in enumerate(values, start=1):
            _put(page.cell(number, column), value, bold=number == 1)
    for column, head in enumerate(heads, start=1):
        longest = max((len(shown(row[column - 1])) for row in rows), default=0)
        page.column_dimensions[get_column_letter(column)].width = min(max(longest, len(head) * 2) + 3, _WIDEST)
    page.freeze_panes = "A2"
    if rows:
        page.auto_filter.ref = page.dimensions
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def rows_of(data: bytes) -> tuple[list[str], list[list[Value]]]:
    """Headings and rows of the first sheet, without empty rows. Raises `BadArgument`: no workbook, or too large."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            if sum(entry.file_size for entry in packed.infolist()) > MAX_UNPACKED:
                raise BadArgument("The workbook is too large.")
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        page = book.worksheets[0]
        found = [
            [_value(cell) for cell in row]
            for row in page.iter_rows(max_row=MAX_ROWS + 2, max_col=MAX_COLUMNS, values_only=True)
        ]
    except (zipfile.BadZipFile, InvalidFileException, KeyError, ValueError, IndexError, OSError, TypeError):
        raise BadArgument("This is no workbook that can be read; save it as .xlsx.") from None
    if not found or not any(found[0]):
        raise BadArgument("The first row of the workbook must hold the headings.")
    if len(found) > MAX_ROWS + 1:
        raise BadArgument("A workbook has at most %(most)s rows.", most=MAX_ROWS)
    heads = [shown(head).strip() for head in found[0]]
    return heads, [row for row in found[1:] if any(value is not None for value in row)]


def shown(value: Value) -> str:
    """A value as it stands in a cell that is a text."""
    match value:
        case None:
            return ""
        case bool():
            return "是" if value else "否"
        case str():
            return value.translate(_CONTROL)
        case Decimal():
            return plain(value)
        case list():
            return "；".join(shown(item) for item in value)
        case dict() if isinstance(value.get("fileName"), str):
            return str(value["fileName"])
        case _:
            return to_json(value).decode()


def _put(cell: Any, value: Value, *, bold: bool) -> None:
    cell.font = Font(bold=bold)
    if isinstance(value, Decimal) and len(value.as_tuple().digits) <= _DIGITS:
        cell.value = value
        return
    text = shown(value)
    cell.value, cell.data_type, cell.number_format = text, "s", "@"
    cell.quotePrefix = text.startswith(_FORMULA)


def _value(found: Any) -> Value:
    """A cell's value: days and times as texts, numbers as decimals as they are shown."""
    if found is None or isinstance(found, bool):
        return found
    if isinstance(found, int | float):
        return Decimal(repr(found))
    if isinstance(found, datetime):
        return found.date().isoformat() if found.time() == time() else found.replace(tzinfo=ZONE).isoformat()
    if isinstance(found, date):
        return found.isoformat()
    text = str(found).translate(_CONTROL).strip()
    return text or None
