"""Operators move the tokens of a case by hand, or put it under another version, after a look at what that means."""

from typing import Any

from flask import Blueprint, g, redirect, render_template, request, url_for
from sqlalchemy import select
from werkzeug.wrappers import Response

from service.errors import BadArgument
from service.models import ElementInstance, ProcessInstance, Resource
from service.operations import instances, migrations, modifications
from service.operations.modifications import Activate, Instructions, Relocate, Terminate
from service.operations.move_texts import TEXTS
from service.releases import Deployed, resource
from service.schemas.base import parse_key

blueprint = Blueprint("pages_moves", __name__, url_prefix="/instances")
#: What no token is put on.
_NO_TARGET = frozenset({"PROCESS", "SEQUENCE_FLOW", "START_EVENT", "BOUNDARY_EVENT"})


@blueprint.get("/<key:key>/moves")
def show(key: int) -> str:
    """Where the case stands, where it could stand, and the versions of its process; with `version` what a migration
    would mean."""
    instance, definition = _case(key)
    chosen = parse_key(request.args.get("version") or "")
    plan = None
    if chosen is not None:
        target = migrations.target_definition(g.session, chosen)
        plan = migrations.plan(g.session, instance, target, _mapping(instance, target), g.user, now=g.now)
    elements: dict[str, tuple[str, str]] = definition.facts["elements"]
    return render_template(
        "moves.html",
        instance=instance,
        definition=definition,
        active=_active(instance),
        targets=[(id, name or id) for id, (name, type) in elements.items() if type not in _NO_TARGET],
        versions=_versions(instance),
        chosen=chosen,
        changes=request.args.get("changes", ""),
        plan=plan,
        texts=TEXTS,
        names={id: name for id, (name, _) in elements.items()},
    )


@blueprint.post("/<key:key>/modification")
def modify(key: int) -> Response:
    """End an element instance, enter an element, or both: a move."""
    _case(key)
    source, target = parse_key(request.form.get("source") or ""), request.form.get("target") or ""
    if source is not None and target:
        asked = Instructions(move=[Relocate(Terminate(key=source), target, "nearest")])
    else:
        asked = Instructions(
            activate=[Activate(target)] if target else (), terminate=[Terminate(key=source)] if source else ()
        )
    modifications.modify_instance(g.session, key, asked, g.user, now=g.now)
    return redirect(url_for("pages_instances.show", key=key))


@blueprint.post("/<key:key>/migration")
def migrate(key: int) -> Response:
    """Put the case under the version that was looked at."""
    instance, _ = _case(key)
    target = migrations.target_definition(g.session, parse_key(request.form.get("version") or "") or 0)
    mapping = _mapping(instance, target)
    migrations.migrate_instance(g.session, key, target.key, mapping, g.user, now=g.now)
    return redirect(url_for("pages_instances.show", key=key))


def _case(key: int) -> tuple[ProcessInstance, Deployed]:
    instance = instances.visible_instance(g.session, key, g.user)
    instances.check_operates(g.session, instance, g.user)
    definition = resource(g.session, instance.definition_key)
    assert definition is not None  # noqa: S101 - a foreign key
    return instance, definition


def _active(instance: ProcessInstance) -> list[ElementInstance]:
    query = select(ElementInstance).where(
        ElementInstance.instance_key == instance.key, ElementInstance.state == "ACTIVE"
    )
    return list(g.session.scalars(query.order_by(ElementInstance.key).limit(500)))


def _versions(instance: ProcessInstance) -> list[Resource]:
    query = select(Resource).where(
        Resource.kind == "process",
        Resource.resource_id == instance.process_id,
        Resource.key != instance.definition_key,
    )
    return list(g.session.scalars(query.order_by(Resource.version.desc()).limit(100)))


def _mapping(instance: ProcessInstance, target: Deployed) -> list[tuple[str, str]]:
    """What is suggested, with the changes of the form: a line for each, `old = new`; nothing behind it: not mapped."""
    found: dict[str, Any] = dict(migrations.plan(g.session, instance, target, None, g.user, now=g.now).mapping)
    for line in (request.values.get("changes") or "").splitlines():
        source, sign, other = (part.strip() for part in line.partition("="))
        if not source:
            continue
        if not sign:
            raise BadArgument("“%(line)s”: write the ids of two elements with = between them.", line=line)
        found[source] = other
    return [(source, other) for source, other in found.items() if other]
