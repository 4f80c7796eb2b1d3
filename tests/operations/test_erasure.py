"""Personal values are erased when their time has passed: nothing of them is left, and everything still proves."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from service import access, keys
from service.cli.main import main
from service.errors import Forbidden, NotFound
from service.history.verify_bundle import Check
from service.models import Base, Document, Event, ProcessInstance, Record, Submission
from service.operations import accounts, clocks, deployments, documents, erasure, histories, sequencing, trees
from service.registers import reading
from tests.support import evidence
from tests.support.evidence import PAPER, PHONE
from tests.support.leave import MONDAY, PASSWORD, files

pytestmark = pytest.mark.both_databases
LATER = MONDAY + timedelta(days=366)
FILE_NAME = "合同-张三.txt"


KEPT = b'<zeebe:property name="retention" value="P1Y" />'
#: Diagram → where its process says that personal values are kept for a year, and what stands there then.
RETENTION = {
    "booking.bpmn": (
        b'<bpmn:startEvent id="start"',
        b"<bpmn:extensionElements><zeebe:properties>%s</zeebe:properties></bpmn:extensionElements>"
        b'<bpmn:startEvent id="start"' % KEPT,
    ),
    "report.bpmn": (b"<zeebe:properties>", b"<zeebe:properties>" + KEPT),
}


@pytest.fixture(scope="module")
def house(office):
    evidence.furnish(office)
    with office.database.writing() as session:
        accounts.create_account(session, "arne", "阿尔内", PASSWORD, [access.ARCHIVIST], now=MONDAY)
        sources = {**files("rooms"), **files("report")}
        for name, (place, said) in RETENTION.items():
            sources[name] = sources[name].replace(place, said, 1)
        deployments.deploy(session, sources, office.user("dora"), now=MONDAY)
        session.commit()
    return office


@pytest.fixture(scope="module")
def happened(house):
    found = evidence.happen(house, paper=FILE_NAME)
    with house.database.writing() as session:
        for key in (found.booking, found.report, found.parent):
            evidence.do(session, house, key, {}, "ben")
        session.commit()
    return found


def everything(office):
    """All that stands in the database and in the folders of data, as bytes."""
    if not office.database.is_sqlite:
        with office.database.reading() as session:
            for table in Base.metadata.sorted_tables:
                for row in session.execute(select(table)):
                    yield table.name, repr(tuple(row)).encode()
    else:
        path = Path(office.database.url.removeprefix("sqlite:///"))
        for each in path.parent.glob(f"{path.name}*"):
            yield each.name, each.read_bytes()
    for each in keys.config().data_dir.rglob("*"):
        if each.is_file():
            yield each.name, each.read_bytes()


def holding(office, *canaries):
    return {name for name, data in everything(office) for canary in canaries if canary in data}


def at(office, key, **values):
    with office.database.writing() as session:
        done = erasure.erase(session, key, office.user("arne"), "保存期满", now=values.get("now", LATER))
        session.commit()
        return done


def test_nothing_is_erased_before_its_time_nor_by_others(house, happened):
    with house.database.writing() as session:
        instance = session.get_one(ProcessInstance, happened.booking)
        ended = instance.ended_at
        with pytest.raises(erasure.StillKept, match="2027-11-23"):
            erasure.erase(session, happened.booking, house.user("arne"), "x", now=ended + timedelta(days=364))
        for other in ("ada", "olga", "audrey", "dora"):
            with pytest.raises(Forbidden):
                erasure.erase(session, happened.booking, house.user(other), "x", now=LATER)
        with pytest.raises(erasure.NoRetention):
            erasure.erase(session, happened.parent, house.user("arne"), "x", now=LATER)
        with pytest.raises(NotFound):
            erasure.erase(session, 4711, house.user("arne"), "x", now=LATER)
        session.rollback()


def test_after_the_erasure_nothing_is_left_and_everything_holds(house, happened, tmp_path):
    secrets = (PHONE.encode(), PAPER, FILE_NAME.encode())
    roots = [happened.booking, happened.report]
    before = evidence.bundle(house, roots)
    with house.database.reading() as session:
        listed = [each.key for each in erasure.due(session, now=LATER)]
        paper = session.scalars(select(Document.id)).one()
    # Another case has the same telephone number: its time has not come.
    with house.database.writing() as session:
        called = session.scalars(select(ProcessInstance.key).filter_by(parent_key=happened.parent)).one()
        session.execute(text("UPDATE submissions SET data = '{}' WHERE instance_key = :key"), {"key": called})
        session.execute(text("UPDATE records SET data = '{}' WHERE instance_key = :key"), {"key": called})
        session.execute(text("UPDATE record_versions SET data = '{}' WHERE instance_key = :key"), {"key": called})
        session.commit()
    assert holding(house, *secrets)

    erased = [at(house, key) for key in roots]
    erasure.scrub(house.database)
    sequencing.sequence(house.database, force=True)

    after = evidence.bundle(house, roots)
    assert listed == roots
    assert all(count > 0 for count in erased)
    assert holding(house, *secrets) == set()
    assert not any(secret in data for data in after.values() for secret in secrets)
    assert (Check(before).status, Check(after).status) == (0, 0)
    assert Check(after).withheld >= 3
    with house.database.reading() as session:
        assert trees.check(session).wrong == ()
        for key in roots:
            instance = session.get_one(ProcessInstance, key)
            assert histories.verify(session, instance).valid
            assert histories.replay(session, instance).same
            assert session.scalars(select(Event.actor).filter_by(instance_key=key, kind=erasure.ERASED)).all() == [
                "arne"
            ]
        assert erasure.due(session, now=LATER) == []
        with pytest.raises(NotFound):
            documents.visible_document(session, paper, house.user("audrey"))


def test_a_record_goes_on_without_its_personal_fields(house, happened):
    with house.database.reading() as session:
        made = select(Record).filter_by(register="bookings").where(Record.changed_by == "arne")
        record = session.scalars(made).one()
        versions = reading.versions(session, record.key)
        row = reading.find(session, "bookings", record.record_id)
        assert (row.data["room"], "phone" in row.data) == ("blue", False)
        assert [version.erased_at is None for version in versions] == [False] * (len(versions) - 1) + [True]
        assert row.hash == versions[-1].hash


def test_what_was_committed_to_cannot_be_guessed_at(house, happened):
    with house.database.reading() as session:
        rows = session.scalars(select(Submission).where(Submission.erased_at.is_not(None))).all()
        assert {row.salt for row in rows} == {""}
        open_rows = session.scalars(select(Submission).where(Submission.erased_at.is_(None))).all()
        assert all(len(row.salt) == 32 for row in open_rows)


def test_the_command_lists_and_erases(house, happened, capsys):
    fresh = evidence.report(house)
    with house.database.writing() as session:
        evidence.do(session, house, fresh, {}, "ben")
        clocks.pin(session, LATER)
        session.commit()

    assert main(["history", "due"]) == 0
    assert str(fresh) in capsys.readouterr().out
    assert main(["history", "erase", str(fresh), "--by", "olga", "--reason", "x"]) == 1
    assert main(["history", "erase", str(fresh), "--by", "arne", "--reason", "保存期满"]) == 0
    assert main(["history", "due"]) == 0
    assert "entries erased" in capsys.readouterr().out
    assert PAPER.decode() not in str(holding(house, PAPER))
