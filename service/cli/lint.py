"""`pingshen lint`: check a tree of processes and forms without deploying it."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from service.access import SYSTEM_GROUPS
from service.operations import deployments, vetting


def add(subparsers: Any) -> None:
    """Add the command to the parser."""
    parser: argparse.ArgumentParser = subparsers.add_parser("lint", help="check processes/ and forms/")
    parser.add_argument("--root", type=Path, default=Path.cwd(), help="the folder that holds processes/ and forms/")
    parser.add_argument("--json", action="store_true", help="print findings as JSON")
    parser.add_argument("--language", choices=("zh", "en"), default="en", help="of the findings' texts")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Print every finding. Returns 1 if one of them would stop a deployment."""
    files = deployments.read_tree(args.root)
    parts, faults = vetting.read_all(files, args.language)
    groups = {group["name"] for group in deployments.groups_of(files)} | set(SYSTEM_GROUPS)
    faults += vetting.check(parts, [], groups, args.language)
    if args.json:
        rows = [{**f.details, "code": f.code, "path": f.path, "message": f.message} for f in faults]
        json.dump(rows, sys.stdout, ensure_ascii=False)
        print()
    else:
        for fault in faults:
            print(f"{fault.code:40} {fault.path}: {fault.message}")
    return int(any(fault.code.startswith("error:") for fault in faults))
