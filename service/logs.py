"""Structured logs on standard error: one JSON object a line, without personal data.

A message is a fixed sentence; what varies goes into `fields`, and only the names of `FIELDS` pass.
So no body, form value, title or user name can slip into a log by way of a format string. Where the
text of an exception could carry a value ("Key (username)=(anna) already exists"), its type and
frames are written and, in production, its text is not.

    log.info("step recorded", extra=fields(instance_key=key, duration_ms=3.2))
"""

import hashlib
import hmac
import logging
import logging.config
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import orjson

from service.config import Config

#: Everything that may vary in a line. A new name needs the question: can a person be read from it?
FIELDS = frozenset(
    {
        "request_id", "method", "route", "status", "duration_ms", "code", "user",
        "instance_key", "element_id", "job_key", "job_type", "attempt", "release_key",
        "count", "database", "version", "signal",
    }
)  # fmt: skip

_bound: ContextVar[dict[str, Any]] = ContextVar("log_fields", default={})  # noqa: B039  (never mutated)

ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


def fields(**values: Any) -> dict[str, Any]:
    """The `extra` of a log call. Raises `ValueError` for a name that is not in `FIELDS`."""
    unknown = values.keys() - FIELDS
    if unknown:
        raise ValueError(f"not a log field: {', '.join(sorted(unknown))}")
    return {"fields": values}


@contextmanager
def bound(**values: Any) -> Iterator[None]:
    """Add fields to every line written inside the block, in this thread and context."""
    token = _bound.set(_bound.get() | fields(**values)["fields"])
    try:
        yield
    finally:
        _bound.reset(token)


def pseudonym(name: str, key: bytes) -> str:
    """A stand-in for a user name: the same name gives the same twelve digits, and not back.

    `key` is `derive_key(secret, "log")`: without it the short list of names could be tried out.
    """
    return hmac.new(key, name.encode(), hashlib.sha256).hexdigest()[:12]


class JsonFormatter(logging.Formatter):
    """One line of JSON per record.

    `texts`: write the texts of exceptions too. For development, where no record is about a real person.
    """

    def __init__(self, *, texts: bool = False) -> None:
        super().__init__()
        self._texts = texts

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
            "pid": record.process,
        }
        line |= _bound.get()
        line |= getattr(record, "fields", {})
        if record.exc_info:
            line["error"] = error_of(record.exc_info)
            if self._texts:
                line["error"]["text"] = str(record.exc_info[1])
        return orjson.dumps(line, default=str).decode()


def error_of(exc_info: ExcInfo) -> dict[str, Any]:
    """Type, cause and frames of an exception, without its text."""
    kind, error, trace = exc_info
    if kind is None or error is None:
        return {}
    found: dict[str, Any] = {"type": f"{kind.__module__}.{kind.__qualname__}"}
    frames = []
    while trace is not None:
        code = trace.tb_frame.f_code
        frames.append(f"{code.co_filename}:{trace.tb_lineno} {code.co_name}")
        trace = trace.tb_next
    found["frames"] = frames
    cause = error.__cause__ or error.__context__
    if cause is not None and cause is not error:
        found["cause"] = f"{type(cause).__module__}.{type(cause).__qualname__}"
    return found


def settings(config: Config) -> dict[str, Any]:
    """The logging set-up as data, for `configure` and for gunicorn's `logconfig_dict`."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "service.logs.JsonFormatter", "texts": not config.production}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json", "stream": "ext://sys.stderr"}},
        "root": {"level": config.log_level, "handlers": ["stderr"]},
        "loggers": {
            "gunicorn.error": {"level": config.log_level, "handlers": [], "propagate": True},
            "gunicorn.access": {"level": "CRITICAL", "handlers": [], "propagate": False},
            "alembic": {"level": "WARNING"},
        },
    }


def configure(config: Config) -> None:
    """Send the logs of this process to standard error."""
    # What no line shows is not looked for at each.
    logging.logThreads = logging.logMultiprocessing = False
    logging.config.dictConfig(settings(config))


def _message(record: logging.LogRecord) -> str:
    """The sentence of a record. From foreign loggers only numbers are let into a warning.

    A server warns with addresses and request lines, a database driver with values: the sentence
    and the numbers are what an operator needs.
    """
    if record.name.split(".")[0] == "service" or record.levelno < logging.WARNING or not record.args:
        return record.getMessage()
    if not isinstance(record.args, tuple):
        return str(record.msg)
    args = tuple(arg if isinstance(arg, int | float) else "…" for arg in record.args)
    try:
        return str(record.msg) % args
    except (TypeError, ValueError):
        return str(record.msg)
