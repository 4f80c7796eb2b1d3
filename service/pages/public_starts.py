"""`/public/start/<process>`: beginning a process without an account; the receipt; what became of it."""

import secrets
from collections.abc import Callable, Mapping, Sequence

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from service.access import User
from service.engine.types import ActImpossible, EngineError
from service.errors import Fault, InvalidState, NotFound, ServiceError, Stumbled
from service.models import ProcessInstance
from service.operations import enrolment, lookups, public_starts, rates, submissions
from service.operations.public_starts import Entrance
from service.pages import filled, visitors
from service.public import receipts
from service.public.secrets import could_be
from service.releases import Deployed
from service.values import Value
from service.web.dispatch import commits_refusals, open_to_all, writes
from service.web.problems import text_of

blueprint = Blueprint("pages_public_starts", __name__, url_prefix="/public")


@blueprint.get("/start/<process_id>")
@open_to_all
@writes
def form(process_id: str) -> Response:
    """The form, as it is now."""
    visitor = visitors.arrive()
    rates.count(g.session, rates.LOOKS, request.remote_addr or "", at=g.arrived_at)
    return _page(public_starts.open_process(g.session, process_id), visitor, secrets.token_hex(16))


@blueprint.post("/start/<process_id>")
@open_to_all
@commits_refusals
def submit(process_id: str) -> Response | BaseResponse:
    """Begin it, or show the form again with the reason and everything that was typed.

    Files stay when the answers are refused. Sent twice, the second one finds the receipt of the first.
    """
    visitor = visitors.sender()
    rates.count(g.session, rates.SENDS, request.remote_addr or "", at=g.arrived_at)
    process = public_starts.open_process(g.session, process_id)
    once = request.form.get("_once", "")[:64] or secrets.token_hex(16)
    code = receipts.code_for(g.visitor, f"{process_id}/{once}")
    found, refusal = _entrance(process, visitor)
    if found is None:
        if receipts.find(g.session, code) is not None:
            return redirect(url_for("pages_public_starts.receipt", code=code))
        return _page(process, visitor, once, refusal=refusal)
    posted = filled.read(found.form.form, user=visitor) if found.form else None
    if found.form and posted:
        filled.pressed(found.form.form, posted, found.given)
        if posted.action is not None or posted.faults:
            return _page(process, visitor, once, found, posted.answers, posted.faults)
    answers = posted.answers if posted else {}
    manner = posted.manner if posted else submissions.PLAINLY

    def send() -> None:
        with g.session.begin_nested():
            public_starts.send(g.session, process, answers, visitor, code, now=g.now, manner=manner)

    refusal = _refused(send)
    if refusal is None:
        return redirect(url_for("pages_public_starts.receipt", code=code, new=1))
    public_starts.forget(g.session)
    return _page(process, visitor, once, found, answers, refusal.errors, refusal)


@blueprint.get("/receipts")
@open_to_all
def ask() -> str | BaseResponse:
    """Where a code is entered."""
    code = request.args.get("code", "").strip()
    if code:
        return redirect(url_for("pages_public_starts.receipt", code=code))
    return render_template("public/receipt.html", shown=None, code="", said=None)


@blueprint.get("/receipts/<code>")
@open_to_all
def receipt(code: str) -> Response:
    """What was sent under this code, and what the sender is told of it."""
    lookups.refuse_guessing(g.session, request.remote_addr or "", at=g.arrived_at)
    shown = receipts.shown(g.session, code)
    g.missed = shown is None and could_be(code, receipts.GROUPS)
    visitors.arrive()
    instance = g.session.get(ProcessInstance, shown.receipt.root_key) if shown else None
    page = render_template(
        "public/receipt.html", shown=shown, code=code, status=instance.status if instance else None,
        new="new" in request.args, address=url_for("pages_public_starts.receipt", code=code, _external=True),
        account=receipts.unclaimed(g.session, shown.receipt) if shown else None,
    )  # fmt: skip
    response = make_response(page, 200 if shown else 404)
    response.headers["X-Robots-Tag"] = "noindex"
    return visitors.keep(response)


@blueprint.post("/receipts/<code>/account")
@open_to_all
def claim(code: str) -> BaseResponse:
    """The sender sets the first password of the account that was made for them. Raises `NotFound`."""
    lookups.refuse_guessing(g.session, request.remote_addr or "", at=g.arrived_at)
    visitors.sender()
    shown = receipts.find(g.session, code)
    account = receipts.unclaimed(g.session, shown) if shown else None
    if account is None:
        raise NotFound()
    return redirect(url_for("pages_profile.invitation", token=enrolment.invite(account, now=g.now)))


def _entrance(process: Deployed, visitor: User) -> tuple[Entrance | None, ServiceError | None]:
    """The form to be filled in; or why there is none."""
    found: list[Entrance] = []
    refusal = _refused(lambda: found.append(public_starts.entrance(g.session, process, visitor, now=g.now)))
    return (found[0] if found else None), refusal


def _refused(act: Callable[[], None]) -> ServiceError | None:
    """Why an act was not carried out. Where the procedure itself is at fault, there is no instance for an incident."""
    try:
        act()
    except ServiceError as error:
        return error
    except ActImpossible as error:
        return InvalidState(reason=str(error))
    except EngineError as error:
        return Stumbled(element=error.element_id, reason=error.reason)
    return None


def _page(
    process: Deployed,
    visitor: User,
    once: str,
    found: Entrance | None = None,
    answers: Mapping[str, Value] | None = None,
    faults: Sequence[Fault] = (),
    refusal: ServiceError | None = None,
) -> Response:
    if found is None and refusal is None:
        found, refusal = _entrance(process, visitor)
    shown = None
    if found is not None and found.form is not None:
        form = found.form.form
        shown = filled.shown(form, found.release, found.given, answers or {}, faults=faults, user=visitor)
    page = render_template(
        "public/start.html",
        process=process,
        found=found,
        form=shown,
        once=once,
        refusal=refusal,
        refusal_text=text_of(refusal) if refusal else None,
        most_mb=visitors.MOST_BYTES // 1024**2,
    )
    status = refusal.status if refusal else 422 if faults else 200
    return visitors.keep(make_response(page, status))
