"""`pingshen backup` and `pingshen restore`: one command each, keys and attachments included."""

import argparse
from pathlib import Path
from typing import Any

from service import keys
from service.operations import backups


def add(subparsers: Any) -> None:
    """Add the commands to the parser."""
    out: argparse.ArgumentParser = subparsers.add_parser("backup", help="everything into one file; works while it runs")
    out.add_argument("file", type=Path)
    out.set_defaults(run=backup)
    back: argparse.ArgumentParser = subparsers.add_parser("restore", help="a backup into an empty installation")
    back.add_argument("file", type=Path)
    back.set_defaults(run=restore)


def backup(args: argparse.Namespace) -> int:
    """Write the backup."""
    print(f"{backups.backup(keys.config(), args.file)} files in {args.file}; it holds the keys: keep it like them")
    return 0


def restore(args: argparse.Namespace) -> int:
    """Read the backup."""
    print(f"{backups.restore(keys.config(), args.file)} files restored")
    return 0
