"""What was worked out over records is worked out again, and whatever differs is named."""

import pytest
from sqlalchemy import text

from service.cli.main import main
from service.models import ProcessInstance
from service.operations import recomputing
from tests.support import evidence

pytestmark = pytest.mark.both_databases


@pytest.fixture(scope="module")
def happened(office):
    evidence.furnish(office)
    return evidence.happen(office)


@pytest.fixture
def altered(office):
    """Recomputes an instance after statements that nobody commits, as somebody with the database's password would."""

    def alter(key, *statements):
        with office.database.writing() as session:
            if office.database.is_sqlite:
                session.execute(text("DROP TRIGGER events_refuse_update"))
            else:
                session.execute(text("SET LOCAL session_replication_role = replica"))
            for statement in statements:
                assert session.execute(text(statement), {"key": key}).rowcount
            found = recomputing.recompute(session, session.get_one(ProcessInstance, key))
            session.rollback()
            return found

    return alter


def recomputed(office, key):
    with office.database.reading() as session:
        return recomputing.recompute(session, session.get_one(ProcessInstance, key))


def test_the_records_still_give_the_recorded_results(office, happened, capsys):
    assert recomputed(office, happened.booking) == recomputing.Recomputed(1, 0, ())
    assert recomputed(office, happened.report) == recomputing.Recomputed(0, 0, ())
    assert main(["history", "recompute"]) == 0
    assert capsys.readouterr().out == "2 evaluations, 0 differ, 0 rest on records that were erased\n"


def test_a_version_that_was_changed_is_named(altered, happened):
    found = altered(
        happened.booking,
        "UPDATE record_versions SET data = replace(data, '2026-12-01', '2026-12-03') WHERE instance_key = :key",
    )

    assert found.different == ("event 3, add_up: version 2 of bookings B-2026-001 is not what was read",)


def test_a_version_that_is_gone_is_named(altered, happened):
    found = altered(happened.booking, "DELETE FROM record_versions WHERE instance_key = :key")

    assert found.evaluations == 1
    assert "is not there" in found.different[0]


def test_a_result_that_was_changed_is_named(altered, happened):
    found = altered(
        happened.booking,
        r"""UPDATE events SET body = replace(body, '"result":"\u00010.1"', '"result":"\u00010.2"')
        WHERE instance_key = :key AND seq = 3""",
    )

    assert found.different == ("event 3, add_up: the records give another result",)


def test_a_version_that_was_erased_is_counted(altered, happened):
    found = altered(
        happened.booking,
        "UPDATE record_versions SET data = '{}', erased_at = '2027-01-01 00:00:00' WHERE instance_key = :key",
    )

    assert found == recomputing.Recomputed(1, 1, ())
