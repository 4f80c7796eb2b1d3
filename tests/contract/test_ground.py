"""What the ground promises: the stages of the tests, and documentation that names what exists."""

import re
import shlex
from pathlib import Path

import pytest

import service.config
from service.cli.main import main
from tools import stages

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = set(re.findall(r"`(PINGSHEN_[A-Z_]+|WEB_[A-Z_]+|PORT|DATABASE_URL)`", service.config.__doc__ or ""))
PAGES = [*sorted((ROOT / "docs").rglob("*.md")), *sorted(ROOT.glob("README*.md"))]
CONTAINERS = [ROOT / name for name in ("Dockerfile", "docker-compose.yml", "docker.env.example", "Makefile")]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_every_folder_of_tests_is_run_and_two_at_once_take_less_than_twenty_minutes():
    minutes = [stage.minutes for stage in stages.STAGES]

    assert stages.folders_of_no_stage() == set()
    assert sum(minutes) / stages.MOST_AT_ONCE + max(minutes) <= 20


@pytest.mark.parametrize("path", [*PAGES, *CONTAINERS], ids=name_of)
def test_a_setting_that_is_named_exists(path: Path):
    named = set(re.findall(r"\bPINGSHEN_[A-Z_]*[A-Z]\b", path.read_text(encoding="utf-8")))

    assert named <= SETTINGS


@pytest.mark.parametrize("path", [*PAGES, *CONTAINERS], ids=name_of)
def test_a_command_that_is_named_exists(path: Path, capsys: pytest.CaptureFixture[str]):
    unknown = []
    for line in commands_in(path.read_text(encoding="utf-8")):
        command, *rest = shlex.split(line)
        options = [word for word in rest if word.startswith("--")]
        shown = help_of(capsys, command)
        if shown and any(option not in shown for option in options):
            shown += help_of(capsys, command, rest[0])  # the options of a command's command
        if not shown or any(option not in shown for option in options):
            unknown.append(line)

    assert unknown == []


def help_of(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What `--help` shows; nothing for a command that there is not."""
    with pytest.raises(SystemExit) as ended:
        main([*words, "--help"])
    shown = capsys.readouterr().out
    return shown if ended.value.code == 0 else ""


def commands_in(text: str) -> list[str]:
    """What follows `pingshen` in an indented line, between backticks, and in a container's JSON array."""
    lines = re.findall(r"^ {4}(?:.*compose run --rm \w+ )?pingshen (.+?)(?: {2,}#.*)?$", text, re.MULTILINE)
    quoted = re.findall(r"`(?:[^`]*/)?pingshen ([a-z][^`]*)`", text)
    arrays = [" ".join(re.findall(r"[\w.-]+", rest)) for rest in re.findall(r"\[\W*pingshen\W*,([^]]*)\]", text)]
    recipes = re.findall(r"^\t@?\$\(BIN\)/pingshen (\w+)", text, re.MULTILINE)
    return [*lines, *quoted, *arrays, *recipes]
