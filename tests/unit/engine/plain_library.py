"""SpiffWorkflow as it comes: its parser, its engine, Python expressions."""

from typing import Any

from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState

from service.engine.types import ProcessSource


def library(source: ProcessSource, **data: Any) -> BpmnWorkflow:
    """An instance, run to where it waits for people."""
    parser = BpmnParser()
    parser.add_bpmn_str(source.xml)
    workflow = BpmnWorkflow(parser.get_spec("p"), parser.get_subprocess_specs("p"))
    workflow.task_tree.data.update(data)
    workflow.do_engine_steps()
    return workflow


def complete(workflow: BpmnWorkflow, name: str, **data: Any) -> None:
    task = workflow.get_next_task(state=TaskState.READY, spec_name=name)
    task.data.update(data)
    task.run()
    workflow.do_engine_steps()


def done(workflow: BpmnWorkflow) -> set[str]:
    return {task.task_spec.name for task in workflow.get_tasks(state=TaskState.COMPLETED)}
