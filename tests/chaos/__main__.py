"""As many kills as you like: `python -m tests.chaos --kills 200 --database both`."""

import argparse
import os
import sys
import tempfile
import time
from pathlib import Path
from random import Random

from service import keys
from service.cli import db
from tests.chaos.arena import survive
from tests.support.leave import Office, furnish
from tests.support.postgres import PostgresServer


def main() -> int:
    """Returns 1 if anything was lost or doubled."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=200, help="for each database")
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    kinds = ["sqlite", "postgresql"] if args.database == "both" else [args.database]
    return max(run(kind, args.kills, args.seed) for kind in kinds)


def run(kind: str, kills: int, seed: int) -> int:
    """One database, thrown away afterwards."""
    with tempfile.TemporaryDirectory(prefix="chaos-") as name:
        folder = Path(name)
        postgres = PostgresServer.start() if kind == "postgresql" else None
        url = postgres.url() if postgres else f"sqlite:///{folder / 'chaos.db'}"
        os.environ.update(DATABASE_URL=url, PINGSHEN_DATA=str(folder))
        keys.config.cache_clear()
        keys.key.cache_clear()
        try:
            db.upgrade(url)
            office = Office(url)
            furnish(office)
            began = time.monotonic()
            report = survive(office, folder, kills, Random(seed))
            print(f"{kind}, {time.monotonic() - began:.0f} s:", *report.lines(), sep="\n", flush=True)
            office.database.dispose()
        finally:
            if postgres is not None:
                postgres.stop()
    return 1 if report.wrong else 0


if __name__ == "__main__":
    sys.exit(main())
