"""Backup and restore, with a leave request in the middle."""

import json
import shutil
import tarfile
from dataclasses import replace
from hashlib import sha256

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


def test_attachments_come_back_to_where_this_installation_keeps_them(archive, tmp_path):
    target = replace(elsewhere(tmp_path / "new"), upload_dir=tmp_path / "another disk")

    backups.restore(target, archive)

    assert (tmp_path / "another disk" / "abc").read_bytes() == b"scan"


def test_a_backup_that_names_files_outside_is_refused(tmp_path):
    (tmp_path / "outside").write_bytes(b"mine")
    manifest = {"kind": "sqlite", "files": {"../outside": sha256(b"mine").hexdigest()}}
    (tmp_path / "manifest.json").write_text(json.dumps(manifest))
    with tarfile.open(tmp_path / "bad.tar.gz", "w:gz") as bad:
        bad.add(tmp_path / "manifest.json", "manifest.json")

    with pytest.raises(BadArgument):
        backups.restore(elsewhere(tmp_path / "new"), tmp_path / "bad.tar.gz")


def test_a_backup_is_readable_by_its_owner_only_also_over_an_older_file(archive, tmp_path):
    older = tmp_path / "older.tar.gz"
    older.touch(mode=0o644)

    backups.backup(keys.config(), older)

    assert older.stat().st_mode & 0o777 == 0o600
