"""A stage without server and worker: requests go to the application in this very process, which does the due work too.

Much quicker, and no rehearsal of the serving itself.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from service import db
from service.app import create_app
from service.cli.rehearsal.stage import Answer, Stage, decoded, prepare, settings
from service.operations import runner


@dataclass
class Indoors(Stage):
    """The same stage, with the application's own test client in place of HTTP."""

    client: Any = field(default_factory=lambda: create_app().test_client())

    def _send(self, username: str, method: str, path: str, data: bytes, content_type: str | None) -> Answer:
        self.requests += 1
        answer = self.client.open(path, method=method, data=data, headers=self._headers(username, content_type))
        return Answer(answer.status_code, decoded(answer.data))

    def _work(self) -> None:
        while runner.work(db.database(self.database_url), "rehearsal", Random(0)):
            pass


@contextmanager
def indoor_stage(root: Path, at: datetime, database_url: str | None = None) -> Iterator[Stage]:
    """Like `private_stage`, in this process."""
    with TemporaryDirectory(prefix="rehearsal-") as folder:
        url = database_url or f"sqlite:///{folder}/rehearsal.db"
        with settings({"DATABASE_URL": url, "PINGSHEN_DATA": folder}):
            try:
                tokens, passwords = prepare(url, root, at)
                yield Indoors("", url, tokens, passwords)
            finally:
                db.database(url).dispose()
