"""gunicorn's settings of the service, with processes that die: `gunicorn -c python:tests.support.mortal_web …`."""

from typing import Any

# Imported before the fork, so that a process is born quickly; nothing of it opens anything.
import service.app  # noqa: F401
from service.gunicorn_conf import *  # noqa: F403
from tests.support import mortal


def post_fork(server: Any, worker: Any) -> None:
    """A new process, which will die."""
    mortal.arm("web")
