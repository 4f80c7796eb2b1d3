"""`/v2/process-instances/K/modification` and `/migration`, and the preview of migrations."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, g
from flask_babel import gettext
from sqlalchemy import select

from service import access
from service.api.bodies import NOTHING, answer, body
from service.errors import Forbidden, NotFound
from service.models import ProcessInstance
from service.operations import migrations, modifications, nouns, search
from service.operations.modifications import Activate, Instructions, Relocate, Terminate
from service.operations.move_texts import TEXTS
from service.schemas import moves
from service.web.dispatch import reads

blueprint = Blueprint("moves", __name__)
_PREVIEW = moves.PreviewResult()


@blueprint.post("/v2/process-instances/<key:key>/modification")
def modify(key: int) -> tuple[str, int]:
    """Activate and terminate elements of an instance, and move its tokens, in one act."""
    given = body(moves.ModifySchema())
    instructions = Instructions(
        [_activate(each) for each in given["activate_instructions"]],
        [_move(each) for each in given["move_instructions"]],
        [Terminate(each["element_id"], each["element_instance_key"]) for each in given["terminate_instructions"]],
    )
    modifications.modify_instance(g.session, key, instructions, g.user, now=g.now)
    return NOTHING


@blueprint.post("/v2/process-instances/<key:key>/migration")
def migrate(key: int) -> tuple[str, int]:
    """Let an instance go on under another version."""
    given = body(moves.MigrateSchema())
    target = given["target_process_definition_key"]
    migrations.migrate_instance(g.session, key, target, mapping(given), g.user, now=g.now)
    return NOTHING


@blueprint.post("/api/v1/process-instances/migration-preview")
@reads
def preview() -> Response:
    """What a migration would mean for each instance; nothing is done."""
    given = body(moves.PreviewSchema())
    if not g.user.operates:
        raise Forbidden()
    target = migrations.target_definition(g.session, given["target_process_definition_key"])
    wanted = mapping(given) if given["mapping_instructions"] is not None else None
    plans = [migrations.plan(g.session, instance, target, wanted, g.user, now=g.now) for instance in _instances(given)]
    return answer(_PREVIEW, {"items": [_plan(each) for each in plans]})


def mapping(given: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The mapping of a body."""
    return [(each["source_element_id"], each["target_element_id"]) for each in given["mapping_instructions"]]


def _instances(given: Mapping[str, Any]) -> Sequence[ProcessInstance]:
    """Those named, which must all be there, or the first of those that run and fit the filter."""
    keys = given["process_instance_keys"]
    scope = access.instance_scope(g.user)
    if keys is not None:
        found = {
            row.key: row
            for row in g.session.scalars(select(ProcessInstance).where(ProcessInstance.key.in_(keys), scope))
        }
        if set(keys) - set(found):
            raise NotFound()
        return [found[key] for key in dict.fromkeys(keys)]
    where = search.where_clause(nouns.PROCESS_INSTANCES, given["filter"])
    query = (
        select(ProcessInstance).where(where, scope, ProcessInstance.status == "ACTIVE").order_by(ProcessInstance.key)
    )
    return list(g.session.scalars(query.limit(moves.MAX_PREVIEWED)))


def _plan(plan: migrations.Plan) -> dict[str, Any]:
    findings = [
        {
            "severity": "ERROR" if each.is_error else "WARNING",
            "code": each.code,
            "place": each.place,
            "target_element_id": each.details.get("target"),
            "message": gettext(TEXTS[each.code]),
        }
        for each in plan.findings
    ]
    return {
        "process_instance_key": plan.instance.key,
        "feasible": plan.feasible,
        "findings": findings,
        "mapping_instructions": [
            {"source_element_id": source, "target_element_id": target} for source, target in plan.mapping.items()
        ],
    }


def _activate(given: Mapping[str, Any]) -> Activate:
    return Activate(given["element_id"], _ancestor(given), _variables(given))


def _move(given: Mapping[str, Any]) -> Relocate:
    source, scope = given["source_element_instruction"], given["ancestor_scope_instruction"] or {}
    return Relocate(
        Terminate(source["source_element_id"], source["source_element_instance_key"]),
        given["target_element_id"],
        scope.get("ancestor_scope_type", "direct"),
        _ancestor(scope),
        _variables(given),
    )


def _ancestor(given: Mapping[str, Any]) -> int | None:
    key: int | None = given.get("ancestor_element_instance_key")
    return None if key == -1 else key


def _variables(given: Mapping[str, Any]) -> list[tuple[str, Any]]:
    return [(each["scope_id"] or "", each["variables"]) for each in given["variable_instructions"]]
