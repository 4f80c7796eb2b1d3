"""The build of the JavaScript parts: pinned, fresh, and without a trace of where its packages came from."""

import json
import shutil

import pytest

import hatch_build


def test_a_changed_source_makes_the_build_stale(tmp_path, monkeypatch):
    copy = tmp_path / "islands"
    shutil.copytree(hatch_build.ISLANDS, copy, ignore=shutil.ignore_patterns(*hatch_build.MADE))
    before = hatch_build.fingerprint()

    monkeypatch.setattr(hatch_build, "ISLANDS", copy)
    assert hatch_build.fingerprint() == before

    (copy / "feel" / "numbers.js").write_text("// another")
    assert hatch_build.fingerprint() != before


def test_what_the_build_makes_itself_is_no_source(tmp_path, monkeypatch):
    monkeypatch.setattr(hatch_build, "ISLANDS", tmp_path)
    before = hatch_build.fingerprint()

    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "x.js").write_text("x")

    assert hatch_build.fingerprint() == before


def test_the_build_under_test_is_of_these_sources():
    assert hatch_build.is_fresh(), "run `python hatch_build.py`"


def test_a_failing_step_stops_the_build():
    with pytest.raises(RuntimeError, match="ended with 3"):
        hatch_build._run(lambda arguments, cwd: 3, ["build.mjs"])


def test_the_lockfile_pins_every_package_and_names_no_registry():
    packages = json.loads((hatch_build.ISLANDS / "package-lock.json").read_text())["packages"]
    wanted = json.loads((hatch_build.ISLANDS / "package.json").read_text())

    assert all(name == "" or package.get("integrity") or package.get("inBundle") for name, package in packages.items())
    assert not any("resolved" in package for package in packages.values())
    versions = {**wanted["dependencies"], **wanted["devDependencies"]}.values()
    assert all(version[0].isdigit() for version in versions)
