"""A worker that dies: `python -m tests.support.mortal` runs the worker and lets it die by SIGKILL, again and again.

Nothing of this is in the service. `arm` wraps functions of the service in this very process, so that it dies when
one of them is reached for the n-th time, n drawn anew for each life; `mortal_web` does the same to gunicorn's
processes. Each death leaves a line in the file that `MORTAL_LOG` names. `MORTAL_AT` narrows where they die, for a test
whose work may be done before a death by the clock: names of `POINTS`, separated by commas.
"""

import os
import random
import signal
import sys
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from service import worker
from service.operations import runner, waits

#: Where a life may end; `at random` is by the clock, wherever the threads are at that moment.
POINTS = {
    "web": ("in record", "before commit", "after commit", "between follow-ups", "at random"),
    "worker": ("lease taken", "in record", "before commit", "after commit", "at random"),
}
#: A life ends after at most so many passes of its point, or so many seconds.
MOST_PASSES, LONGEST_LIFE_S = 15, 2.5
#: Leases of the dead run out soon, so that the next life meets them.
LEASE = timedelta(seconds=1)


def arm(kind: str) -> None:
    """Draw how this process will die."""
    chance = random.Random(os.urandom(8))
    point = chance.choice(os.environ.get("MORTAL_AT", ",".join(POINTS[kind])).split(","))
    runner.LEASE = LEASE
    if point == "at random":
        seconds = chance.uniform(0.1, LONGEST_LIFE_S)
        timer = threading.Timer(seconds, die, [kind, point])
        timer.daemon = True
        timer.start()
        return
    pass_by = _countdown(chance.randint(1, MOST_PASSES), lambda: die(kind, point))
    if point == "in record":
        _wrap(waits, "write", after=lambda *_: pass_by())
    elif point == "before commit":
        _wrap(Session, "commit", before=lambda session: _is_step(session) and pass_by())
    elif point == "after commit":
        _wrap_commit(pass_by)
    elif point == "between follow-ups":
        _wrap(runner, "_next_of", before=lambda *_: pass_by())
    else:
        _wrap(runner, "attempt", before=lambda *_: pass_by())


def die(kind: str, point: str) -> None:
    """End this process as `kill -9` does."""
    with open(os.environ["MORTAL_LOG"], "a", encoding="utf-8") as log:
        log.write(f"{kind}: {point}\n")
    os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """Live as a worker, die, be born again by a fork of this process, which imported everything once."""
    while True:
        child = os.fork()
        if child == 0:
            arm("worker")
            worker.main()
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if not os.WIFSIGNALED(status):
            sys.exit(os.waitstatus_to_exitcode(status))


def _is_step(session: Session) -> bool:
    """Whether this transaction moves an instance."""
    return bool(session.info.get("roots"))


def _countdown(passes: int, at_zero: Callable[[], None]) -> Callable[[], None]:
    left = [passes]
    guard = threading.Lock()

    def pass_by() -> None:
        with guard:
            left[0] -= 1
            if left[0] == 0:
                at_zero()

    return pass_by


def _wrap(owner: Any, name: str, *, before: Callable[..., Any] | None = None, after: Any = None) -> None:
    real = getattr(owner, name)

    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if before is not None:
            before(*args)
        result = real(*args, **kwargs)
        if after is not None:
            after(*args)
        return result

    setattr(owner, name, wrapper)


def _wrap_commit(pass_by: Callable[[], None]) -> None:
    """After the commit, before anybody is told of it: what idempotency keys are for."""
    real = Session.commit

    def commit(session: Session) -> None:
        step = _is_step(session)
        real(session)
        if step:
            pass_by()

    Session.commit = commit  # type: ignore[method-assign]


if __name__ == "__main__":
    main()
