"""Answering only when an instance has ended: `awaitCompletion`."""

import time
from datetime import timedelta

import orjson
from flask import Response, g
from sqlalchemy import select

from service import values
from service.db import Database
from service.errors import ServiceError
from service.models import ProcessInstance, Variable

#: How long a caller waits who names no time, and the most that one may.
DEFAULT, LONGEST = timedelta(seconds=10), timedelta(seconds=60)
LOOK_EVERY = 0.1


class NotInTime(ServiceError):
    """The instance was started but did not end in time."""

    status, code, title = 504, "DEADLINE_EXCEEDED", "DEADLINE_EXCEEDED"
    message = "The process instance %(key)s was started but has not ended in time."


def for_completion(instance_key: int, fetch: list[str], timeout_ms: int) -> None:
    """Ask the rim to answer only when the instance has ended, with the variables named in `fetch` (all if empty)."""
    timeout = timedelta(milliseconds=timeout_ms) if timeout_ms > 0 else DEFAULT
    g.await_completion = (instance_key, fetch, min(timeout, LONGEST))


def completed(database: Database, response: Response, key: int, fetch: list[str], timeout: timedelta) -> Response:
    """The answer with the variables put in, once the instance has ended. Holds no transaction while it waits.

    Raises `NotInTime`.
    """
    end = time.monotonic() + timeout.total_seconds()
    while True:
        with database.reading() as session:
            status = session.scalar(select(ProcessInstance.status).where(ProcessInstance.key == key))
            if status != "ACTIVE":
                rows = session.execute(select(Variable.name, Variable.value).where(Variable.scope_key == key)).all()
                given = {name: values.from_json(value) for name, value in rows if not fetch or name in fetch}
                body = orjson.loads(response.get_data()) | {"variables": given}
                response.set_data(values.to_json(body))
                return response
        if time.monotonic() > end:
            raise NotInTime(key=key)
        time.sleep(LOOK_EVERY)
