"""The JavaScript engine that runs the expression bundle: one context a process, thrown away when hurt.

QuickJS runs in the calling thread and has no files, no network, no clock and no chance of its own
here. Time, memory and stack are limited; after a limit was hit the context is rebuilt (about 40 ms),
because one that ran out of memory may be in any state.
"""

import os
import threading
from collections.abc import Callable
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeAlias

import quickjs

BUNDLE = Path(__file__).parent / "built" / "feel.js"
MEMORY_BYTES = 64 << 20
STACK_BYTES = 512 << 10
#: CPU time of the process, so other threads' work counts too: hence one retry.
TIME_S = 0.5
MAX_RESULT_CHARS = 1 << 20
#: Models and calendars that a context is told of before it is made anew; they are never forgotten singly.
MAX_TOLD = 300


#: What a fresh context must be told before a call: ("setter:key", the setter's arguments, computed only if needed).
#: A setter that returns true has done a part and is called again.
Needs: TypeAlias = tuple[tuple[str, Callable[[], tuple[Any, ...]]], ...]


class LimitHit(Exception):
    """Time, memory or size ran out; the context was rebuilt and the next call is right."""


class Runtime:
    """Calls functions of the bundle by name, one at a time; safe for threads and across forks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._context: Any = None
        self._functions: dict[str, Any] = {}
        self._pid = 0
        #: What this context was told besides code (calendars, models), by key; forgotten when it is rebuilt.
        self._told: set[str] = set()

    def call(self, name: str, *arguments: str, needs: Needs = ()) -> str:
        """Call `name` and return its text. Raises `LimitHit`."""
        with self._lock:
            try:
                result = self._run(name, arguments, needs)
            except LimitHit:
                # other threads' work was counted as ours, or garbage had not been collected: a fresh context decides
                result = self._run(name, arguments, needs)
        if len(result) > MAX_RESULT_CHARS:
            raise LimitHit(f"the result is larger than {MAX_RESULT_CHARS} characters")
        return result

    def _run(self, name: str, arguments: tuple[str, ...], needs: Needs) -> str:
        if self._context is None or self._pid != os.getpid() or len(self._told) > MAX_TOLD:
            self._build()
        try:
            for key, tell in needs:
                if key not in self._told:
                    while self._invoke(key.partition(":")[0], tell()) is True:
                        pass
                    self._told.add(key)
            result: str = self._invoke(name, arguments)
        except (quickjs.JSException, quickjs.StackOverflow, MemoryError) as error:
            self._drop()
            raise LimitHit(_reason(error)) from error
        if result.startswith('{"error"') and '"broken":true' in result:
            self._drop()
            raise LimitHit("out of memory")
        return result

    def _invoke(self, name: str, arguments: tuple[Any, ...]) -> Any:
        function = self._functions.get(name)
        if function is None:
            function = self._functions[name] = self._context.get(name)
        self._context.set_time_limit(TIME_S)
        try:
            return function(*arguments)
        finally:
            self._context.set_time_limit(-1)

    def _build(self) -> None:
        self._drop()
        if not BUNDLE.exists():
            raise RuntimeError(f"{BUNDLE.name} is not built: run `python hatch_build.py` or install the package again")
        context = quickjs.Context()
        context.set_max_stack_size(STACK_BYTES)
        context.eval(BUNDLE.read_text(encoding="utf-8"))
        context.set_memory_limit(MEMORY_BYTES)
        self._context, self._pid = context, os.getpid()

    def _drop(self) -> None:
        self._functions, self._told, self._context = {}, set(), None

    def after_fork(self) -> None:
        """In a child process: the parent's lock may be held by a thread that does not exist here."""
        self._lock = threading.Lock()
        self._drop()


def _reason(error: Exception) -> str:
    text = str(error).strip()
    if "interrupted" in text:
        return f"more than {TIME_S} s of computing"
    # an exception that could not even be made is null
    return text.splitlines()[0] if text not in ("", "null") else "out of memory"


@cache
def bundle_hash() -> str:
    """SHA-256 of the bundle: equal hashes evaluate alike, so the history of an act names it."""
    return sha256(BUNDLE.read_bytes()).hexdigest()
