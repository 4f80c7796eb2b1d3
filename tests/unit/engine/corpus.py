"""Stored states of each state version, kept for ever: later builds must read them or ship a migration.

`python -m tests.unit.engine.corpus` writes the corpus of the present version; an existing file is not overwritten.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from random import Random
from typing import Any

from service.engine import types
from service.engine.codec import STATE_VERSION
from service.history import acts
from service.values import tag, untag
from tests.unit.engine.game import Game, Shelf, calendar
from tests.unit.engine.stories import everything, long_way, undone

FOLDER = Path(__file__).parent / "stored_states"


def written(game: Game) -> dict[str, Any]:
    """All acts of an instance with the states that they gave."""
    return {
        "process": game.source.process_id,
        "hash": game.source.hash,
        "xml": game.source.xml.decode(),
        "played": [
            {
                "now": setting.now.isoformat(),
                **{key: _packed(value) for key, value in acts.written(act).items()},
                "state": b64encode(step.state).decode(),
            }
            for act, setting, step in game.played
        ],
    }


def read(path: Path) -> tuple[types.ProcessSource, Iterator[tuple[types.Act, types.Setting, bytes]]]:
    story = json.loads(path.read_text())
    source = types.ProcessSource(story["process"], story["xml"].encode(), story["hash"])
    return source, (_played(entry) for entry in story["played"])


def _played(entry: dict[str, Any]) -> tuple[types.Act, types.Setting, bytes]:
    body = {key: untag(value["tagged"]) if isinstance(value, dict) else value for key, value in entry.items()}
    setting = types.Setting(datetime.fromisoformat(entry["now"]), calendar(), Shelf())
    return acts.read(body), setting, b64decode(entry["state"])


def _packed(value: Any) -> Any:
    return {"tagged": tag(value).decode()} if isinstance(value, dict) else value


def main() -> None:
    folder = FOLDER / f"version_{STATE_VERSION}"
    folder.mkdir(parents=True, exist_ok=True)
    games = {"everything": everything(Game), "long_way": long_way(Game, Random(1)), "undone": undone(Game)}
    for name, game in games.items():
        path = folder / f"{name}.json"
        if not path.exists():
            path.write_text(json.dumps(written(game), ensure_ascii=False, indent=1) + "\n")


if __name__ == "__main__":
    main()
