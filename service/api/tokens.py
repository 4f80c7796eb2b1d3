"""`/api/v1/api-tokens`: tokens for programs, shown once."""

from flask import Blueprint, Response, g

from service.api.bodies import NOTHING, body, plain
from service.operations import accounts, sessions
from service.schemas.requests import CreateTokenSchema

blueprint = Blueprint("tokens", __name__, url_prefix="/api/v1/api-tokens")


@blueprint.post("")
def create() -> Response:
    """A token of one's own; works as bearer and as the password of basic authentication."""
    given = body(CreateTokenSchema())
    key, token = accounts.create_token(g.session, g.user, given["title"], now=g.now, expires_at=given["expires_at"])
    return plain({"tokenKey": str(key), "token": token}, 201)


@blueprint.delete("/<key:key>")
def revoke(key: int) -> tuple[str, int]:
    """End a token of one's own."""
    sessions.revoke(g.session, key, g.user.username, now=g.now)
    return NOTHING
