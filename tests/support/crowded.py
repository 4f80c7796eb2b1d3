"""An office whose inboxes are full: copies of one real task, written past the operations."""

from datetime import timedelta
from typing import Any

from sqlalchemy import insert, inspect, select, text

from service import db
from service.models import Candidate, ProcessInstance, UserTask
from service.models.base import Base
from service.operations.instances import start_instance
from service.releases import latest
from tests.support.leave import MONDAY, Office

_AT_ONCE = 5_000


def crowd(office: Office, tasks: int, *, mine: int = 0, owner: str = "anna") -> None:
    """So many leave requests more, each with its open task, offered to the staff; the first `mine` taken by `owner`.

    Every tenth is overdue and every third due some day; every hundredth is urgent.
    """
    with office.database.writing() as session:
        process = latest(session, "process", "leave_request")
        assert process is not None
        first = start_instance(session, process, {}, office.user("ada"), now=MONDAY)
        task = session.scalars(select(UserTask).filter_by(instance_key=first.key)).one()
        case, work = _columns(first), _columns(task)
        offered = list(session.scalars(select(Candidate.who).filter_by(task_key=task.key)))
        session.commit()
    for begin in range(0, tasks, _AT_ONCE):  # a transaction each: a unit of work has a reserve of so many keys
        with office.database.writing() as session:
            cases: list[dict[str, Any]] = []
            works: list[dict[str, Any]] = []
            for number in range(begin, min(begin + _AT_ONCE, tasks)):
                key = db.new_key(session)
                cases.append(case | {"key": key, "root_key": key, "business_id": f"QJ-{number:06}"})
                works.append(
                    work
                    | {"key": key + work["key"] - case["key"], "instance_key": key, "root_key": key}
                    | {"assignee": owner if number < mine else None}
                    | {"priority": 80 if number % 100 == 0 else 50}
                    | {"created_at": MONDAY - timedelta(minutes=number)}
                    | {"due_at": _due(number)}
                )
            session.execute(insert(ProcessInstance), cases)
            session.execute(insert(UserTask), works)
            session.execute(insert(Candidate), [{"task_key": w["key"], "who": who} for w in works for who in offered])
            session.commit()
    with office.database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("ANALYZE"))  # PostgreSQL does so by itself, a little later


def _due(number: int) -> Any:
    if number % 10 == 0:
        return MONDAY - timedelta(hours=number % 500)
    return MONDAY + timedelta(hours=number % 2000) if number % 3 == 0 else None


def _columns(row: Base) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in inspect(type(row)).column_attrs}
