"""Every game that a test plays is played again at its end."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from service.engine.types import ProcessSource
from tests.unit.engine.game import Game


@pytest.fixture
def play() -> Iterator[Callable[..., Game]]:
    """Start an instance of a diagram."""
    games: list[Game] = []

    def begin(source: ProcessSource, variables: dict[str, Any] | None = None, **more: Any) -> Game:
        games.append(Game(source, variables, **more))
        return games[-1]

    yield begin
    for game in games:
        game.replay()
