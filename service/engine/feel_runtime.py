"""The JavaScript engine that runs the expression bundle: one context a process, thrown away when hurt.

QuickJS runs in the calling thread and has no files, no network, no clock and no chance of its own
here. Time, memory and stack are limited; after a limit was hit the context is rebuilt (about 40 ms),
because one that ran out of memory may be in any state.
"""

import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import quickjs

BUNDLE = Path(__file__).parent / "built" / "feel.js"
MEMORY_BYTES = 64 << 20
STACK_BYTES = 512 << 10
#: CPU time of the process, so other threads' work counts too: hence one retry.
TIME_S = 0.5
MAX_RESULT_CHARS = 1 << 20


#: What a fresh context must be told before a call: ("setter:key", the setter's arguments, computed only if needed).
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
                return self._run(name, arguments, needs)
            except LimitHit as first:
                if "interrupted" not in str(first):
                    raise
                return self._run(name, arguments, needs)

    def discard(self) -> None:
        """Throw the context away: something in it broke."""
        with self._lock:
            self._drop()

    def _run(self, name: str, arguments: tuple[str, ...], needs: Needs) -> str:
        if self._context is None or self._pid != os.getpid():
            self._build()
        try:
            for key, tell in needs:
                if key not in self._told:
                    self._invoke(key.partition(":")[0], tell())
                    self._told.add(key)
            result = self._invoke(name, arguments)
        except (quickjs.JSException, quickjs.StackOverflow, MemoryError) as error:
            self._drop()
            lines = str(error).strip().splitlines()
            raise LimitHit(lines[0] if lines else type(error).__name__) from error
        if not isinstance(result, str) or len(result) > MAX_RESULT_CHARS:
            self._drop()
            raise LimitHit(f"the result is larger than {MAX_RESULT_CHARS} characters")
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
