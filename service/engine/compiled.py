"""Definitions turned into the library's specs, once in each process."""

from dataclasses import dataclass
from hashlib import sha256
from threading import Lock
from typing import Final

from SpiffWorkflow.bpmn.specs.bpmn_process_spec import BpmnProcessSpec

from service.engine.activities import Call, Job, Rule, Script, SubProcess, UserTask
from service.engine.corrections import ElementSpec, ScopeSpec
from service.engine.dialect import read
from service.engine.events import CatchEvent, EventGateway, ThrowEvent
from service.engine.flows import InclusiveGateway, ParallelGateway
from service.engine.model import Definition, Node, Scope, StandardLoop
from service.engine.multi_instance import Body, MultiInstance
from service.engine.standard_loop import LoopBody
from service.engine.types import ProcessSource, StateUnreadable

#: Kept in memory; a compiled diagram of 100 elements is about 200 kB.
_MAX_KEPT: Final = 256

_CLASSES: Final[dict[str, type[ElementSpec]]] = {
    "userTask": UserTask,
    "serviceTask": Job,
    "scriptTask": Script,
    "businessRuleTask": Rule,
    "callActivity": Call,
    "subProcess": SubProcess,
    "transaction": SubProcess,
    "startEvent": CatchEvent,
    "boundaryEvent": CatchEvent,
    "intermediateCatchEvent": CatchEvent,
    "receiveTask": CatchEvent,
    "intermediateThrowEvent": ThrowEvent,
    "endEvent": ThrowEvent,
    "sendTask": ThrowEvent,
    "eventBasedGateway": EventGateway,
    "parallelGateway": ParallelGateway,
    "inclusiveGateway": InclusiveGateway,
    "exclusiveGateway": ElementSpec,
    "task": ElementSpec,
    "manualTask": ElementSpec,
}


@dataclass(frozen=True, slots=True)
class Compiled:
    """`specs` holds the spec that flows lead to, by element id; `inner` the library's specs of sub-processes."""

    definition: Definition
    root: BpmnProcessSpec
    inner: dict[str, BpmnProcessSpec]
    specs: dict[str, ElementSpec]

    def named(self, name: str) -> ElementSpec:
        """The spec of this name in the library, inner activities of multi-instance bodies included."""
        element_id, _, each = name.partition("#")
        spec = self.specs[element_id]
        return spec.inner if each and isinstance(spec, Body) else spec


_kept: dict[tuple[str, str], Compiled] = {}
_lock = Lock()


def compiled(source: ProcessSource) -> Compiled:
    """Raises `XmlRefused` or `Unsupported` for what cannot be executed, `StateUnreadable` if the file was altered."""
    key = (source.hash, source.process_id)
    with _lock:
        found = _kept.pop(key, None)
        if found is None:
            if sha256(source.xml).hexdigest() != source.hash:
                raise StateUnreadable("the definition is not the one that was deployed")
            found = _compile(read(source.xml, source.process_id))
        _kept[key] = found
        while len(_kept) > _MAX_KEPT:
            del _kept[next(iter(_kept))]
        return found


def _compile(definition: Definition) -> Compiled:
    specs: dict[str, ElementSpec] = {}
    inner: dict[str, BpmnProcessSpec] = {}
    root = _scope(definition.root, specs, inner)
    return Compiled(definition, root, inner, specs)


def _scope(scope: Scope, specs: dict[str, ElementSpec], inner: dict[str, BpmnProcessSpec]) -> BpmnProcessSpec:
    process = ScopeSpec(scope.id)
    for node in scope.nodes.values():
        specs[node.id] = _spec(process, node)
        if node.body is not None:
            inner[node.body.id] = _scope(node.body, specs, inner)
    return process


def _spec(process: BpmnProcessSpec, node: Node) -> ElementSpec:
    kind = Job if "taskDefinition" in node.extensions else _CLASSES[node.tag]
    if node.loop is None:
        return kind(process, node)
    body = LoopBody if isinstance(node.loop, StandardLoop) else MultiInstance
    return body(process, node, kind(process, node, each=True))
