"""A small office with a leave request deployed: what the store, API and page tests begin from."""

import base64
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.orm import Session

from service import access, db, keys
from service.access import User
from service.models import ProcessInstance
from service.operations import accounts, deployments, instances
from service.releases import latest

DIAGRAMS = Path(__file__).resolve().parents[1] / "diagrams"
#: 2026-11-23 is a Monday; 09:00 in Asia/Shanghai.
MONDAY = datetime(2026, 11, 23, 1, 0, tzinfo=UTC)
PASSWORD = "correct horse"
#: username → name and groups.
PEOPLE = {
    "anna": ("安娜", ["staff"]),
    "ben": ("本", ["staff"]),
    "grace": ("格蕾丝", ["managers"]),
    "henry": ("亨利", ["managers"]),
    "olga": ("奥尔加", [access.OPERATOR]),
    "ada": ("阿达", [access.ADMIN]),
    "dora": ("朵拉", [access.DEPLOYER]),
    "audrey": ("奥黛丽", [access.AUDITOR]),
    "wanda": ("万达", [access.WORKER]),
    "noah": ("诺亚", []),
}
#: Answers to the request's form that need a manager.
LONG_LEAVE = {"days": 2.5, "from": "2026-12-01", "kind": "annual", "reason": "回家看望父母"}


@dataclass(frozen=True)
class Office:
    """A database with people in it and the leave request deployed."""

    url: str

    @property
    def database(self) -> db.Database:
        """Its engine in this process."""
        return db.database(self.url)

    def user(self, username: str) -> User:
        """Somebody of `PEOPLE` with their groups."""
        with self.database.reading() as session:
            found = access.load_user(session, username)
        assert found is not None
        return found


def basic(username: str, password: str = PASSWORD) -> dict[str, str]:
    """The header of basic authentication."""
    token = base64.b64encode(f"{username}:{password}".encode()).decode()
    return {"Authorization": f"Basic {token}"}


def files(folder: str = "leave_request") -> dict[str, bytes]:
    """The deployable files of a folder of `tests/diagrams`."""
    return {path.name: path.read_bytes() for path in sorted((DIAGRAMS / folder).iterdir()) if path.suffix != ".md"}


@pytest.fixture(scope="module")
def data_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The service's data folder in this process: secret key, attachments, ballot keys."""
    folder = tmp_path_factory.mktemp("data")
    patch = pytest.MonkeyPatch()
    patch.setenv("PINGSHEN_DATA", str(folder))
    patch.setenv("PINGSHEN_CLOCK_PIN", "1")
    _forget_configuration()
    yield folder
    patch.undo()
    _forget_configuration()


@pytest.fixture(scope="module")
def office(database_url: str, data_folder: Path) -> Iterator[Office]:
    """An office on this module's database, with the leave request deployed by dora."""
    patch = pytest.MonkeyPatch()
    patch.setenv("DATABASE_URL", database_url)
    _forget_configuration()
    office = Office(database_url)
    furnish(office)
    yield office
    office.database.dispose()
    patch.undo()
    _forget_configuration()


def furnish(office: Office) -> None:
    """Put people and procedure into an empty database."""
    with office.database.writing() as session:
        accounts.ensure_groups(session, [("staff", "员工"), ("managers", "经理")])
        for username, (name, groups) in PEOPLE.items():
            accounts.create_account(session, username, name, PASSWORD, groups, now=MONDAY)
        session.commit()
    with office.database.writing() as session:
        deployments.deploy(session, files(), office.user("dora"), now=MONDAY)
        session.commit()


@pytest.fixture
def session(office: Office) -> Iterator[Session]:
    """A writing session; what a test does not commit is gone."""
    with office.database.writing() as session:
        yield session


@pytest.fixture
def instance(session: Session, office: Office) -> ProcessInstance:
    """A leave request that waits for anna's form; not committed."""
    process = latest(session, "process", "leave_request")
    assert process is not None
    return instances.start_instance(session, process, {}, office.user("ada"), now=MONDAY)


@pytest.fixture
def client(office: Office) -> Any:
    """The application's test client; `basic(username)` makes the headers."""
    from service.app import create_app

    return create_app().test_client()


def _forget_configuration() -> None:
    keys.config.cache_clear()
    keys.key.cache_clear()
