"""`pingshen rehearse FILE`: play a scripted year on a private server, and check it."""

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from service.cli.rehearsal.indoors import indoor_stage
from service.cli.rehearsal.player import Player, Unexpected
from service.cli.rehearsal.script import ScriptFault, read
from service.cli.rehearsal.stage import private_stage


def add(subparsers: Any) -> None:
    """Add the command to the parser."""
    parser: argparse.ArgumentParser = subparsers.add_parser("rehearse", help="play a scripted year and check it")
    parser.add_argument("script", type=Path)
    parser.add_argument("--root", type=Path, default=Path.cwd(), help="the folder that holds processes/ and forms/")
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="change a variable of the script"
    )
    parser.add_argument("--database", help="an empty database to play on; without it a temporary one")
    parser.add_argument("--indoors", action="store_true", help="without web server and worker: a quick trial")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Play. Returns 1 at the first thing that does not come out as the script promises."""
    began = time.monotonic()
    try:
        changes = dict(pair.split("=", 1) for pair in args.set)
        script = read(args.script, changes)
        print(f"彩排 {script.name}：{script.description}", flush=True)
        theatre = indoor_stage if args.indoors else private_stage
        with theatre(args.root, script.starts_at, args.database) as stage:
            player = Player(script, stage, lambda line: print(line, flush=True))
            player.play()
        print(f"全程 {time.monotonic() - began:.0f} 秒", flush=True)
    except (ScriptFault, Unexpected, ValueError) as error:
        print(f"彩排中断：{error}", file=sys.stderr)
        return 1
    return 0
