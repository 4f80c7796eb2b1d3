"""One request, one transaction: opened here, committed here, drained here.

A view never commits. `g.session`, `g.user`, `g.now` are there when it runs. Whether the session may write is
decided by the route: GET and HEAD read unless they are marked with `@writes`, and so do views marked with `@reads`.
"""

import logging
import time
from collections.abc import Callable
from datetime import timedelta
from random import Random
from typing import Any, TypeVar

from flask import Flask, Response, g, request
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from service import db, keys
from service.clock import machine_now
from service.db import Database
from service.engine.types import ActImpossible, EngineError, StateUnreadable
from service.errors import InvalidState, Overloaded, ServiceError, Stumbled
from service.logs import fields
from service.operations import accounts, incidents, lookups, moments, refused, runner, substitutes
from service.operations.submissions import SignatureRefused
from service.web import authentication, idempotency, waiting

log = logging.getLogger("service.web")
ViewT = TypeVar("ViewT", bound=Callable[..., Any])
ResultT = TypeVar("ResultT")
#: How often a request that met another transaction is tried.
ATTEMPTS = 5
SEEN_EVERY = timedelta(minutes=5)
_random = Random()


def reads(view: ViewT) -> ViewT:
    """Mark a view that only looks although its method is POST (searches, evaluations)."""
    view.reads = True  # type: ignore[attr-defined]
    return view


def writes(view: ViewT) -> ViewT:
    """Mark a view that writes although its method is GET: reading a document is recorded."""
    view.writes = True  # type: ignore[attr-defined]
    return view


def unnoted(view: ViewT) -> ViewT:
    """Mark a view that pages ask by themselves: it does not keep a session alive whose person has gone."""
    view.unnoted = True  # type: ignore[attr-defined]
    return view


def commits_refusals(view: ViewT) -> ViewT:
    """Mark a view whose refusals must be stored too: failed sign-ins are counted."""
    view.commits_refusals = True  # type: ignore[attr-defined]
    return view


def open_to_all(view: ViewT) -> ViewT:
    """Mark a view that answers without a signed-in user."""
    view.open_to_all = True  # type: ignore[attr-defined]
    return view


def write_apart(work: Callable[[Session], ResultT]) -> ResultT:
    """A transaction besides that of the view: for what a refused request leaves, and for views without one."""
    with db.database(keys.config().database_url).writing() as session:
        result = work(session)
        session.commit()
        return result


class Service(Flask):
    """Flask, with the transaction around each view."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """All views are plain functions: nothing is asked at each request."""
        return func

    def dispatch_request(self) -> Any:
        """Run the view in a transaction; again if it met another one; then do what its commit left to be done."""
        view = self.view_functions.get(request.endpoint or "")
        if request.routing_exception is not None or view is None or getattr(view, "no_session", False):
            return super().dispatch_request()
        database = db.database(keys.config().database_url)
        for attempt in range(ATTEMPTS):
            try:
                response, roots = self._once(database, view)
                break
            except (StaleDataError, DBAPIError) as error:
                if not db.is_transient(error):
                    raise
                log.info("the request met another transaction and is tried again", extra=fields(attempt=attempt + 1))
                time.sleep(0.02 * 2**attempt * _random.random())
            except (accounts.WrongPassword, SignatureRefused):
                if not getattr(view, "commits_refusals", False):
                    _count_wrong_password(database)
                raise
        else:
            raise Overloaded()
        # Only here, where nothing is tried again: what is committed must not be done twice.
        for root in roots:
            runner.drain(database, root, _random)
        if not getattr(view, "unnoted", False):
            _note_activity(database)
        _note_miss(database)
        awaited = g.pop("await_completion", None)
        return waiting.completed(database, response, *awaited) if awaited else response

    def _once(self, database: Database, view: Callable[..., Any]) -> tuple[Response, set[int]]:
        """The view's answer, committed, and the trees of instances that have follow-ups to be done."""
        acts = request.method not in ("GET", "HEAD", "OPTIONS") and not getattr(view, "reads", False)
        writes = acts or getattr(view, "writes", False)
        try:
            return self._transact(database, view, writes)
        finally:
            session = g.get("session")
            refusal = session.info.pop(refused.REFUSED, None) if session is not None else None
            if refusal is not None:
                with database.writing() as session:
                    refused.write_down(session, refusal)
                    session.commit()

    def _transact(self, database: Database, view: Callable[..., Any], writes: bool) -> tuple[Response, set[int]]:
        with database.writing(once=True) if writes else database.reading() as session:
            g.session = session
            try:
                g.arrived_at = g.get("arrived_at") or machine_now()
                authentication.identify(session, optional=getattr(view, "open_to_all", False))
                g.now = moments.now(session, g.arrived_at)
                if g.user is not None:
                    g.user = substitutes.standing_in(session, g.user, now=g.now)
                response = self._answer(session, writes)
                if writes and (response.status_code < 400 or getattr(view, "commits_refusals", False)):
                    session.commit()
                roots = session.info.get("roots", set()) if writes and session.info.get("follow_ups") else set()
            except ServiceError as error:
                if writes and (error.keeps or getattr(view, "commits_refusals", False)):
                    session.commit()
                raise
            except (EngineError, StateUnreadable, ActImpossible) as error:
                session.rollback()
                stumbled: Exception | None = error
                at = session.info.get("moved")
                roots = set()
            else:
                stumbled, at = None, None
        if stumbled is not None:
            raise _as_refusal(database, stumbled, at) from stumbled
        return response, roots

    def _answer(self, session: Session, writes: bool) -> Response:
        """The view's answer, or the one given before to a request with the same idempotency key."""
        known = idempotency.answered(session) if writes else None
        if known is not None:
            return known
        response = self.make_response(super().dispatch_request())
        if writes and response.status_code < 400:
            idempotency.remember(session, response)
        return response


def _count_wrong_password(database: Database) -> None:
    """Count the wrong password of basic authentication or of a signature: what was asked with it is rolled back."""
    header = request.authorization
    if g.user is not None:
        who = g.user.username
    elif header is not None and header.type == "basic" and not (header.password or "").startswith("ps_"):
        who = header.username or ""
    else:
        return
    with database.writing() as session:
        accounts.count_failure(session, who, request.remote_addr or "", at=g.arrived_at)
        session.commit()


def _note_activity(database: Database) -> None:
    """Move on the idle end of a page's session, at most every few minutes: looking must not cost a write."""
    if g.sign_in is not None and g.arrived_at - g.seen_at > SEEN_EVERY:
        with database.writing() as session:
            accounts.seen(session, request.cookies[authentication.COOKIE], at=g.arrived_at)
            session.commit()


def _note_miss(database: Database) -> None:
    """Count a code that there is not against where it came from: the view only read."""
    if g.pop("missed", False):
        with database.writing() as session:
            lookups.count_miss(session, request.remote_addr or "", at=g.arrived_at)
            session.commit()


def _as_refusal(database: Database, error: Exception, instance_key: int | None) -> ServiceError:
    """What the person is told when the procedure itself could not go on; an incident is stored for its owner."""
    if isinstance(error, ActImpossible):
        return InvalidState(reason=str(error))
    trouble = error if isinstance(error, EngineError) else EngineError("UNKNOWN", "", str(error))
    if instance_key is not None:
        with database.writing() as session:
            incidents.report(session, instance_key, trouble, now=g.now)
            session.commit()
    else:  # a start: there is no instance that could show an incident
        log.error("a process could not begin", extra=fields(element_id=trouble.element_id, code=trouble.kind))
    return Stumbled(element=trouble.element_id, reason=trouble.reason)
