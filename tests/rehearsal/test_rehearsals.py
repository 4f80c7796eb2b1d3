"""The scripted years, played over HTTP on a private server by the command that people use; they check themselves."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "processes" / "rehearsals"
#: Long, and about the procedure: played without web server and worker, which the others rehearse.
INDOORS = {"several_years"}


def rehearse(script, *options):
    return subprocess.run(
        [sys.executable, "-m", "service.cli.main", "rehearse", str(script), "--root", str(ROOT), *options],
        cwd=ROOT, capture_output=True, text=True, timeout=600,
    )  # fmt: skip


@pytest.mark.parametrize("name", sorted(path.stem for path in SCRIPTS.glob("*.json") if path.stem != "samples"))
def test_the_year_comes_out_as_the_script_promises(name):
    done = rehearse(SCRIPTS / f"{name}.json", *(["--indoors"] if name in INDOORS else []))

    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def test_a_script_that_promises_something_else_is_found_out(tmp_path):
    script = json.loads((SCRIPTS / "one_filing.json").read_text(encoding="utf-8"))
    script["steps"] = [{"check": {"register": "standards", "count": 99}}]
    wrong = tmp_path / "wrong.json"
    wrong.write_text(json.dumps(script), encoding="utf-8")

    done = rehearse(wrong)

    assert done.returncode == 1
    assert "99" in done.stderr
