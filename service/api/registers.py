"""`/api/v1/registers`: the records that procedures keep, for the groups that the register names."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, g
from marshmallow import fields, validate

from service.api.bodies import body, plain
from service.models import RecordVersion
from service.operations import records
from service.registers.reading import Row
from service.schemas.base import RequestSchema, Variables, instant
from service.web.dispatch import reads

blueprint = Blueprint("registers", __name__, url_prefix="/api/v1/registers")


class RecordSearchSchema(RequestSchema):
    """Which records, in which order. `after` is the cursor of the page before."""

    filter = Variables(load_default=dict, allow_none=True)
    order = fields.List(fields.String(), load_default=list, validate=validate.Length(max=10))
    limit = fields.Integer(strict=True, load_default=100, validate=validate.Range(1, 1000))
    after = fields.String(load_default=None, allow_none=True)
    voided = fields.Boolean(load_default=False)


@blueprint.get("")
def show_all() -> Response:
    """The registers that one may read."""
    found = records.readable(g.session, g.user)
    return plain({"items": [{"registerId": register.id, "title": register.title} for register in found]})


@blueprint.post("/<id>/records/search")
@reads
def find(id: str) -> Response:
    """Records whose fields have these values."""
    given = body(RecordSearchSchema())
    register = records.register(g.session, id, g.user)
    found = records.find(g.session, register, g.user, **(given | {"filter": given["filter"] or {}}))
    return plain({"items": [_written(row) for row in found.rows], "page": {"endCursor": found.cursor}})


@blueprint.get("/<id>/records/<record_id>")
def show(id: str, record_id: str) -> Response:
    """One record as it is now."""
    row = records.record(g.session, records.register(g.session, id, g.user), record_id, g.user)
    response = plain(_written(row))
    response.set_etag(row.hash)
    return response


@blueprint.get("/<id>/records/<record_id>/versions")
def show_versions(id: str, record_id: str) -> Response:
    """Every version of a record, the first one first."""
    row = records.record(g.session, records.register(g.session, id, g.user), record_id, g.user)
    return plain({"items": [_version(version) for version in records.versions(g.session, row)]})


def _written(row: Row) -> Mapping[str, Any]:
    return {
        "recordKey": str(row.key),
        "registerId": row.register,
        "recordId": row.id,
        "state": row.state,
        "version": row.version,
        "data": row.data,
        "changedAt": instant(row.changed_at),
        "changedBy": _actor(row.changed_by),
        "voided": row.voided,
    }


def _actor(username: str | None) -> str | None:
    """Who acted is for auditors, one's own acts for all."""
    return username if g.user.reads_all or username == g.user.username else None


def _version(version: RecordVersion) -> Mapping[str, Any]:
    return {
        "version": version.version,
        "state": version.state,
        "data": version.data,
        "at": instant(version.at),
        "changedBy": _actor(version.by),
        "hash": version.hash,
    }
