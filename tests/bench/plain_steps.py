"""SpiffWorkflow's own load, step and save with a cached spec: what our engine is measured against.

Its serialiser as it comes, but for the specs, which are put in from memory instead of being written and read each
time; that is the fastest way in which the library can be used.
"""

import json
from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer, DefaultRegistry
from SpiffWorkflow.bpmn.serializer.config import DEFAULT_CONFIG
from SpiffWorkflow.bpmn.serializer.default.workflow import BpmnWorkflowConverter, WorkflowConverter
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState


class PlainProcess:
    """One process of the library, its spec parsed once."""

    def __init__(self, xml: bytes, process_id: str) -> None:
        parser = BpmnParser()
        parser.add_bpmn_str(xml)
        self.spec, self.inner = parser.get_spec(process_id), parser.get_subprocess_specs(process_id)
        config = DEFAULT_CONFIG | {BpmnWorkflow: _converter(self.spec, self.inner)}
        self.serializer = BpmnWorkflowSerializer(BpmnWorkflowSerializer.configure(config, DefaultRegistry()))

    def begin(self) -> str:
        """A new instance at its first task, saved."""
        workflow = BpmnWorkflow(self.spec, self.inner)
        workflow.do_engine_steps()
        return self.save(workflow)

    def step(self, state: str, answers: dict[str, Any]) -> str:
        """Load, complete the open task, run to the next, save."""
        workflow = self.serializer.from_dict(json.loads(state))
        task = workflow.get_next_task(state=TaskState.READY, manual=True)
        task.data.update(answers)
        task.run()
        workflow.do_engine_steps()
        return self.save(workflow)

    def save(self, workflow: BpmnWorkflow) -> str:
        """The state without specs."""
        return json.dumps(self.serializer.to_dict(workflow))


def _converter(spec: Any, inner: dict[str, Any]) -> type[BpmnWorkflowConverter]:
    class WithCachedSpec(BpmnWorkflowConverter):
        """The library's converter without the lines about specs."""

        def to_dict(self, workflow: BpmnWorkflow) -> dict[str, Any]:
            return WorkflowConverter.to_dict(self, workflow) | {
                "subprocesses": self.mapping_to_dict(workflow.subprocesses),
                "bpmn_events": self.registry.convert(workflow.bpmn_events),
            }

        def from_dict(self, dct: dict[str, Any]) -> BpmnWorkflow:
            workflow = self.target_class(spec, inner, deserializing=True)
            workflow.tasks = self.mapping_from_dict(dct["tasks"], UUID, workflow=workflow)
            workflow.task_tree = workflow.tasks.get(UUID(dct["root"]))
            self.set_default_attributes(workflow, dct)
            self.subprocesses_from_dict(dct["subprocesses"], workflow)
            workflow.bpmn_events = self.registry.restore(dct.pop("bpmn_events", []))
            return workflow

    return WithCachedSpec
