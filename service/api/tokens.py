"""`/api/v1/api-tokens`: tokens for programs, shown once."""

from flask import Blueprint, Response, g
from sqlalchemy import update

from service.api.bodies import NOTHING, body, plain
from service.errors import NotFound
from service.models import ApiToken
from service.operations import accounts
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
    mine = ApiToken.key == key, ApiToken.username == g.user.username, ApiToken.revoked_at.is_(None)
    if g.session.execute(update(ApiToken).where(*mine).values(revoked_at=g.now)).rowcount == 0:
        raise NotFound()
    return NOTHING
