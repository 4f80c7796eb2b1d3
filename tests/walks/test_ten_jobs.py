"""Ten jobs as a new user does them, and what each costs: `make walk` writes var/walk.md, docs/usability.md tells of it.

Not a part of `make test`. A job that cannot be done any more by what the pages show fails.
"""

import shutil

import pytest
from playwright.sync_api import Browser

from tests.support.server import ROOT, running_server
from tests.walks.jobs import JOBS
from tests.walks.walker import walking

REPORT = ROOT / "var" / "walk.md"


@pytest.fixture(scope="session")
def report():
    lines = ["| 事情 | 点击 | 填写 | 页面 | 走不通处 |", "|---|---:|---:|---:|---|"]
    yield lines
    REPORT.parent.mkdir(exist_ok=True)
    REPORT.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n" + "\n".join(lines))


@pytest.mark.parametrize(("job", "moment", "act"), JOBS, ids=[act.__name__ for _, _, act in JOBS])
def test_the_job_can_be_done(browser: Browser, moments, report, tmp_path, job, moment, act):
    folder = tmp_path / "data"
    shutil.copytree(moments[moment], folder)
    with (
        running_server(f"sqlite:///{folder / 'award.db'}", folder) as server,
        walking(browser, server.url, job) as walk,
    ):
        act(walk)
        report.append(walk.line)
