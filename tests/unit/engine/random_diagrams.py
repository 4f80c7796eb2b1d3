"""How long the tests of random diagrams look: quick and always the same in the suite, else as long as wanted.

`PINGSHEN_EXAMPLES` is a number of examples for each test; with it they are drawn anew in each run.
"""

import os
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, settings


def examples(usual: int) -> Callable[[Any], Any]:
    wanted = os.environ.get("PINGSHEN_EXAMPLES")
    return settings(
        max_examples=int(wanted or usual),
        derandomize=wanted is None,
        database=None,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    )
