"""Completing a user task over WSGI, against the floor beside it, with many instances and with a long history."""

import pytest

from service.models import ProcessInstance
from tests.bench.figures import report
from tests.bench.steps import Series, Thirty

pytestmark = pytest.mark.both_databases

#: The bars of the project: times the floor, ms of CPU, statements.
MOST_RATIO, MOST_CPU_MS, MOST_STATEMENTS = 3.0, 8.0, 15
INSTANCES_MEASURED, TASKS_MEASURED, WARM_UP = 8, 25, 8


@pytest.fixture(scope="module")
def thirty(office):
    from service.app import create_app

    return Thirty(office, create_app())


@pytest.mark.parametrize(
    ("instances", "events"),
    [(10, 5), (10, 500), (10_000, 5), (10_000, 500)],
    ids=lambda number: str(number),
)
def test_completing_a_task(thirty, database, instances, events):
    ours, floor = Series(), Series()
    keys = [(thirty.begin(), thirty.begin()) for _ in range(INSTANCES_MEASURED)]
    thirty.multiply(keys[0][0], instances)
    for key, bare in keys:
        thirty.lengthen(key, events)
        for _ in range(WARM_UP if key == keys[0][0] else 0):
            thirty.complete(thirty.request(thirty.take(key)))
            thirty.floor(bare, thirty.open_number(bare))
        for _ in range(TASKS_MEASURED - WARM_UP):
            request, number = thirty.request(thirty.take(key)), thirty.open_number(bare)
            ours.measure(lambda request=request: thirty.complete(request))
            floor.measure(lambda bare=bare, number=number: thirty.floor(bare, number))
    request = thirty.request(thirty.take(key))
    statements = thirty.statements(lambda: thirty.complete(request))

    ratio = ours.median_wall / floor.median_wall
    report(
        f"a task of thirty completed, {database}, {instances} instances, {events} events",
        ratio=f"{ratio:.2f}",
        cpu_ratio=f"{ours.median_cpu / floor.median_cpu:.2f}",
        cpu_ms=f"{ours.median_cpu:.2f}",
        wall_ms=f"{ours.median_wall:.2f}",
        floor_ms=f"{floor.median_wall:.2f}",
        statements=statements,
    )
    with thirty.office.database.reading() as session:
        assert session.get_one(ProcessInstance, key).events >= events
    assert statements <= MOST_STATEMENTS
    assert ours.median_cpu <= MOST_CPU_MS
    assert ratio <= MOST_RATIO
