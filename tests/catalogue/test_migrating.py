"""Every state of the catalogue goes over to a definition whose elements have other names, and comes back unchanged."""

from dataclasses import replace
from functools import cache
from hashlib import sha256

import pytest
from lxml import etree

from service.engine.compiled import compiled
from service.engine.execution import Execution
from service.engine.types import InstanceState, Migrate, ProcessSource
from tests.catalogue.cases import Case, cases
from tests.catalogue.playing import play

#: Attributes that refer to elements of the process.
REFERENCES = ("id", "sourceRef", "targetRef", "attachedToRef", "default", "activityRef", "dataObjectRef")
OTHER = "_other"


@cache
def renamed(source: ProcessSource) -> tuple[ProcessSource, dict[str, str]]:
    """The same diagram with other ids inside its process, and the mapping to it."""
    root = etree.fromstring(source.xml)
    process = next(each for each in root.iter("{*}process") if each.get("id") == source.process_id)
    ids = {str(each.get("id")) for each in process.iterdescendants() if each.get("id")}
    for each in process.iterdescendants():
        for name in REFERENCES:
            if each.get(name) in ids:
                each.set(name, f"{each.get(name)}{OTHER}")
        referring = etree.QName(each).localname in ("sourceRef", "targetRef", "dataInputRefs", "dataOutputRefs")
        if etree.QName(each).localname in ("incoming", "outgoing") or (referring and each.text in ids):
            each.text = f"{each.text}{OTHER}"
    xml = etree.tostring(root)
    nodes = compiled(source).definition.nodes
    flows = {flow.id for node in nodes.values() for flow in node.outgoing}
    mapping = {each: f"{each}{OTHER}" for each in ids if each in nodes or each in flows}
    return ProcessSource(source.process_id, xml, sha256(xml).hexdigest()), mapping


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_a_state_goes_over_and_comes_back(case: Case):
    for instance in play(case, restored=True).instances:
        there, mapping = renamed(instance.source)
        for _, setting, state in instance.played:
            shelf = setting.library.with_process(there)
            over = Execution.resume(instance.source, state, replace(setting, library=shelf))
            if over.step().status is not InstanceState.ACTIVE:
                continue
            waiting = [(wait.id, wait.element_id) for wait in over.open_waits()]
            over.apply(Migrate(there.process_id, there.hash, mapping))
            moved = over.step()
            assert (moved.opened, moved.closed, moved.changes, moved.set_variables) == ((), (), (), ())
            assert [(wait.id, wait.element_id) for wait in over.open_waits()] == [
                (number, mapping[element_id]) for number, element_id in waiting
            ]

            shelf = setting.library.with_process(instance.source)
            back = Execution.resume(there, moved.state, replace(setting, library=shelf))
            back.apply(
                Migrate(
                    instance.source.process_id, instance.source.hash, {to: source for source, to in mapping.items()}
                )
            )
            assert back.step().state == state, "another state has come back"
