"""How gunicorn serves the platform: `gunicorn -c python:service.gunicorn_conf 'service.app:create_app()'`.

The application is loaded in each worker, after the fork: nothing that must not be shared, neither a
database connection nor the expression host, exists before it, and a reload by SIGHUP takes new code.
"""

import os
from typing import TYPE_CHECKING

from service import logs
from service.config import Config

if TYPE_CHECKING:
    from gunicorn.arbiter import Arbiter
    from gunicorn.workers.base import Worker

_config = Config.from_env()

bind = f"{_config.host}:{_config.port}"
worker_class = "gthread"
workers = _config.web_workers
threads = _config.web_threads
preload_app = False

# A worker that answers nothing for a minute is replaced; one that is told to stop may finish its requests.
timeout = 60
graceful_timeout = 20
keepalive = 5
# No `max_requests`: a restart under load costs people their request, and memory is held by a test.

# The heartbeat file must not lie on a disk: a busy disk would look like a dead worker.
worker_tmp_dir = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108
# The management socket of newer versions would be one more door, shared by all servers of an account.
control_socket_disable = True

# The application writes its own line per request, with the route's template in place of the address.
accesslog = None
logconfig_dict = logs.settings(_config)


def child_exit(server: "Arbiter", worker: "Worker") -> None:
    """Forget the gauges of a worker that is gone, where metrics are shared between processes."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
