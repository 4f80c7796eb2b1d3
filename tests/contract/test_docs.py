"""The documents: links that lead somewhere, commands that exist, pages that can be found, nothing of one machine."""

import argparse
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import pytest

from service.app import create_app
from service.cli.main import COMMANDS
from service.config import Config

ROOT = Path(__file__).resolve().parents[2]
#: Besides what begins with a dot: what is made here, not written.
MADE = {"node_modules", "built", "var", "dist"}
DOCS = ROOT / "docs"
INDEX = DOCS / "index.md"

#: `[text](target)` and `![text](target)`; a target may hold no blank.
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
FENCED = re.compile(r"^```.*?^```", re.MULTILINE | re.DOTALL)
#: `pingshen deploy` between backticks, and in an indented line of commands.
COMMAND = re.compile(r"`(?:[^`\n]*/)?pingshen ([a-z][a-z-]*)|^ {4}\S*\bpingshen ([a-z][a-z-]*)", re.MULTILINE)
#: Absolute paths of somebody's machine; an address such as `/v2/jobs` or `/health/live` is none.
MACHINE_PATH = re.compile(r"(?<![\w.:/<>-])/(?:home|root|tmp|Users|mnt|srv|opt|private)/[\w.-]+|\b[A-Z]:\\\w+")
#: Hosts that only somebody's own network knows: bare names, private endings and addresses.
PRIVATE_HOST = re.compile(
    r"\bhttps?://(?!localhost\b|127\.0\.0\.1\b)"
    r"(?:[\w-]+(?=[:/\s`)]|$)|[\w.-]+\.(?:local|lan|internal|corp|intranet)\b|(?:10|192\.168)\.[\d.]+)"
)


def pages() -> list[Path]:
    return sorted(path for path in ROOT.rglob("*.md") if not is_made(path.relative_to(ROOT)))


def is_made(path: Path) -> bool:
    return any(part in MADE or part.startswith(".") for part in path.parts)


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def links(path: Path) -> Iterator[str]:
    """Where a page's links lead, code left out."""
    for target in LINK.findall(FENCED.sub("", path.read_text(encoding="utf-8"))):
        if not re.match(r"[a-z]+:", target):
            yield unquote(target)


def anchors(path: Path) -> set[str]:
    """The names under which a page's headings are linked to."""
    headings = re.findall(r"^#+ +(.+?) *$", FENCED.sub("", path.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def file_of(page: Path, target: str) -> Path:
    return (page.parent / target.partition("#")[0]).resolve() if not target.startswith("#") else page


@pytest.mark.parametrize("path", pages(), ids=name_of)
def test_every_link_leads_somewhere(path: Path):
    dead = []
    for target in links(path):
        file, anchor = file_of(path, target), target.partition("#")[2]
        if not file.exists() or (anchor and file.suffix == ".md" and anchor not in anchors(file)):
            dead.append(target)

    assert dead == []


@pytest.mark.parametrize("path", pages(), ids=name_of)
def test_links_stay_in_the_project(path: Path):
    assert [target for target in links(path) if not file_of(path, target).is_relative_to(ROOT)] == []


@pytest.mark.parametrize("path", pages(), ids=name_of)
def test_every_command_named_exists(path: Path):
    named = {first or second for first, second in COMMAND.findall(path.read_text(encoding="utf-8"))}

    assert named <= set(commands())


def test_every_command_is_described():
    described = {first for first, _ in COMMAND.findall((DOCS / "reference" / "cli.md").read_text(encoding="utf-8"))}

    assert set(commands()) <= described


def test_the_endpoints_described_are_those_there(tmp_path: Path):
    app = create_app(Config.from_env({"PINGSHEN_DATA": str(tmp_path)}))
    served = {
        method + " " + re.sub(r"<(?:[a-z]+:)?([a-z_]+)>", r"{\1}", rule.rule)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(("/v2/", "/api/v1/"))
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    text = (DOCS / "reference" / "rest.md").read_text(encoding="utf-8")

    assert set(re.findall(r"^\| `([A-Z]+ /[^`]+)` \|", text, re.MULTILINE)) == served


def test_every_page_is_reached_from_the_index():
    reached, waiting = set(), [INDEX]
    while waiting:
        page = waiting.pop()
        if page in reached:
            continue
        reached.add(page)
        waiting += [file for file in (file_of(page, target) for target in links(page)) if file.suffix == ".md"]

    assert [name_of(page) for page in sorted(DOCS.rglob("*.md")) if page not in reached] == []


@pytest.mark.parametrize("path", pages(), ids=name_of)
def test_nothing_of_a_single_machine_is_named(path: Path):
    text = path.read_text(encoding="utf-8")

    assert [found.group() for pattern in (MACHINE_PATH, PRIVATE_HOST) for found in pattern.finditer(text)] == []
    assert f"{ROOT}/" not in text


def commands() -> list[str]:
    """The names of the command line's commands."""
    subparsers = argparse.ArgumentParser().add_subparsers()
    for each in COMMANDS:
        each.add(subparsers)
    return list(subparsers.choices)
