"""How a figure is shown: one line each, kept in a file if `BENCH_FIGURES` names one."""

import os
from typing import Any


def report(what: str, **figures: Any) -> None:
    """Print a line of figures."""
    line = f"{what}: " + ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in figures.items())
    print(f"\n  {line}", flush=True)
    if path := os.environ.get("BENCH_FIGURES"):
        with open(path, "a", encoding="utf-8") as file:
            file.write(line + "\n")
