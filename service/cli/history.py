"""`pingshen export` and `pingshen verify`: an instance's history as JSON; whether its chain is whole."""

import argparse
import sys
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import select

from service import db, keys
from service.errors import NotFound
from service.models import ProcessInstance
from service.operations import histories


def add(subparsers: Any) -> None:
    """Add the commands to the parser."""
    out: argparse.ArgumentParser = subparsers.add_parser("export", help="an instance's history as JSON")
    out.add_argument("key", type=int)
    out.add_argument("--file", type=Path, help="write here instead of to standard output")
    out.set_defaults(run=export)
    check: argparse.ArgumentParser = subparsers.add_parser("verify", help="check the chain of histories")
    check.add_argument("key", type=int, nargs="?", help="one instance; all without it")
    check.add_argument("--replay", action="store_true", help="also run the recorded acts again and compare the states")
    check.set_defaults(run=verify)


def export(args: argparse.Namespace) -> int:
    """Write one history."""
    with db.database(keys.config().database_url).reading() as session:
        instance = session.get(ProcessInstance, args.key)
        if instance is None:
            raise NotFound()
        data = orjson.dumps(histories.export(session, instance), option=orjson.OPT_INDENT_2)
    if args.file:
        args.file.write_bytes(data)
    else:
        sys.stdout.buffer.write(data + b"\n")
    return 0


def verify(args: argparse.Namespace) -> int:
    """Check one or all chains. Returns 1 if any is broken; the first event that does not fit is named."""
    bad = checked = 0
    with db.database(keys.config().database_url).reading() as session:
        chosen = select(ProcessInstance.key).order_by(ProcessInstance.key)
        for key in session.scalars(chosen if args.key is None else chosen.where(ProcessInstance.key == args.key)).all():
            instance = session.get_one(ProcessInstance, key)
            report = histories.verify(session, instance)
            checked += 1
            if not report.valid:
                bad += 1
                print(f"{key}: event {report.first_bad} does not fit the chain")
            elif args.replay and not (again := histories.replay(session, instance)).same:
                bad += 1
                print(f"{key}: running event {again.first_difference} again gives another state")
            session.expire_all()
    print(f"{checked} histories checked, {bad} broken")
    return int(bad > 0)
