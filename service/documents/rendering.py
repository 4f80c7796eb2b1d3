"""A document as bytes: template files and data go to a process of their own (`typesetter.py`), a file comes back."""

import io
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import segno

from service import keys
from service.documents.declaration import Declaration
from service.documents.reading import DocumentFault, evaluated
from service.engine.feel import Moment
from service.releases import ReleaseLibrary
from service.values import Value, Variables, plain, to_json

HERE = Path(__file__).parent
#: The platform's own Typst files, as `/lib/<name>` for every template.
LIBRARY = HERE / "lib"
#: Put there by the build, of the packages that the lockfile names.
FONTS = HERE / "fonts"
#: Templates that others may take parts from, as `/shared/<name>`.
SHARED = "shared"
SECONDS = 30
#: No proxy answers here: what asks for the network gets none.
_NOWHERE = "http://127.0.0.1:9"
_MISSING_KEY = re.compile(r'does not contain key "([^"]+)"|\'([^\']+)\' is undefined|has no attribute \'([^\']+)\'')


@dataclass(frozen=True, slots=True)
class Made:
    """A file and the name it should bear."""

    file_name: str
    data: bytes


def files_of(library: ReleaseLibrary, document: Declaration) -> dict[str, bytes]:
    """The template's files in the release, by their path below the folder of documents."""
    mine = (f"{document.id}/", f"{SHARED}/")
    return {part.resource_id: part.data for part in library.all("template") if part.resource_id.startswith(mine)}


def render(document: Declaration, files: Mapping[str, bytes], data: Variables, moment: Moment) -> Made:
    """The document over `data` (`reading.told`). Raises `DocumentFault`, in Chinese, naming template and field."""
    with tempfile.TemporaryDirectory(prefix="pingshen-") as root:
        order = _order(document, data, moment) | {"root": root, "format": "pdf"}
        if document.template:
            _lay_out(Path(root), document, files, data, moment)
        made = _set(document, order)
    return Made(_file_name(document, data, moment), made)


def picture(
    document: Declaration, files: Mapping[str, bytes], data: Variables, moment: Moment, *, page: int = 1, ppi: int = 144
) -> bytes:
    """One page of a Typst document as PNG. Raises `DocumentFault`."""
    with tempfile.TemporaryDirectory(prefix="pingshen-") as root:
        _lay_out(Path(root), document, files, data, moment)
        order = _order(document, data, moment) | {"root": root, "format": "png", "page": page, "ppi": ppi}
        return _set(document, order)


def _order(document: Declaration, data: Variables, moment: Moment) -> dict[str, Any]:
    order: dict[str, Any] = {
        "kind": {".pdf": "typst", ".docx": "docx", ".xlsx": "xlsx"}[document.ending],
        "main": f"{document.id}/{document.template}",
        "title": document.title,
        "fonts": [str(FONTS), *([str(keys.config().font_dir)] if keys.config().font_dir else [])],
        "data": to_json(data).decode(),
        "timestamp": int(moment.now.timestamp()),
        "page": 1,
    }
    if document.sheet:
        rows = evaluated(document, "sheet.rows", document.sheet.rows, data, moment)
        order["sheet"] = {
            "title": document.sheet.title,
            "heads": [title for _, title, _ in document.sheet.columns],
            "widths": [width for _, _, width in document.sheet.columns],
            "rows": [[_cell(row, key) for key, _, _ in document.sheet.columns] for row in rows or []],  # type: ignore[union-attr]
        }
    return order


def _cell(row: Value, key: str) -> Any:
    value = row.get(key) if isinstance(row, dict) else None
    if isinstance(value, bool):
        return "是" if value else "否"
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list | dict):
        return to_json(value).decode()
    text = plain(value)
    return int(text) if text.lstrip("-").isdigit() else float(text)


def _lay_out(root: Path, document: Declaration, files: Mapping[str, bytes], data: Variables, moment: Moment) -> None:
    """The folder that the template sees: its own files, the shared ones, the platform's, and its codes as pictures."""
    placed = dict(files) | {f"lib/{path.name}": path.read_bytes() for path in LIBRARY.glob("*.typ")}
    for name, expression in document.codes.items():
        text = evaluated(document, f"codes.{name}", expression, data, moment)
        picture = io.BytesIO()
        segno.make(str(text), error="m", micro=False).save(picture, kind="svg", scale=4, border=0)
        placed[f"codes/{name}.svg"] = picture.getvalue()
    for name, content in placed.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    if not (root / f"{document.id}/{document.template}").is_file():
        raise DocumentFault(f"文书“{document.title}”的模板文件“{document.template}”不在本次发布中。")


def _set(document: Declaration, order: Mapping[str, Any]) -> bytes:
    environment = {"https_proxy": _NOWHERE, "http_proxy": _NOWHERE, "HTTPS_PROXY": _NOWHERE, "HTTP_PROXY": _NOWHERE}
    try:
        done = subprocess.run(  # noqa: S603  our own program; nothing of the request is in its arguments
            [sys.executable, "-I", str(HERE / "typesetter.py")],
            input=json.dumps(order).encode(),
            capture_output=True,
            timeout=SECONDS,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise DocumentFault(f"文书“{document.title}”的模板在{SECONDS}秒内没有排完版。") from None
    if done.returncode == 0:
        return done.stdout
    if done.returncode != 3:
        last = done.stderr.decode(errors="replace").strip().splitlines()[-1:]
        raise DocumentFault(f"文书“{document.title}”的模板排版中止（{done.returncode}）：{''.join(last)}")
    told = json.loads(done.stderr)
    missing = next((name for found in _MISSING_KEY.findall(told["message"]) for name in found if name), None)
    said = f"缺少“{missing}”" if missing else told["message"]
    place = told["place"].replace(str(order["root"]), "").lstrip("/") or document.template
    raise DocumentFault(f"文书“{document.title}”的模板（{place}）{said}。")


def _file_name(document: Declaration, data: Variables, moment: Moment) -> str:
    text = document.file_name
    if text.startswith("="):
        text = str(evaluated(document, "fileName", text[1:], data, moment))
    return text + document.ending
