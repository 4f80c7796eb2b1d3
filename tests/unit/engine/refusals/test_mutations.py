"""Right diagrams damaged at random: the lint always answers, and whatever it lets pass the engine reads and starts."""

from contextlib import suppress
from copy import deepcopy
from random import Random

import pytest
from lxml import etree

from service.engine.lint import lint_bpmn
from service.engine.types import EngineError
from tests.unit.engine.refusals.test_refusals import PAIRS, starts
from tests.unit.engine.shelf import Shelf

RIGHT = [case.right for case in PAIRS if len(case.right) < 20_000]


def damaged(random: Random) -> bytes:
    """One of the right diagrams with one to three things taken away, moved, copied or confused."""
    root = etree.fromstring(random.choice(RIGHT))
    for _ in range(random.randint(1, 3)):
        elements = [each for each in root.iter() if isinstance(each.tag, str)]
        ids = [str(each.get("id")) for each in elements if each.get("id")]
        one, other = random.choice(elements), random.choice(elements)
        match random.randrange(7):
            case 0 if one.getparent() is not None:
                one.getparent().remove(one)
            case 1 if one.attrib:
                del one.attrib[random.choice(list(one.attrib))]
            case 2 if one.attrib:
                one.set(random.choice(list(one.attrib)), random.choice([*ids, "", "true", "false", "=1", "=days"]))
            case 3 if one is not root:
                other.append(deepcopy(one))
            case 4:
                one.tag = other.tag
            case 5 if one.text:
                one.text = random.choice(["", "=x", "x", "P1D", "=true", *ids[:1]])
            case _:
                for name, value in other.attrib.items():
                    one.set(name, one.get(name) if name == "id" and one.get("id") else value)
    return etree.tostring(root)


@pytest.mark.parametrize("seed", range(150))
def test_what_is_damaged_is_refused_by_a_rule_or_runs(seed):
    xml = damaged(Random(seed))
    found = lint_bpmn(xml, Shelf())
    assert "ENGINE_REFUSES" not in {each.rule for each in found}
    if all(each.severity == "warning" for each in found):
        with suppress(EngineError):  # an incident: for instance an error that nobody catches any more
            starts(xml)
