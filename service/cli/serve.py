"""`pingshen serve` and `pingshen worker`: the two kinds of processes, each alone."""

import argparse
import os
import sys
from typing import Any

from service import worker


def add(subparsers: Any) -> None:
    """Add the commands to the parser."""
    web: argparse.ArgumentParser = subparsers.add_parser("serve", help="the web: gunicorn in this process")
    web.set_defaults(run=serve)
    jobs: argparse.ArgumentParser = subparsers.add_parser("worker", help="the worker: timers, messages, children")
    jobs.set_defaults(run=work)


def serve(args: argparse.Namespace) -> int:
    """Become gunicorn; does not return."""
    command = [sys.executable, "-m", "gunicorn", "-c", "python:service.gunicorn_conf", "service.app:create_app()"]
    os.execv(sys.executable, command)  # noqa: S606  (a fixed command of ours)


def work(args: argparse.Namespace) -> int:
    """Run one worker until SIGTERM."""
    worker.main()
    return 0
