"""A newcomer's first minutes: a clone, `make run`, Ctrl-C, `make run` again, on a machine with only Python and make."""

import os
import shlex
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.request
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from tests.support.server import free_port

ROOT = Path(__file__).resolve().parents[2]
FIRST_S, AGAIN_S, STOP_S = 400, 20, 60
#: What a bare machine has beside Python and make; above all no node, npm, PostgreSQL or browser.
BARE = ("sh", "env", "make", "uname", "dirname", "readlink")


class Run:
    """One `make run` in a clone."""

    def __init__(self, clone: Path, path: str) -> None:
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        kept = {
            name: os.environ[name] for name in os.environ if name.startswith(("PIP_", "npm_", "NPM_", "HOME", "SSL"))
        }
        self._output = (clone / "output.txt").open("w+")
        self._process = subprocess.Popen(
            ["make", "run"],
            cwd=clone,
            env={**kept, "PATH": path, "PORT": str(self.port), "LANG": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=self._output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )

    def output(self) -> str:
        self._output.seek(0)
        return self._output.read()

    def wait_until_greeted(self, seconds: float) -> float:
        """Seconds until the address was printed; fails with the output if that takes longer than `seconds`."""
        started = time.monotonic()
        while "Ctrl-C" not in self.output():
            assert self._process.poll() is None, self.output()
            assert time.monotonic() - started < seconds, self.output()
            time.sleep(0.05)
        return time.monotonic() - started

    def get(self, path: str) -> tuple[int, str]:
        with urllib.request.urlopen(self.address + path, timeout=10) as answer:
            return answer.status, answer.read().decode()

    def press_ctrl_c(self) -> None:
        """As a terminal does: to make and everything in its group."""
        os.killpg(self._process.pid, signal.SIGINT)
        self._process.wait(timeout=STOP_S)

    def close(self) -> None:
        if self._process.poll() is None:
            self.press_ctrl_c()
        self._output.close()


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that are, or are about to be, in the repository."""
    folder = tmp_path_factory.mktemp("clone")
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def bare_path(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A PATH with the tools of a bare machine only."""
    folder = tmp_path_factory.mktemp("bin")
    for tool in BARE:
        found = shutil.which(tool)
        assert found is not None, tool
        (folder / tool).symlink_to(found)
    python = Path(sys.base_prefix) / "bin" / f"python{sys.version_info.major}.{sys.version_info.minor}"
    # Not a link: a virtual environment made through one would look for its library beside the link.
    (folder / "python3").write_text(f'#!/bin/sh\nexec {shlex.quote(str(python))} "$@"\n')
    (folder / "python3").chmod(0o755)
    return str(folder)


def rows(clone: Path) -> dict[str, int]:
    with closing(sqlite3.connect(clone / "var" / "pingshen.db")) as database:
        return {
            table: database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            for table in ("accounts", "releases", "resources")
        }


def test_make_run_serves_on_a_bare_machine_and_again_with_its_data(clone: Path, bare_path: str):
    first = Run(clone, bare_path)
    try:
        seconds = first.wait_until_greeted(FIRST_S)
        print(f"first make run: {seconds:.1f} s")
        assert f"http://localhost:{first.port}" in first.output()
        assert "用户名" in first.output()
        assert first.get("/health/ready")[0] == 200
        status, page = first.get("/")
        assert (status, "password" in page) == (200, True)  # the way in
    finally:
        first.close()
    with pytest.raises(urllib.error.URLError):
        first.get("/health/live")
    kept, secret = rows(clone), (clone / "var" / "secret.key").read_text()
    assert all(kept.values()), kept

    again = Run(clone, bare_path)
    try:
        seconds = again.wait_until_greeted(AGAIN_S)
        print(f"second make run: {seconds:.1f} s")
    finally:
        again.close()

    assert rows(clone) == kept  # nothing deployed twice, nobody made twice
    assert (clone / "var" / "secret.key").read_text() == secret


def test_the_wheel_brings_everything_that_is_not_python(clone: Path, tmp_path: Path):
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-qq", "--no-deps", "--wheel-dir", str(tmp_path), str(clone)], check=True
    )

    [wheel] = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert any(name.startswith("service/engine/built/") for name in names)
    assert any(name.startswith("service/migrations/versions/") for name in names)
    assert any(name.startswith("service/templates/") for name in names)
    assert not [name for name in names if name.startswith("service/islands/") or name.endswith(".pyc")]
