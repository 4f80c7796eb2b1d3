"""A store with a release of the foreign registers in `tests/diagrams/rooms`, and a process instance to write for."""

import json
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from service import db, releases
from service.connectors import AFTER_COMMIT, IN_STEP, ConnectorCall
from service.engine.calendar import from_days
from service.engine.types import JobWait
from service.models import Account, Content, ProcessInstance, Release, ReleaseEntry, Resource
from service.registers import writing
from service.registers.refusals import Authority
from service.values import variables

ROOMS = Path(__file__).resolve().parents[1] / "diagrams" / "rooms"
MONDAY = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
#: Monday to Friday of 2026.
CALENDAR = from_days({day: day.weekday() < 5 for day in (date(2026, 1, 1) + timedelta(days=n) for n in range(365))})


@pytest.fixture
def store(fresh_database_url):
    """The database, with the release and people in it."""
    database = db.database(fresh_database_url)
    with database.writing() as session:
        deploy(session)
        people(session, "ada", "bob", "cleo", "dan")
        session.commit()
    yield database
    database.dispose()


@pytest.fixture
def session(store):
    """A writing session; what the test does not commit is gone."""
    with store.writing() as session:
        yield session


@pytest.fixture
def authority(session):
    """Ada writes on a Monday."""
    return authority_of(session)


def authority_of(session: Session, actor: str | None = "ada") -> Authority:
    library = releases.newest(session)
    assert library is not None
    return Authority(library, CALENDAR, MONDAY, actor)


def deploy(session: Session, folder: Path = ROOMS, **replaced: bytes) -> int:
    """A release of every register and decision in a folder; each DMN file here holds one decision."""
    key = db.new_key(session)
    session.add(Release(key=key, content_hash=str(key), deployed_at=MONDAY, deployed_by="ada"))
    session.flush()
    for path in sorted(folder.iterdir()):
        kind = {".json": "register", ".dmn": "decision"}.get(path.suffix)
        if kind is not None:
            name = path.name.partition(".")[0]
            resource(session, key, kind, name, replaced.get(name, path.read_bytes()))
    return key


def resource(session: Session, release_key: int, kind: str, name: str, data: bytes) -> int:
    digest = sha256(data).hexdigest()
    if session.get(Content, digest) is None:
        session.execute(insert(Content), [{"hash": digest, "data": data}])
    version = len(
        session.scalars(select(Resource.key).where(Resource.kind == kind, Resource.resource_id == name)).all()
    )
    key = db.new_key(session)
    row = {"key": key, "release_key": release_key, "kind": kind, "resource_id": name, "version": version + 1}
    session.execute(insert(Resource), [row | {"name": name, "file_name": name, "hash": digest, "facts": {}}])
    session.execute(insert(ReleaseEntry), [{"release_key": release_key, "resource_key": key}])
    return key


def people(session: Session, *names: str, **identities: str) -> None:
    for name in names:
        session.add(
            Account(
                username=name,
                name=name.title(),
                identity=identities.get(name, name),
                language="zh-CN",
                active=True,
                created_at=MONDAY,
            )
        )
    session.flush()


def instance(session: Session, parent: ProcessInstance | None = None) -> ProcessInstance:
    """The row of a process instance, as a writer of records and an owner of boxes needs it."""
    release = releases.newest(session)
    assert release is not None
    key = db.new_key(session)
    definition = resource(session, release.key, "process", f"visit_{key}", b"<definitions id='%d'/>" % key)
    made = ProcessInstance(
        key=key,
        definition_key=definition,
        process_id="visit",
        release_key=release.key,
        root_key=parent.key if parent else key,
        status="ACTIVE",
        state=b"",
        version=1,
        tags=[],
        attributes={},
        started_at=MONDAY,
    )
    session.add(made)
    session.flush()
    return made


def room(session: Session, name: str = "blue", **data) -> None:
    writing.create(session, authority_of(session), "rooms", variables({"name": name, **data}))


def booking(session: Session, name: str, day: str, *, of: str = "blue", **data):
    values = variables({"room": of, "day": day, **data})
    return writing.create(session, authority_of(session), "bookings", values, record_id=name)


def confirm(session: Session, name: str):
    return writing.transition(session, authority_of(session), "bookings", name, "CONFIRMED")


def call(session: Session, type: str, inputs=None, *, headers=None, of: ProcessInstance | None = None, now=MONDAY):
    """Run a connector as a service task of `of` would."""
    owner = of or instance(session)
    wait = JobWait(7, "task", "Task", type, 3, headers or {}, variables(inputs or {}))
    library = releases.newest(session)
    assert library is not None
    return {**IN_STEP, **AFTER_COMMIT}[type](
        ConnectorCall(session, library, CALENDAR, owner.key, owner.root_key, wait, now, "ada")
    )


def declaration(name: str = "bookings") -> dict:
    return json.loads((ROOMS / f"{name}.register.json").read_text(encoding="utf-8"))
