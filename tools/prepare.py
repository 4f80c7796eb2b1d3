"""Make `.venv` and put into it what the project needs; do nothing when that was done before.

    python3 tools/prepare.py            what runs the service
    python3 tools/prepare.py --test     and what tests it: the test packages and a browser

Only the standard library, and no syntax newer than Python 3.6: an older Python must get as far as being told so.
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST = (3, 11)
#: What the installed package is made of beside Python files, which an editable install reads in place.
BUILT_FROM = ("pyproject.toml", "hatch_build.py", "service/islands", "service/translations/zh.po")
MADE = {"node_modules", "built", ".build", "dist", "__pycache__"}
DEBIAN_BROWSER = ("chromium", "fonts-noto-cjk")


def main() -> int:
    """Prepare, and say what is missing where that is not possible."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--test", action="store_true")
    test = parser.parse_args().test
    if sys.version_info < OLDEST:
        return fail(
            "Python {}.{} or newer is needed, this is {}. Name another one: make PYTHON=python3.12 …".format(
                *OLDEST, sys.version.split()[0]
            )
        )
    if not PYTHON.exists() and not make_environment():
        return 1
    if not install(test):
        return 1
    return 0 if not test or ensure_browser() else 1


def make_environment() -> bool:
    """Create `.venv`."""
    say("creating .venv")
    result = subprocess.run([sys.executable, "-m", "venv", str(VENV)])
    if result.returncode != 0:
        shutil.rmtree(str(VENV), ignore_errors=True)
        fail("Python could not make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv")
        return False
    return True


def install(test: bool) -> bool:
    """Install the project in place, unless exactly this was installed before."""
    stamp = VENV / ("stamp-test" if test else "stamp")
    state = fingerprint()
    if stamp.exists() and stamp.read_text() == state:
        return True
    say("installing the packages" + (" and the test packages" if test else "") + " (a few minutes the first time)")
    command = [str(PYTHON), "-m", "pip", "install", "-qq", "--disable-pip-version-check"]
    result = subprocess.run([*command, "--editable", ".[test]" if test else "."], cwd=str(ROOT))
    if result.returncode != 0:
        fail("The packages could not be installed; the lines above say why. Is the package index reachable?")
        return False
    for each in ("stamp", "stamp-test") if test else ("stamp",):
        (VENV / each).write_text(state)
    return True


def fingerprint() -> str:
    """A hash of everything that makes an installation out of date when it changes."""
    digest = hashlib.sha256(sys.version.encode())
    for name in BUILT_FROM:
        for file in [ROOT / name] if (ROOT / name).is_file() else files_below(ROOT / name):
            digest.update(b"\0" + str(file.relative_to(ROOT)).encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()


def files_below(folder: Path) -> "list[Path]":
    """The files of a folder in a fixed order, without descending into what was made there."""
    found = []
    for place, folders, names in os.walk(str(folder)):
        folders[:] = [each for each in folders if each not in MADE]
        found += [Path(place) / name for name in names]
    return sorted(found)


def ensure_browser() -> bool:
    """See to it that there is a Chromium: the machine's, Debian's, or Playwright's own download."""
    if any(map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))):
        return True
    if shutil.which("apt-get") is not None and install_debian_browser():
        return True
    say("downloading a browser with Playwright")
    if subprocess.run([str(PYTHON), "-m", "playwright", "install", "chromium"]).returncode == 0:
        return True
    fail(
        "No browser for the page tests. Install Chromium and a Chinese font (Debian: apt-get install {}), "
        "or let `.venv/bin/playwright install chromium` reach its download.".format(" ".join(DEBIAN_BROWSER))
    )
    return False


def install_debian_browser() -> bool:
    """Install Debian's packages, as root or by a sudo that asks for no password."""
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if prefix and shutil.which("sudo") is None:
        return False
    say("installing Debian's " + " and ".join(DEBIAN_BROWSER))
    quiet = dict(os.environ, DEBIAN_FRONTEND="noninteractive")
    apt = [*prefix, "apt-get", "-qq"]
    for command in ([*apt, "update"], [*apt, "install", "-y", "--no-install-recommends", *DEBIAN_BROWSER]):
        if subprocess.run(command, env=quiet, stdout=subprocess.DEVNULL).returncode != 0:
            return False
    return shutil.which("chromium") is not None


def say(text: str) -> None:
    """Progress, on standard error so that it does not mix with what is asked for."""
    print(f"pingshen: {text}", file=sys.stderr, flush=True)


def fail(text: str) -> int:
    """A reason to stop, with its remedy."""
    say(text)
    return 1


if __name__ == "__main__":
    sys.exit(main())
