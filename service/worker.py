"""The worker process: does due jobs until it is told to stop. Several may run at once."""

import logging
import os
import secrets
import signal
import socket
import threading
import time
from pathlib import Path
from random import Random

from service import db, keys, logs
from service.operations import housekeeping, mails, notifications, runner
from service.operations.sequencing import Sequencer

log = logging.getLogger("service.worker")
#: How long an idle worker sleeps. Follow-ups of a request are drained by the request itself.
IDLE_SECONDS = 0.25
HOUSEKEEPING_SECONDS = 60.0
#: How often is looked whether events wait for a signed head.
SEQUENCING_SECONDS = 5.0
#: How often is looked for what people are to be told, and for mails that are due.
TELLING_SECONDS = 10.0


def work_until(stop: threading.Event, url: str, heads: Path) -> None:
    """Take and do due jobs of the database at `url` until `stop` is set; a job under way is finished first.

    Besides, puts events into the tree, and hands its signed heads out to the folder `heads`.
    """
    name = f"{socket.gethostname()}-{os.getpid()}"
    random = Random(secrets.randbits(64))
    database = db.database(url)
    sequencer, sequenced_at = Sequencer(database, heads), -SEQUENCING_SECONDS
    idle_for = HOUSEKEEPING_SECONDS
    while not stop.is_set():
        try:
            busy = runner.work(database, name, random) > 0
            if idle_for >= HOUSEKEEPING_SECONDS:
                housekeeping.sweep(database)
                idle_for = 0.0
        except Exception:
            log.exception("the worker could not take jobs; it tries again")
            busy = False
        if time.monotonic() >= sequenced_at + SEQUENCING_SECONDS:
            _sequence(sequencer)
            sequenced_at = time.monotonic()
        if not busy:
            idle_for += IDLE_SECONDS
            stop.wait(IDLE_SECONDS)


def _sequence(sequencer: Sequencer) -> None:
    try:
        sequencer.tick()
    except Exception:  # heads wait; jobs must not
        log.exception("the tree of events could not be brought up to date; it is tried again")


def tell_until(stop: threading.Event, url: str) -> None:
    """Find what people are to be told and send the mails that are due, until `stop` is set.

    In a thread of its own: a mail server that is away must not keep jobs waiting.
    """
    database, random = db.database(url), Random(secrets.randbits(64))
    while not stop.is_set():
        try:
            notifications.look(database)
            mails.send_due(database, keys.config(), random)
        except Exception:
            log.exception("notifications could not be written or sent; it is tried again")
        stop.wait(TELLING_SECONDS)


def main() -> None:
    """Run one worker in this process until SIGTERM or SIGINT."""
    logs.configure(keys.config())
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    # A daemon: a mail that hangs does not keep the worker from stopping; it is sent again after its lease.
    threading.Thread(target=tell_until, args=(stop, keys.config().database_url), daemon=True).start()
    work_until(stop, keys.config().database_url, keys.config().heads_dir)


if __name__ == "__main__":
    main()
