"""A program of its own: sets one document and ends. Templates are texts of others, so they run away from the service.

Reads one JSON object from standard input and writes the file to standard output; started with `python -I`, it imports
nothing of the service. A template that cannot be set gives exit code 3 and, on standard error, JSON with `message` and
`place`. Time, memory and file size are limited; there is no way into the network, nor to files outside of `root`.
"""

import io
import json
import resource
import sys
import zipfile
from datetime import UTC, datetime
from typing import Any

CPU_SECONDS, MEMORY_BYTES, FILE_BYTES = 20, 2 * 1024**3, 64 * 1024**2
#: The time in every entry of an office file: the same data shall give the same bytes.
ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)


class TemplateFault(Exception):
    """The template cannot be set with these data."""

    def __init__(self, message: str, place: str = "") -> None:
        super().__init__(message)
        self.message, self.place = message, place


def typst(order: dict[str, Any]) -> bytes:
    """A PDF, or one page of it as PNG."""
    import typst as library

    compiler = library.Compiler(
        input=f"{order['root']}/{order['main']}",
        root=order["root"],
        font_paths=order["fonts"],
        ignore_system_fonts=True,
        sys_inputs={"data": order["data"]},
    )
    options: dict[str, Any] = {"format": order["format"], "timestamp": order["timestamp"]}
    if order["format"] == "png":
        options["ppi"] = order["ppi"]
    try:
        made = compiler.compile(**options)
    except library.TypstError as error:
        place = next((line.partition("─ ")[2] for line in error.diagnostic.splitlines() if "─ " in line), "")
        raise TemplateFault(error.message, place) from error
    pages: list[Any] = made if isinstance(made, list) else [made]
    if order["page"] > len(pages):
        raise TemplateFault(f"there are {len(pages)} pages")
    return bytes(pages[order["page"] - 1] if order["format"] == "png" else pages[0])


def docx(order: dict[str, Any]) -> bytes:
    """A Word file out of a Word file with `{{ … }}` in it."""
    from docxtpl import DocxTemplate
    from jinja2 import StrictUndefined, TemplateError
    from jinja2.sandbox import SandboxedEnvironment

    template = DocxTemplate(f"{order['root']}/{order['main']}")
    environment = SandboxedEnvironment(undefined=StrictUndefined, autoescape=True)
    try:
        template.render(json.loads(order["data"]), environment)
    except TemplateError as error:
        raise TemplateFault(str(error)) from error
    at = datetime.fromtimestamp(order["timestamp"], UTC).replace(tzinfo=None)
    properties = template.docx.core_properties
    properties.created = properties.modified = at
    properties.author = properties.last_modified_by = ""
    properties.title = order["title"]
    out = io.BytesIO()
    template.save(out)
    return repacked(out.getvalue())


def xlsx(order: dict[str, Any]) -> bytes:
    """A workbook of one sheet: everything is text except numbers, so that no number of a person is rounded."""
    from openpyxl import Workbook
    from openpyxl.styles import Alignment, Border, Font, Side
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.properties import PageSetupProperties

    sheet = order["sheet"]
    book = Workbook()
    at = datetime.fromtimestamp(order["timestamp"], UTC).replace(tzinfo=None)
    book.properties.created = book.properties.modified = at
    book.properties.creator, book.properties.title = "", order["title"]
    page = book.worksheets[0]
    page.title = sheet["title"][:31]
    page.page_setup.paperSize, page.page_setup.orientation = page.PAPERSIZE_A4, "landscape"
    page.page_setup.fitToWidth, page.page_setup.fitToHeight = 1, 0
    page.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    page.print_title_rows, page.freeze_panes = "1:1", "A2"
    thin = Side(style="thin")
    for row, values in enumerate([sheet["heads"], *sheet["rows"]], start=1):
        for column, value in enumerate(values, start=1):
            cell = page.cell(row, column)
            cell.border = Border(thin, thin, thin, thin)
            cell.alignment = Alignment(wrap_text=True, vertical="center")
            cell.font = Font(bold=row == 1)
            if isinstance(value, str):
                cell.value, cell.data_type, cell.number_format = value, "s", "@"
            else:
                cell.value = value
    for column, width in enumerate(sheet["widths"], start=1):
        page.column_dimensions[get_column_letter(column)].width = width
    out = io.BytesIO()
    book.save(out)
    return repacked(out.getvalue(), modified=at)


def repacked(data: bytes, modified: datetime | None = None) -> bytes:
    """The same archive without the hour of its making."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            content = old.read(name)
            if modified is not None and name == "docProps/core.xml":
                content = _dated(content, modified)
            entry = zipfile.ZipInfo(name, ZIP_EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, content)
    return out.getvalue()


def _dated(core: bytes, modified: datetime) -> bytes:
    """openpyxl writes the present hour as the last change, whatever it is told."""
    from lxml import etree

    tree = etree.fromstring(core, etree.XMLParser(resolve_entities=False, no_network=True))
    for element in tree.iter("{http://purl.org/dc/terms/}modified"):
        element.text = modified.strftime("%Y-%m-%dT%H:%M:%SZ")
    return etree.tostring(tree, xml_declaration=True, encoding="UTF-8")


def main() -> int:
    """Set what standard input asks for."""
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE_BYTES, FILE_BYTES))
    order = json.load(sys.stdin)
    try:
        made = {"typst": typst, "docx": docx, "xlsx": xlsx}[order["kind"]](order)
    except TemplateFault as fault:
        json.dump({"message": fault.message, "place": fault.place}, sys.stderr)
        return 3
    sys.stdout.buffer.write(made)
    return 0


if __name__ == "__main__":
    sys.exit(main())
