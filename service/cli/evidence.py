"""`pingshen history`: signed tree heads, evidence bundles, and whether the events still give the heads."""

import argparse
from pathlib import Path
from typing import Any

from sqlalchemy import select

from service import access, db, keys
from service.clock import machine_now
from service.errors import BadArgument
from service.history import verify_bundle
from service.models import ProcessInstance
from service.operations import bundles, erasure, moments, recomputing, sequencing, trees


def add(subparsers: Any) -> None:
    """Add the commands to the parser."""
    parser: argparse.ArgumentParser = subparsers.add_parser("history", help="tree heads and evidence bundles")
    commands = parser.add_subparsers(dest="what", required=True, metavar="what")
    heads = commands.add_parser("heads", help="signed tree heads, one line each, the newest first")
    heads.add_argument("--last", type=int, default=10, help="how many; default 10")
    heads.add_argument("--now", action="store_true", help="first put everything under a new head")
    heads.add_argument("--note", type=int, metavar="SIZE", help="one head whole, with its signature")
    heads.add_argument("--key", action="store_true", help="the public key and its fingerprint instead")
    heads.set_defaults(run=show_heads)
    export = commands.add_parser("export", help="an evidence bundle of instances with all that they called")
    export.add_argument("key", type=int, nargs="*")
    export.add_argument("--record", metavar="REGISTER/ID", help="the cases that wrote it, or records naming it")
    export.add_argument("--file", type=Path, required=True)
    export.add_argument("--head", type=int, action="append", default=[], metavar="SIZE", help="with proof from it")
    export.add_argument("--no-personal", action="store_true", help="without submissions, records and attachments")
    export.add_argument("--replay", action="store_true", help="also run all acts again and write down what came of it")
    export.set_defaults(run=export_bundle)
    again = commands.add_parser("recompute", help="work out again what was worked out over records (records.evaluate)")
    again.add_argument("key", type=int, nargs="?", help="one instance; all without it")
    again.set_defaults(run=recompute)
    due = commands.add_parser("due", help="cases whose personal values are to be erased")
    due.set_defaults(run=show_due)
    erase = commands.add_parser("erase", help="erase the personal values of a case whose time has passed")
    erase.add_argument("key", type=int)
    erase.add_argument("--by", required=True, help="an account of the group archivist")
    erase.add_argument("--reason", required=True, help="stands in the history")
    erase.set_defaults(run=erase_case)
    check = commands.add_parser("verify", help="a bundle; or, without one, this installation's whole tree")
    check.add_argument("bundle", nargs="?")
    check.add_argument("--head", action="append", default=[], help="kept outside: a file, or SIZE TIME ROOT")
    check.add_argument("--key", help="the public key as it was made known: a file, or its fingerprint")
    check.set_defaults(run=verify)


def show_heads(args: argparse.Namespace) -> int:
    """Print heads, or the key."""
    database = db.database(keys.config().database_url)
    if args.key:
        print(trees.signer().verifier, trees.signer().fingerprint, sep="\n")
        return 0
    if args.now:
        sequencing.sequence(database, force=True)
        sequencing.hand_out(database, keys.config().heads_dir)
    with database.reading() as session:
        if args.note is not None:
            print(trees.head(session, args.note).note, end="")
            return 0
        for row in trees.newest_heads(session, args.last):
            print(row.line)
    return 0


def export_bundle(args: argparse.Namespace) -> int:
    """Write a bundle."""
    database = db.database(keys.config().database_url)
    chosen = list(args.key)
    if args.record:
        register, _, id = args.record.partition("/")
        with database.reading() as session:
            chosen += bundles.about(session, register, id)
    if not chosen:
        raise BadArgument(reason="name an instance, or a record that instances wrote")
    wish = bundles.Wish(chosen, "console", args.head, not args.no_personal, args.replay)
    with args.file.open("wb") as target:
        bundles.write(database, target, wish)
    print(f"{args.file}: check it with verify_bundle.py, and a tree head that was kept elsewhere")
    return 0


def recompute(args: argparse.Namespace) -> int:
    """Work out again, and name what differs. Returns 1 if anything does."""
    evaluations = gone = different = 0
    chosen = select(ProcessInstance.key).order_by(ProcessInstance.key)
    with db.database(keys.config().database_url).reading() as session:
        for key in session.scalars(chosen if args.key is None else chosen.where(ProcessInstance.key == args.key)).all():
            found = recomputing.recompute(session, session.get_one(ProcessInstance, key))
            evaluations, gone = evaluations + found.evaluations, gone + found.gone
            different += len(found.different)
            for text in found.different:
                print(f"{key}: {text}")
            session.expire_all()
    print(f"{evaluations} evaluations, {different} differ, {gone} rest on records that were erased")
    return int(different > 0)


def show_due(args: argparse.Namespace) -> int:
    """List the cases whose time has passed."""
    with db.database(keys.config().database_url).reading() as session:
        for each in erasure.due(session, now=moments.now(session, machine_now())):
            print(each.key, f"{each.at:%Y-%m-%d}", each.process_id, each.case or "")
    return 0


def erase_case(args: argparse.Namespace) -> int:
    """Erase, and write the database's files anew."""
    database = db.database(keys.config().database_url)
    with database.writing() as session:
        user = access.load_user(session, args.by)
        if user is None:
            raise BadArgument(reason=f"there is no active account {args.by!r}")
        erased = erasure.erase(session, args.key, user, args.reason, now=moments.now(session, machine_now()))
        session.commit()
    erasure.scrub(database)
    print(f"{erased} entries erased; backups made before still hold them")
    return 0


def verify(args: argparse.Namespace) -> int:
    """Check a bundle as its own verifier does, or compute the tree anew from the events. Returns 1 if it differs."""
    if args.bundle is not None:
        given = [f"--head={head}" for head in args.head] + ([f"--key={args.key}"] if args.key else [])
        return verify_bundle.main([args.bundle, *given])
    with db.database(keys.config().database_url).reading() as session:
        report = trees.check(session)
        wrong = [*report.wrong, *sequencing.strangers(session, keys.config().heads_dir)]
    for text in wrong:
        print(text)
    print(f"{report.leaves} events under {report.heads} heads, {report.waiting} wait; {len(wrong)} things do not fit")
    return int(bool(wrong))
