"""`pingshen deploy`: deploy a whole tree of processes and forms as one release."""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from service import db, keys
from service.access import SYSTEM_GROUPS, User
from service.clock import machine_now
from service.errors import ModelRefused, ServiceError
from service.models import DeploymentDraft
from service.operations import accounts, deployment_drafts, deployments, moments, seeding
from service.releases import newest


def add(subparsers: Any) -> None:
    """Add the command to the parser."""
    parser: argparse.ArgumentParser = subparsers.add_parser("deploy", help="deploy processes/ and forms/ as a release")
    parser.add_argument("--root", type=Path, default=Path.cwd(), help="the folder that holds processes/ and forms/")
    parser.add_argument("--founding", type=Path, help="JSON of the paper decision that the first release rests on")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Deploy. Returns 1, with every finding printed, if anything is refused."""
    founding = json.loads(args.founding.read_text(encoding="utf-8")) if args.founding else None
    try:
        new = deploy_tree(keys.config().database_url, args.root, founding)
    except ModelRefused as error:
        for fault in error.errors:
            print(f"{fault.code:40} {fault.path}: {fault.message}", file=sys.stderr)
        return 1
    except ServiceError as error:
        print(f"{error.code}: {error}", file=sys.stderr)
        return 1
    print("deployed" if new else "nothing has changed")
    return 0


def deploy_tree(url: str, root: Path, founding: dict[str, Any] | None = None, *, once: bool = False) -> bool:
    """Deploy everything below `root`/processes and `root`/forms; whether anything was new.

    Groups that the tree declares are made, and the records that it brings along. The first release takes its founding
    decision from `processes/founding.json` where none is given. With `once`, a tree that was deployed before as it is
    now is left alone: what was deployed from the browser since stays. In production a later release is kept as a draft.
    Raises `ModelRefused`, `NotReleased` (the draft is stored).
    """
    files = deployments.read_tree(root)
    if not files:
        return False
    paper = root / "processes" / "founding.json"
    if once:
        with db.database(url).reading() as session:
            if deployments.deployed_before(session, files) or deployment_drafts.drafted_before(session, files):
                return False
    with db.database(url).writing() as session:
        now = moments.now(session, machine_now())
        if founding is None and paper.is_file() and newest(session) is None:
            founding = json.loads(paper.read_text(encoding="utf-8"))
        accounts.ensure_groups(session, [(g["name"], g["title"]) for g in deployments.groups_of(files)])
        result = deployment_drafts.submit(session, files, console(), now=now, whole=True, founding=founding)
        if isinstance(result, DeploymentDraft):
            session.commit()
            raise deployment_drafts.not_released(result)
        seeding.seed(session, root, now=now)
        session.commit()
    return result.new


def console() -> User:
    """Who acts when a command is run on the machine itself."""
    return User("console", "console", "console", frozenset(SYSTEM_GROUPS))
