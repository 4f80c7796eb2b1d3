"""What is counted for Prometheus. Labels hold route templates and codes, never addresses or names."""

import os
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

REQUESTS = Counter("pingshen_requests_total", "Requests answered.", ("method", "route", "status"))
SECONDS = Histogram(
    "pingshen_request_seconds",
    "Time from arrival to answer.",
    ("method", "route"),
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60),
)


def count(method: str, route: str, status: int, seconds: float) -> None:
    """Note an answered request. `route` is the template of the address."""
    _requests(method, route, status).inc()
    _seconds(method, route).observe(seconds)


@cache
def _requests(method: str, route: str, status: int) -> Counter:
    return REQUESTS.labels(method, route, str(status))


@cache
def _seconds(method: str, route: str) -> Histogram:
    return SECONDS.labels(method, route)


def text() -> bytes:
    """Everything counted, of all web processes where they share a folder (PROMETHEUS_MULTIPROC_DIR)."""
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return generate_latest()
    from prometheus_client import multiprocess

    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return generate_latest(registry)
