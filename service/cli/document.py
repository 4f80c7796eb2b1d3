"""`pingshen document preview`: what a template looks like, over its own example, without a database."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from service.clock import machine_now
from service.documents import declaration, reading, rendering
from service.documents.reading import DocumentFault
from service.engine.feel import Moment
from service.operations import calendars, deployments, vetting
from service.values import normalise


def add(subparsers: Any) -> None:
    """Add the command to the parser."""
    parser: argparse.ArgumentParser = subparsers.add_parser("document", help="look at a template of a document")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    preview = commands.add_parser("preview", help="render it over its example")
    preview.add_argument("id", help="the document, as its declaration names it")
    preview.add_argument("--root", type=Path, default=Path.cwd(), help="the folder that holds processes/ and forms/")
    preview.add_argument("--data", type=Path, help="JSON to lay over the example")
    preview.add_argument("--out", type=Path, help="where to write; .png gives a picture of the first page")
    preview.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Render. Returns 1, with the reason in Chinese, if the template cannot be rendered."""
    try:
        made = preview(args.root, args.id, json.loads(args.data.read_text("utf-8")) if args.data else {}, args.out)
    except (DocumentFault, declaration.DeclarationInvalid) as fault:
        print(fault, file=sys.stderr)
        return 1
    print(made)
    return 0


def preview(root: Path, document_id: str, over: dict[str, Any], out: Path | None) -> Path:
    """The file that was written. Raises `DocumentFault`."""
    parts, _ = vetting.read_all(deployments.read_tree(root))
    found = next((part for part in parts if (part.kind, part.resource_id) == ("document", document_id)), None)
    if found is None:
        raise DocumentFault(f"没有文书模板“{document_id}”。")
    document = declaration.parse(found.data)
    files = {part.resource_id: part.data for part in parts if part.kind == "template"}
    moment = Moment(machine_now(), calendars.shipped())
    data = reading.example(document, {key: normalise(value) for key, value in over.items()}, moment)
    if out is not None and out.suffix == ".png":
        out.write_bytes(rendering.picture(document, files, data, moment))
        return out
    made = rendering.render(document, files, data, moment)
    out = out or Path(made.file_name)
    out.write_bytes(made.data)
    return out
