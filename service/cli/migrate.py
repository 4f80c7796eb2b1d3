"""`pingshen migrate`: put running instances under another version, or say what would come of it."""

import argparse
import sys
from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from service import db, keys
from service.cli.deploy import console
from service.clock import machine_now
from service.errors import BadArgument, NotFound
from service.models import ProcessInstance
from service.operations import instances, migrations, moments
from service.operations.move_texts import TEXTS
from service.releases import Deployed


def add(subparsers: Any) -> None:
    """Add the command to the parser."""
    parser: argparse.ArgumentParser = subparsers.add_parser("migrate", help="put instances under another version")
    parser.add_argument("key", type=int, nargs="+", help="process instances")
    parser.add_argument("--to", type=int, required=True, metavar="VERSION", help="the version of the process to go to")
    parser.add_argument("--process", metavar="ID", help="of another process than the instance's own")
    parser.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="A=B",
        help="element A becomes B (nothing: A is not mapped); all others keep their ids",
    )
    parser.add_argument("--dry-run", action="store_true", help="only say what would come of it")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Look at each instance, then migrate it. Returns 1 if any cannot be."""
    changes = _changes(args.map)
    stopped = [key for key in args.key if not _one(key, args, changes)]
    if stopped:
        print(f"{len(stopped)} of {len(args.key)} not possible", file=sys.stderr)
    return int(bool(stopped))


def _one(key: int, args: argparse.Namespace, changes: Mapping[str, str]) -> bool:
    with db.database(keys.config().database_url).writing() as session:
        now = moments.now(session, machine_now())
        instance = session.get(ProcessInstance, key)
        if instance is None:
            raise NotFound()
        target = _target(session, instance, args)
        suggested = migrations.plan(session, instance, target, None, console(), now=now).mapping
        mapping = [(source, other) for source, other in {**suggested, **changes}.items() if other]
        plan = migrations.plan(session, instance, target, mapping, console(), now=now)
        for each in plan.findings:
            print(f"{key}: {'error' if each.is_error else 'note'}: {each.place}: {each.code}: {TEXTS[each.code]}")
        if not plan.feasible:
            return False
        if args.dry_run:
            print(f"{key}: possible, {_way(session, instance, target)}")
            return True
        way = _way(session, instance, target)
        migrations.migrate_instance(session, key, target.key, mapping, console(), now=now)
        session.commit()
        print(f"{key}: migrated, {way}")
        return True


def _target(session: Session, instance: ProcessInstance, args: argparse.Namespace) -> Deployed:
    process_id = args.process or instance.process_id
    try:
        return instances.definition(session, process_id=process_id, version=args.to)
    except NotFound:
        raise BadArgument(reason=f"there is no version {args.to} of {process_id!r}") from None


def _way(session: Session, instance: ProcessInstance, target: Deployed) -> str:
    now = instances.definition(session, key=instance.definition_key)
    return f"from {now.resource_id} version {now.version} to {target.resource_id} version {target.version}"


def _changes(given: list[str]) -> dict[str, str]:
    changes = {}
    for each in given:
        source, sign, target = each.partition("=")
        if not source or not sign:
            raise BadArgument(reason=f"--map {each!r}: write A=B, the ids of two elements")
        changes[source.strip()] = target.strip()
    return changes
