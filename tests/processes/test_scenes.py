"""The award's processes one by one: each scene of `scenes/` comes out as it promises (docs/reference/rehearsals.md)."""

import pytest

from tests.processes.theatre import SCENES


@pytest.mark.parametrize("name", sorted(path.stem for path in SCENES.glob("*.json") if path.stem != "samples"))
def test_the_scene_comes_out_as_it_promises(theatre, name):
    player = theatre.play(SCENES / f"{name}.json")

    assert player.done or player.refused, "a scene in which nobody does anything shows nothing"
