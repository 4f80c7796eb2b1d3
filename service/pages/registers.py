"""Registers: those that I may read, the list of one, a record with its versions and what differs between them."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, g, render_template, request
from flask_babel import gettext

from service.documents import workbook
from service.operations import records, register_pages
from service.pages import values

blueprint = Blueprint("pages_registers", __name__, url_prefix="/registers")
values.register(blueprint)


@blueprint.get("")
def index() -> str:
    """The registers that this user may read."""
    found = sorted(records.readable(g.session, g.user), key=lambda register: register.title)
    return render_template("registers.html", registers=found)


@blueprint.get("/<id>")
def show(id: str) -> str:
    """A page of the records of a register, searched and sorted."""
    register = records.register(g.session, id, g.user)
    wanted, columns = _wanted(), register_pages.columns(register)
    found = register_pages.listed(g.session, register, g.user, **wanted, after=request.args.get("after"))
    return render_template(
        "register.html",
        register=register,
        columns=columns,
        sorts=[("id", gettext("Number")), ("state", gettext("State")), *((each.key, each.title) for each in columns)],
        found=found,
        wanted=wanted,
        paged="after" in request.args,
        narrowed=any(wanted[name] for name in ("text", "state", "value")),
    )


@blueprint.get("/<id>/workbook")
def export(id: str) -> Response:
    """The list as a workbook, with every field of every record."""
    register = records.register(g.session, id, g.user)
    heads = (gettext("Number"), gettext("State"))
    data = register_pages.exported(g.session, register, g.user, heads, **_wanted())
    return values.download(data, f"{register.title}.xlsx", workbook.TYPE)


@blueprint.get("/<id>/<path:record_id>")
def record(id: str, record_id: str) -> str:
    """A record: its fields now, and two of its versions beside each other."""
    register = records.register(g.session, id, g.user)
    row = records.record(g.session, register, record_id, g.user)
    history = register_pages.versions(g.session, row, g.user)
    newer = _version(history, "to", history[0].row.version)
    older = _version(history, "from", newer.row.version - 1) if newer.row.version > 1 else None
    return render_template(
        "record.html",
        register=register,
        row=row,
        history=history,
        inner=register_pages.inner_titles(g.session),
        newer=newer,
        older=older,
        differences=register_pages.differences(register, older.row if older else None, newer.row),
    )


def _wanted() -> Mapping[str, Any]:
    """What the list is narrowed to and sorted by, as the address says."""
    names = ("text", "state", "field", "value", "sort")
    return {name: request.args.get(name, "").strip() for name in names}


def _version(history: list[register_pages.Version], name: str, usual: int) -> register_pages.Version:
    """The version that the address asks for, or the usual one."""
    wanted = request.args.get(name, type=int)
    by = {each.row.version: each for each in history}
    return by.get(wanted if wanted is not None else usual) or by.get(usual) or history[0]
