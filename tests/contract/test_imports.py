"""The walls of the house: who may import whom, who may commit, and how large a file may grow.

The floors stand in docs/architecture; a file that fits none of them fails here and wants a decision.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SERVICE = Path(__file__).resolve().parents[2] / "service"

#: From the ground up. A room imports rooms of its own floor and of floors below.
FLOORS = [
    {"db", "errors", "clock", "config", "keys", "logs", "values"},
    {"models", "engine"},
    {
        "history",
        "forms",
        "registers",
        "views",
        "documents",
        "connectors",
        "access",
        "jobs",
        "releases",
        "urns",
        "public",
        "openid",
        "notifications",
        "identities",
    },
    {"operations", "schemas"},
    {"api", "pages", "web"},
    {"app", "worker", "cli", "gunicorn_conf", "migrations"},
]
FLOOR_OF = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}
#: On one floor, but not to know each other: the engine needs no store, the pages do not call the API.
STRANGERS = [{"models", "engine"}, {"api", "pages"}]

LIBRARIES = {
    "SpiffWorkflow": {"engine"},
    "quickjs": {"engine"},
    "flask": {"app", "api", "pages", "web"},
    "flask_babel": {"app", "api", "pages", "web"},
    "werkzeug": {"app", "api", "pages", "web"},
    "gunicorn": {"cli", "gunicorn_conf"},
    "highspy": {"connectors"},
    "numpy": {"connectors"},
}
#: The rim: where a request, a job or a command ends, and with it the transaction. A lease is one by itself:
#: it must stand before the work begins, be it the worker's (`runner`) or a client's (`jobs`).
MAY_COMMIT = (
    *("web/dispatch.py", "cli/", "migrations/"),
    *("operations/runner.py", "operations/jobs.py", "operations/housekeeping.py", "operations/sequencing.py"),
    *("operations/notifications.py", "operations/mails.py"),
)
#: Besides them, a block of keys is taken in a transaction of its own, so that keys cost an act nothing.
MAY_BEGIN = (*MAY_COMMIT, "db.py")

FORBIDDEN_CALLS = {"eval", "exec", "compile", "__import__"}
FORBIDDEN_MODULES = {"pickle", "marshal", "shelve", "dill", "cloudpickle"}

LONGEST, LONG = 400, 250
WRITTEN_BY_HAND = {".py", ".html", ".ts", ".js", ".mjs", ".css"}
#: Not written by hand: the first migration, for one, is what Alembic made of the models.
MADE = {"node_modules", "built", ".build", "versions", "__pycache__"}


def files(*suffixes: str) -> list[Path]:
    return sorted(
        path
        for path in SERVICE.rglob("*")
        if path.suffix in suffixes and not MADE & set(path.relative_to(SERVICE).parts)
    )


def name_of(path: Path) -> str:
    return path.relative_to(SERVICE).as_posix()


def room_of(path: Path) -> str:
    return path.relative_to(SERVICE).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[tuple[int, str]]:
    """Line and full module name of every import, those inside functions and of types included."""
    package = ["service", *path.relative_to(SERVICE).parts[:-1]]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            module = ".".join([*base, *filter(None, [node.module])])
            if module == "service":  # `from service import x` names the room in the list
                yield from ((node.lineno, f"service.{alias.name}") for alias in node.names)
            else:
                yield node.lineno, module


MODULES = [path for path in files(".py") if path != SERVICE / "__init__.py"]
PAIRS = {
    (room_of(path), module.split(".")[1])
    for path in MODULES
    for _, module in imports(path)
    if module.startswith("service.")
}


def test_every_file_of_the_service_stands_on_a_floor():
    assert {room_of(path) for path in MODULES} - FLOOR_OF.keys() == set()


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_point_down(path):
    own = room_of(path)
    wrong = []
    for line, module in imports(path):
        if not module.startswith("service."):
            continue
        other = module.split(".")[1]
        if other == "__version__":
            continue
        # What stands on no floor is named by the test above.
        higher = FLOOR_OF.get(other, 0) > FLOOR_OF.get(own, len(FLOORS))
        if higher or {own, other} in STRANGERS:
            wrong.append(f"{name_of(path)}:{line} imports {module}")

    assert wrong == []


def test_no_two_rooms_import_each_other():
    assert [(a, b) for a, b in sorted(PAIRS) if a < b and (b, a) in PAIRS] == []


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_a_library_is_known_to_its_own_rooms_only(path):
    wrong = [
        f"{name_of(path)}:{line} imports {module}"
        for line, module in imports(path)
        if room_of(path) not in LIBRARIES.get(module.split(".")[0], {room_of(path)})
    ]

    assert wrong == []


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_only_the_rim_commits(path):
    wrong = [
        f"{name_of(path)}:{node.lineno} .{node.func.attr}()"
        for node in calls(path)
        if isinstance(node.func, ast.Attribute)
        for attribute, allowed in (("commit", MAY_COMMIT), ("begin", MAY_BEGIN))
        # Without arguments: what begins with an instance or an act in hand is no transaction.
        if node.func.attr == attribute and not node.args and not name_of(path).startswith(allowed)
    ]

    assert wrong == []


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_nothing_stored_or_sent_is_run_as_python(path):
    called = [
        f"{name_of(path)}:{node.lineno} {node.func.id}()"
        for node in calls(path)
        if isinstance(node.func, ast.Name) and node.func.id in FORBIDDEN_CALLS
    ]
    imported = [
        f"{name_of(path)}:{line} {module}"
        for line, module in imports(path)
        if module.split(".")[0] in FORBIDDEN_MODULES
    ]

    assert called + imported == []


@pytest.mark.parametrize("path", files(*WRITTEN_BY_HAND), ids=name_of)
def test_no_file_is_too_long_to_read(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST


def test_nine_files_in_ten_are_short():
    lengths = [len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES]

    assert sum(length < LONG for length in lengths) >= 0.9 * len(lengths)


def calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call))
