"""`pingshen`: the command line."""

import argparse
import sys
from collections.abc import Sequence

from service import __version__
from service.cli import (
    backup,
    calendar,
    db,
    deploy,
    document,
    evidence,
    history,
    lint,
    migrate,
    rehearse,
    run,
    serve,
    users,
)
from service.config import ConfigError
from service.errors import ServiceError

COMMANDS = (run, serve, db, deploy, lint, document, users, history, evidence, backup, rehearse, calendar, migrate)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return the process's exit status; refusals are told in one line."""
    parser = argparse.ArgumentParser(prog="pingshen", description=__doc__)
    parser.add_argument("--version", action="version", version=__version__)
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="command")
    for each in COMMANDS:
        each.add(subparsers)
    args = parser.parse_args(argv)
    try:
        status: int = args.run(args)
    except (ServiceError, ConfigError) as error:
        print(error, file=sys.stderr)
        return 1
    return status


if __name__ == "__main__":
    sys.exit(main())
