"""`Idempotency-Key`: the same request again gets the same answer, and does nothing again."""

from hashlib import sha256

from flask import Response, g, request
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from service import db, urns
from service.errors import BadArgument, InvalidState, ServiceError
from service.models import IdempotencyKey

HEADER = "Idempotency-Key"
#: In place of a body's hash.
NOT_KEPT = ""


class OtherBody(ServiceError):
    """The key was used for another request."""

    status, code, title = 422, "IDEMPOTENCY_KEY_REUSED", "INVALID_ARGUMENT"
    message = "This Idempotency-Key was used for another request."


class StillRunning(InvalidState):
    """The first request with the key has no answer yet."""

    code = "IDEMPOTENCY_KEY_IN_USE"
    message = "A request with this Idempotency-Key is still running; ask again in a moment."


def answered(session: Session) -> Response | None:
    """The stored answer, if this request was answered before. Otherwise the key is reserved in this transaction.

    Raises `OtherBody`, or `InvalidState` while the first request with the key is still running.
    """
    key = request.headers.get(HEADER)
    if key is None or request.method != "POST" or g.user is None:
        return None
    if not 1 <= len(key) <= 255:
        raise BadArgument("%(name)s has 1 to %(most)s characters.", name=HEADER, most=255)
    digest = sha256(request.get_data(cache=True)).hexdigest()
    mine = {"username": g.user.username, "path": request.path, "key": key}
    if not db.try_hold(session, "idempotency/" + "/".join(mine.values())):
        raise StillRunning()
    known = session.scalars(select(IdempotencyKey).filter_by(**mine)).one_or_none()
    if known is not None:
        if known.body_hash not in (NOT_KEPT, digest):
            raise OtherBody()
        return Response(known.answer, status=known.status, mimetype="application/json")
    row = {"id": db.new_key(session), "body_hash": NOT_KEPT, "status": None, "answer": None, **mine}
    session.execute(insert(IdempotencyKey), [row | {"created_at": g.arrived_at}])
    g.idempotency = row["id"], digest
    return None


def remember(session: Session, response: Response) -> None:
    """Store the answer with the work, in the same commit.

    Only now the body's hash, and none if it held a ballot: of three choices, each could be tried against it.
    """
    id, digest = g.pop("idempotency", (None, None))
    if id is not None:
        row = session.get_one(IdempotencyKey, id)
        row.status, row.answer = response.status_code, response.get_data(as_text=True)
        row.body_hash = NOT_KEPT if session.info.get(urns.CAST) else digest
