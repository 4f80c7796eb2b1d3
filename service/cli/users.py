"""`pingshen user`: accounts from the command line."""

import argparse
import getpass
import sys
from typing import Any

from service import access, db, keys
from service.clock import machine_now
from service.errors import BadArgument
from service.operations import accounts, administration, enrolment, memberships

#: What stands in the book of administrative acts.
_ACTS = {
    "add": "ACCOUNT_CREATED",
    "password": "PASSWORD_RESET",
    "groups": "GROUP_ENTERED",
    "leave": "GROUP_LEFT",
    "identity": "PERSON_LINKED",
    "token": "TOKEN_CREATED",
    "end": "ACCOUNT_ENDED",
    "restore": "ACCOUNT_RESTORED",
}


def add(subparsers: Any) -> None:
    """Add the command to the parser."""
    parser: argparse.ArgumentParser = subparsers.add_parser("user", help="make accounts, passwords, tokens")
    parser.add_argument("what", choices=["add", "password", "groups", "leave", "identity", "token", "end", "restore"])
    parser.add_argument("username")
    parser.add_argument("--name", help="the name that others see")
    parser.add_argument("--groups", default="", help="comma-separated")
    parser.add_argument(
        "--identity",
        help="what names the person, such as an ID number; kept as a keyed hash",
    )
    parser.add_argument("--reason", default="", help="why; stands in the book of administrative acts")
    parser.add_argument("--password-stdin", action="store_true", help="read the password from standard input")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Do one thing with one account."""
    groups = [group.strip() for group in args.groups.split(",") if group.strip()]
    with db.database(keys.config().database_url).writing() as session:
        at = machine_now()
        if args.what == "add":
            identity = accounts.identity_of(args.identity) if args.identity else None
            name = args.name or args.username
            accounts.create_account(session, args.username, name, _password(args), groups, now=at, identity=identity)
        elif args.what == "restore":
            enrolment.account_of(session, args.username).active = True
        else:
            user = access.load_user(session, args.username)
            if user is None:
                raise BadArgument(reason=f"there is no active account {args.username!r}")
            if args.what == "password":
                accounts.set_password(session, args.username, _password(args))
            elif args.what == "identity":
                if not args.identity:
                    raise BadArgument(reason="say who it is: --identity")
                accounts.set_identity(session, args.username, accounts.identity_of(args.identity))
            elif args.what == "groups":
                accounts.put_into_groups(session, args.username, groups)
            elif args.what == "leave":
                memberships.leave(session, args.username, groups, now=at)
            elif args.what == "end":
                enrolment.close(session, enrolment.account_of(session, args.username))
            else:
                _, token = accounts.create_token(session, user, "command line", now=at)
                print(token)
        administration.record(
            session, administration.CONSOLE, _ACTS[args.what], f"account:{args.username}",
            reason=args.reason, now=at, groups=groups,
        )  # fmt: skip
        session.commit()
    return 0


def _password(args: argparse.Namespace) -> str:
    password = sys.stdin.readline().rstrip("\n") if args.password_stdin else getpass.getpass()
    accounts.check_policy(password, args.username)
    return password
