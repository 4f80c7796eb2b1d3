"""Parties: the organisations and persons for whom accounts act."""

from flask import Blueprint, g, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from service import identities
from service.operations import administration, memberships, parties
from service.pages.admin.common import PAGE_SIZE, attempt, optional_day, text

blueprint = Blueprint("pages_parties", __name__, url_prefix="/admin/parties")


@blueprint.get("")
def index() -> str:
    """Parties by key, fifty at a time, and a form to make one."""
    return _index()


@blueprint.post("")
def create() -> Response:
    """Make one."""

    def act() -> Response:
        party = parties.create(
            g.session, g.user, text("kind"), text("name"), text("key"), reason=text("reason"), now=g.now
        )
        return redirect(url_for(".show", key=party.key))

    return attempt(act, _index)


@blueprint.get("/<key>")
def show(key: str) -> str:
    """One party and the accounts that act for it."""
    return _page(key)


@blueprint.post("/<key>/name")
def rename(key: str) -> Response:
    """Correct its name."""

    def act() -> Response:
        parties.rename(g.session, g.user, key, text("name"), reason=text("reason"), now=g.now)
        return redirect(url_for(".show", key=key))

    return attempt(act, lambda error: _page(key, error))


@blueprint.post("/<key>/members")
def put_in(key: str) -> Response:
    """An account acts for it, at once or from a day to a day."""

    def act() -> Response:
        administration.check(g.user)
        group = identities.group_of(parties.party_of(g.session, key))
        memberships.put_in(
            g.session, g.user, text("username"), group, reason=text("reason"), now=g.now,
            first_day=optional_day("first_day"), last_day=optional_day("last_day"),
        )  # fmt: skip
        return redirect(url_for(".show", key=key))

    return attempt(act, lambda error: _page(key, error))


@blueprint.post("/<key>/members/out")
def take_out(key: str) -> Response:
    """An account acts for it no more."""

    def act() -> Response:
        administration.check(g.user)
        group = identities.group_of(parties.party_of(g.session, key))
        memberships.take_out(g.session, g.user, text("username"), group, reason=text("reason"), now=g.now)
        return redirect(url_for(".show", key=key))

    return attempt(act, lambda error: _page(key, error))


def _index(error: str | None = None) -> str:
    administration.check_reads(g.user)
    wanted = request.args.get("text", "").strip()
    found = parties.find(g.session, text=wanted, after=request.args.get("after", ""), limit=PAGE_SIZE)
    return render_template(
        "admin/parties.html",
        found=found,
        wanted=wanted,
        full=len(found) == PAGE_SIZE,
        paged="after" in request.args,
        error=error,
        typed=request.form if error else {},
    )


def _page(key: str, error: str | None = None) -> str:
    administration.check_reads(g.user)
    party = parties.party_of(g.session, key)
    return render_template(
        "admin/party.html",
        party=party,
        members=parties.members(g.session, party),
        acts=administration.acts(g.session, subject=identities.group_of(party), limit=20),
        error=error,
        typed=request.form if error else {},
    )
