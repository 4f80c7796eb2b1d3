"""Backup and restore, with a leave request in the middle."""

import shutil
from dataclasses import replace

import pytest
from sqlalchemy import func, select

from service import db, keys
from service.errors import BadArgument
from service.models import Event, ProcessInstance
from service.operations import backups, histories, instances
from service.releases import latest
from tests.support.leave import MONDAY


@pytest.fixture
def archive(office, data_folder, tmp_path):
    """A backup of an office with a running leave request and an attachment."""
    with office.database.writing() as session:
        process = latest(session, "process", "leave_request")
        instances.start_instance(session, process, {}, office.user("ada"), now=MONDAY)
        session.commit()
    (data_folder / "uploads").mkdir(exist_ok=True)
    (data_folder / "uploads" / "abc").write_bytes(b"scan")
    keys.key("state")
    backups.backup(keys.config(), tmp_path / "all.tar.gz")
    return tmp_path / "all.tar.gz"


def elsewhere(folder):
    """The configuration of an empty installation."""
    here = keys.config()
    return replace(
        here,
        data_dir=folder,
        secret_key_file=folder / "secret.key",
        upload_dir=folder / "uploads",
        database_url=f"sqlite:///{folder / 'restored.db'}",
    )


def test_what_was_backed_up_comes_back_with_keys_and_attachments(office, archive, tmp_path):
    target = elsewhere(tmp_path / "new")

    backups.restore(target, archive)

    assert target.secret() == keys.config().secret()
    assert (target.upload_dir / "abc").read_bytes() == b"scan"
    with db.database(target.database_url).reading() as session, office.database.reading() as before:
        [instance] = session.scalars(select(ProcessInstance)).all()
        assert histories.verify(session, instance).valid
        assert histories.replay(session, instance).same
        counted = select(func.count()).select_from(Event)
        assert session.scalar(counted) == before.scalar(counted)


def test_a_damaged_backup_is_refused_whole(archive, tmp_path):
    data = bytearray(archive.read_bytes())
    data[len(data) // 2] ^= 1
    archive.write_bytes(bytes(data))
    target = elsewhere(tmp_path / "new")

    with pytest.raises(BadArgument):
        backups.restore(target, archive)

    assert not (tmp_path / "new").exists()


def test_a_full_installation_is_not_overwritten(archive, tmp_path):
    target = elsewhere(tmp_path / "new")
    backups.restore(target, archive)

    with pytest.raises(BadArgument):
        backups.restore(target, archive)
    shutil.rmtree(tmp_path / "new")
