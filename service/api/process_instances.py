"""`/v2/process-instances`"""

from typing import Any

from flask import Blueprint, Response, g
from sqlalchemy import case, func, select

from service import access
from service.api.bodies import NOTHING, answer, body, manner, page, plain, search_body
from service.errors import BadArgument
from service.models import ElementInstance, FlowTaken, Incident, ProcessInstance
from service.operations import instances, nouns, search
from service.schemas import present, requests, results
from service.web import waiting
from service.web.dispatch import reads

blueprint = Blueprint("process_instances", __name__, url_prefix="/v2/process-instances")
_RESULT, _INCIDENT = results.ProcessInstanceResult(), results.IncidentResult()


@blueprint.post("")
def create() -> Response:
    """Start a process instance."""
    given = body(requests.CreateProcessInstanceSchema())
    key, process_id = given.get("process_definition_key"), given.get("process_definition_id")
    if (key is None) == (process_id is None):
        raise BadArgument("Name either %(one)s or %(other)s.", one="processDefinitionKey", other="processDefinitionId")
    process = instances.definition(
        g.session, key=key, process_id=process_id, version=given["process_definition_version"]
    )
    instance = instances.start_instance(
        g.session,
        process,
        given["variables"] or {},
        g.user,
        now=g.now,
        business_id=given["business_id"],
        tags=given["tags"] or (),
        manner=manner(),
    )
    result = {
        "processDefinitionId": process.resource_id,
        "processDefinitionVersion": process.version,
        "processDefinitionKey": str(process.key),
        "processInstanceKey": str(instance.key),
        "tenantId": "<default>",
        "tags": instance.tags,
        "businessId": instance.business_id,
        "variables": {},
    }
    if given["await_completion"]:
        waiting.for_completion(instance.key, given["fetch_variables"] or [], given["request_timeout"] or 0)
    return plain(result)


@blueprint.post("/search")
@reads
def find() -> Response:
    """Search process instances."""
    found = search.search(g.session, nouns.PROCESS_INSTANCES, search_body(), access.instance_scope(g.user))
    return page(found, _RESULT, lambda row: present.process_instance(g.session, row))


@blueprint.get("/<key:key>")
def show(key: int) -> Response:
    """One process instance."""
    return answer(_RESULT, present.process_instance(g.session, instances.visible_instance(g.session, key, g.user)))


@blueprint.post("/<key:key>/cancellation")
def cancel(key: int) -> tuple[str, int]:
    """Cancel a process instance."""
    body(requests.ReferenceSchema())
    instances.cancel_instance(g.session, key, g.user, now=g.now)
    return NOTHING


@blueprint.post("/<key:key>/incidents/search")
@reads
def find_incidents(key: int) -> Response:
    """Incidents of an instance and of those it called."""
    instance = instances.visible_instance(g.session, key, g.user)
    within = Incident.instance_key.in_(_tree(instance.key))
    found = search.search(
        g.session, nouns.INCIDENTS, search_body(), within & access.inner_scope(g.user, Incident.instance_key)
    )
    return page(found, _INCIDENT, lambda row: present.incident(g.session, *row))


@blueprint.get("/<key:key>/statistics/element-instances")
def statistics(key: int) -> Response:
    """How often each element was visited, by outcome."""
    instances.visible_instance(g.session, key, g.user)
    incidents = dict(
        g.session.execute(
            select(Incident.element_id, func.count())
            .where(Incident.instance_key == key, Incident.resolved_at.is_(None))
            .group_by(Incident.element_id)
        ).all()
    )
    rows = g.session.execute(
        select(
            ElementInstance.element_id,
            func.sum(case((ElementInstance.state == "ACTIVE", 1), else_=0)).label("active"),
            func.sum(case((ElementInstance.state == "TERMINATED", 1), else_=0)).label("canceled"),
            func.sum(case((ElementInstance.state == "COMPLETED", 1), else_=0)).label("completed"),
        )
        .where(ElementInstance.instance_key == key)
        .group_by(ElementInstance.element_id)
        .order_by(ElementInstance.element_id)
    )
    items = [
        {
            "elementId": row.element_id,
            "active": int(row.active),
            "canceled": int(row.canceled),
            "incidents": incidents.get(row.element_id, 0),
            "completed": int(row.completed),
        }
        for row in rows
    ]
    return plain({"items": items})


@blueprint.get("/<key:key>/sequence-flows")
def sequence_flows(key: int) -> Response:
    """The sequence flows that were taken."""
    instance = instances.visible_instance(g.session, key, g.user)
    flows = g.session.scalars(
        select(FlowTaken.flow_id).where(FlowTaken.instance_key == key).order_by(FlowTaken.flow_id)
    )
    return plain({"items": [_flow(flow, instance) for flow in flows]})


def _flow(flow: str, instance: ProcessInstance) -> dict[str, Any]:
    return {
        "sequenceFlowId": f"{instance.key}_{flow}",
        "elementId": flow,
        "processInstanceKey": str(instance.key),
        "rootProcessInstanceKey": str(instance.root_key),
        "processDefinitionId": instance.process_id,
        "processDefinitionKey": str(instance.definition_key),
        "tenantId": "<default>",
    }


def _tree(key: int) -> Any:
    """The keys of an instance and everything it called, at any depth."""
    tree = select(ProcessInstance.key).where(ProcessInstance.key == key).cte("tree", recursive=True)
    called = select(ProcessInstance.key).join(tree, ProcessInstance.parent_key == tree.c.key)
    return select(tree.union_all(called).c.key)
