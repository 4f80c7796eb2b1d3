"""`pingshen db upgrade`: bring the database to this version's schema."""

import argparse
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config as AlembicConfig
from sqlalchemy import insert, select

from service import db, keys
from service.access import SYSTEM_GROUPS
from service.clock import machine_now
from service.models import Group, Platform
from service.operations import calendars

_MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"


def add(subparsers: Any) -> None:
    """Add the command to the parser."""
    parser: argparse.ArgumentParser = subparsers.add_parser("db", help="the database's schema")
    parser.add_argument("what", choices=["upgrade"])
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Upgrade the configured database."""
    upgrade(keys.config().database_url)
    return 0


def upgrade(url: str) -> None:
    """Create or migrate the schema and put in what every installation has. Does nothing where all is there."""
    engine = db.database(url).engine
    config = AlembicConfig()
    config.set_main_option("script_location", str(_MIGRATIONS))
    with engine.connect().execution_options(writes=True) as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
        if connection.execute(select(Platform.id)).first() is None:
            connection.execute(insert(Platform), [{"id": 1, "next_key": 1, "pinned_at": None, "calendar_hash": None}])
            groups = [{"name": name, "title": name, "system": True} for name in SYSTEM_GROUPS]
            connection.execute(insert(Group), groups)
        connection.commit()
    with db.database(url).writing() as session:
        calendars.ensure_seeded(session, now=machine_now())
        session.commit()
