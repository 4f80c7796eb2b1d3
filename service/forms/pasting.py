"""Rows pasted from a spreadsheet into a table of a form.

What is pasted is read as people write it there: options by their labels, dates and numbers in the usual ways. What
cannot be read stays as it was typed, so that the check of the form can say what is wrong with it.
"""

import csv
import re
import unicodedata
from collections.abc import Mapping

from service.forms.details import MAX_ROWS
from service.forms.model import Component
from service.values import NotAValue, Value, parse_number

_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?", re.ASCII)
_YES = frozenset({"是", "√", "✓", "1", "y", "yes", "true", "有"})
#: A table of files, groups or rows within rows is not pasted.
_SINGLE = frozenset({"textfield", "textarea", "number", "datetime", "checkbox", "radio", "select"})


def rows(component: Component, text: str) -> list[dict[str, Value]]:
    """The rows of a pasted text: columns by their heads if the first line has them, else in their order."""
    columns = [one for one in component.fields() if one.type in _SINGLE and one.read_only is not True]
    lines = [line for line in csv.reader(text.splitlines(keepends=True), delimiter="\t") if any(map(str.strip, line))]
    if not lines or not columns:
        return []
    heads = {head(column): column for column in columns}
    first = [_head_text(cell) for cell in lines[0]]
    if len(set(first) & set(heads)) * 2 > len([cell for cell in first if cell]):
        order: list[Component | None] = [heads.get(cell) for cell in first]
        lines = lines[1:]
    else:
        order = [*columns]
    return [
        {one.key or "": _cell(one, cell.strip()) for one, cell in zip(order, line, strict=False) if one is not None}
        for line in lines[:MAX_ROWS]
    ]


def head(component: Component) -> str:
    """The label of a column as far as it is fixed."""
    return _head_text("".join(part for part in component.label if isinstance(part, str)) or component.key or "")


def is_blank(row: Value) -> bool:
    """Whether nobody has filled in anything in a row yet."""
    return not isinstance(row, Mapping) or all(value in (None, "", False) or value == [] for value in row.values())


def _head_text(text: str) -> str:
    return re.sub(r"[（(].*|\s", "", unicodedata.normalize("NFKC", text)).lower()


def _cell(column: Component, text: str) -> Value:
    if not text:
        return None
    if column.type == "checkbox":
        return text.lower() in _YES
    if column.type == "number":
        plain = unicodedata.normalize("NFKC", text).replace(",", "").removesuffix("%").strip()
        try:
            return parse_number(plain)
        except NotAValue:
            return text
    if column.type == "datetime":
        found = _DATE.fullmatch(unicodedata.normalize("NFKC", text))
        return f"{found[1]}-{int(found[2]):02}-{int(found[3]):02}" if found else text
    if column.choices is not None:
        options = column.choices.static
        return next((one.value for one in options if text in (one.label, one.value)), text)
    return text
