"""The databases of the tests: real ones, migrated once, copied for each module.

A test asks for `database_url` (one database for its module) or `fresh_database_url` (one for itself).
Both are SQLite, unless the test is marked `both_databases` or the run asked for another by `--database`.
"""

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from tests.support.postgres import PostgresServer

SERVER = pytest.StashKey[PostgresServer]()
TEMPLATE = "template_pingshen"


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        choices=("marked", "sqlite", "postgresql", "both"),
        default="marked",
        help="where store tests run: SQLite, and PostgreSQL too where marked (default); or one, or both for all",
    )


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database" not in metafunc.fixturenames:
        return
    chosen = metafunc.config.getoption("--database")
    if chosen == "marked":
        chosen = "both" if metafunc.definition.get_closest_marker("both_databases") else "sqlite"
    kinds = ["sqlite", "postgresql"] if chosen == "both" else [chosen]
    metafunc.parametrize("database", kinds, indirect=True, scope="module")


def pytest_unconfigure(config: pytest.Config) -> None:
    server = config.stash.get(SERVER, None)
    if server is not None:
        server.stop()


class XdistSharing:
    """One server for all processes of a distributed run: started here, its address handed out."""

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        if node.config.getoption("--database") != "sqlite":
            node.workerinput["postgres"] = str(_own_server(node.config).data)


def pytest_configure(config: pytest.Config) -> None:
    if config.pluginmanager.hasplugin("xdist"):
        config.pluginmanager.register(XdistSharing(), "xdist-sharing")


@pytest.fixture(scope="module")
def database(request: pytest.FixtureRequest) -> str:
    """Which database this test runs on: `sqlite` or `postgresql`."""
    return str(request.param)


@pytest.fixture(scope="module")
def database_url(
    database: str, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of a migrated, otherwise empty database of this module."""
    yield from copied(database, request, tmp_path_factory.mktemp("database"))


@pytest.fixture
def fresh_database_url(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a migrated, otherwise empty database of this one test."""
    yield from copied(database, request, tmp_path)


@pytest.fixture(scope="session")
def postgres_folder(request: pytest.FixtureRequest) -> str:
    """The folder of the socket of this run's PostgreSQL, which is started by the first who asks."""
    shared = getattr(request.config, "workerinput", {}).get("postgres")
    return str(shared) if shared else str(_own_server(request.config).data)


@pytest.fixture(scope="session")
def postgres_template(postgres_folder: str) -> str:
    """The name of a migrated database on this run's PostgreSQL."""
    with _admin(postgres_folder) as admin:
        admin.execute("SELECT pg_advisory_lock(1)")  # the processes of a distributed run come here together
        if admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone() is None:
            admin.execute(f"DROP DATABASE IF EXISTS {TEMPLATE}_building")  # of one whose migration failed
            admin.execute(f"CREATE DATABASE {TEMPLATE}_building")
            _upgrade(_postgres_url(postgres_folder, f"{TEMPLATE}_building"))
            _disconnect(admin, f"{TEMPLATE}_building")
            admin.execute(f"ALTER DATABASE {TEMPLATE}_building RENAME TO {TEMPLATE}")
    return TEMPLATE


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite file, in one piece."""
    folder = tmp_path_factory.mktemp("template")
    _upgrade(f"sqlite:///{folder / 'built.db'}")
    whole = folder / "template.db"
    # By the backup interface: what was committed may still stand in the write-ahead log beside the file.
    with sqlite3.connect(folder / "built.db") as source, sqlite3.connect(whole) as target:
        source.backup(target)
    source.close()
    target.close()
    return whole


def copied(database: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """A database of this kind, migrated and empty, for as long as the iteration is open: its address."""
    if database == "sqlite":
        shutil.copyfile(request.getfixturevalue("sqlite_template"), folder / "test.db")
        yield f"sqlite:///{folder / 'test.db'}"
        return
    socket_folder, template = request.getfixturevalue("postgres_folder"), request.getfixturevalue("postgres_template")
    name = f"test_{uuid4().hex}"
    with _admin(socket_folder) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
    yield _postgres_url(socket_folder, name)
    with _admin(socket_folder) as admin:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _upgrade(url: str) -> None:
    # Imported here: the tests of the engine and of the forms must run without the store.
    from service.cli import db

    db.upgrade(url)


def _own_server(config: pytest.Config) -> PostgresServer:
    if SERVER not in config.stash:
        config.stash[SERVER] = PostgresServer.start()
    return config.stash[SERVER]


def _admin(socket_folder: str) -> psycopg.Connection[tuple[Any, ...]]:
    return psycopg.connect(host=socket_folder, user="pingshen", dbname="postgres", autocommit=True)


def _disconnect(admin: psycopg.Connection[tuple[Any, ...]], database: str) -> None:
    """End connections that a pool kept open: a database in use is no template."""
    admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [database])


def _postgres_url(socket_folder: str, database: str) -> str:
    return f"postgresql+psycopg://pingshen@/{database}?host={socket_folder}"
