"""pytest-playwright on the machine's own Chromium, in Chinese, against the live server.

`tools/prepare.py` sees to it that there is a browser; without one these tests fail and say so.
"""

import shutil
from typing import Any

import pytest

from tests.support.server import Server

#: Debian's Chromium as root, on a machine that may have no way out: it must not try to phone home.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
#: 1280 × 800 is the small laptop on which most of the staff work.
VIEWPORT = {"width": 1280, "height": 800}


def chromium() -> str | None:
    """The machine's Chromium, or None: then Playwright looks for the one it downloaded itself."""
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Overrides the plugin's."""
    found = chromium()
    own = {"executable_path": found} if found else {}
    return {**browser_type_launch_args, **own, "args": [*browser_type_launch_args.get("args", []), *ARGUMENTS]}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """Overrides the plugin's."""
    return {**browser_context_args, "locale": "zh-CN", "timezone_id": "Asia/Shanghai", "viewport": VIEWPORT}


@pytest.fixture(scope="session")
def base_url(live_server: Server) -> str:
    """Overrides the plugin's: `page.goto("/inbox")` goes to the live server."""
    return live_server.url
