"""SQLite on a network file system loses data in silence, so the service does not start there."""

from pathlib import Path

import pytest

from service import db
from service.config import ConfigError

#: As Linux writes /proc/mounts: device, place, type, options, two zeros.
MOUNTS = """\
/dev/vda1 / ext4 rw,relatime 0 0
tmpfs /run tmpfs rw 0 0
server:/export /srv/shared nfs4 rw,vers=4.2 0 0
/dev/vdb1 /srv/shared/local xfs rw 0 0
//host/award /mnt/award\\040data cifs rw 0 0
user@host: /mnt/far fuse.sshfs rw 0 0
portal /mnt/portal fuse.portal rw 0 0
"""


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/var/lib/pingshen.db", None),
        ("/srv/shared/pingshen.db", "nfs4"),
        ("/srv/shared/local/pingshen.db", None),  # the innermost mount counts
        ("/srv/shared-not/pingshen.db", None),
        ("/mnt/award data/pingshen.db", "cifs"),
        ("/mnt/far/pingshen.db", "fuse.sshfs"),
        ("/mnt/portal/pingshen.db", None),
    ],
)
def test_the_innermost_mount_decides(path, kind):
    assert db.network_filesystem(Path(path), MOUNTS) == kind


def test_a_database_on_the_network_is_refused_before_it_is_opened(tmp_path, monkeypatch):
    monkeypatch.setattr(db, "network_filesystem", lambda path, mounts: "nfs4")

    with pytest.raises(ConfigError, match="nfs4"):
        db.Database(f"sqlite:///{tmp_path / 'pingshen.db'}")

    assert not (tmp_path / "pingshen.db").exists()
