"""A small OpenID Connect provider over HTTP, of Authlib's server parts: who is sent here comes back signed in."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.oauth2.rfc6749 import AuthorizationCodeMixin, ClientMixin, grants
from authlib.oauth2.rfc7636 import CodeChallenge
from authlib.oidc.core import OpenIDCode, UserInfo
from flask import Flask, jsonify
from joserfc.jwk import RSAKey
from werkzeug.serving import make_server

CLIENT_ID, CLIENT_SECRET = "pingshen", "between the two of us"


@dataclass
class Client(ClientMixin):
    """The service, as the provider knows it."""

    redirect_uri: str

    def get_client_id(self):
        return CLIENT_ID

    def get_default_redirect_uri(self):
        return self.redirect_uri

    def get_allowed_scope(self, scope):
        return scope

    def check_redirect_uri(self, redirect_uri):
        return redirect_uri == self.redirect_uri

    def check_client_secret(self, client_secret):
        return client_secret == CLIENT_SECRET

    def check_endpoint_auth_method(self, method, endpoint):
        return method == "client_secret_basic"

    def check_response_type(self, response_type):
        return response_type == "code"

    def check_grant_type(self, grant_type):
        return grant_type == "authorization_code"


@dataclass
class Code(AuthorizationCodeMixin):
    """A code that was handed out."""

    redirect_uri: str
    scope: str
    nonce: str
    code_challenge: str
    code_challenge_method: str

    def get_redirect_uri(self):
        return self.redirect_uri

    def get_scope(self):
        return self.scope

    def get_nonce(self):
        return self.nonce

    def get_auth_time(self):
        return None

    def get_acr(self):
        return None

    def get_amr(self):
        return None


@dataclass
class Directory:
    """Says `claims` of whoever comes. `lie` changes the claims of the identity token just before it is signed."""

    issuer: str = ""
    claims: dict[str, Any] = field(default_factory=dict)
    lie: dict[str, Any] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}))
    #: What tokens are signed with: another one than what is published, if somebody forges.
    signer: RSAKey | None = None
    codes: dict[str, Code] = field(default_factory=dict)


def _application(directory: Directory, client: Client) -> Flask:
    app = Flask("directory")
    app.config["OAUTH2_TOKEN_EXPIRES_IN"] = {"authorization_code": 300}
    server = AuthorizationServer(app, query_client=lambda id: client if id == CLIENT_ID else None, save_token=_forget)

    class CodeGrant(grants.AuthorizationCodeGrant):
        TOKEN_ENDPOINT_AUTH_METHODS = ["client_secret_basic"]  # noqa: RUF012 - the library's name

        def save_authorization_code(self, code, request):
            asked = request.payload.data
            directory.codes[code] = Code(
                request.payload.redirect_uri,
                request.payload.scope,
                asked.get("nonce"),
                asked.get("code_challenge"),
                asked.get("code_challenge_method"),
            )

        def query_authorization_code(self, code, client):
            return directory.codes.pop(code, None)

        def delete_authorization_code(self, authorization_code):
            return None

        def authenticate_user(self, authorization_code):
            return directory.claims

    class Identity(OpenIDCode):
        def exists_nonce(self, nonce, request):
            return False

        def resolve_client_private_key(self, client):
            return directory.signer or directory.key

        def get_client_claims(self, client):
            return {"iss": directory.issuer, "aud": [CLIENT_ID], "exp": int(time.time()) + 300}

        def get_client_algorithm(self, client):
            return "RS256"

        def get_encode_header(self, client):
            return {"alg": "RS256", "kid": "one"}

        def generate_user_info(self, user, scope):
            return UserInfo(**(user | directory.lie))

    server.register_grant(CodeGrant, [Identity(require_nonce=True), CodeChallenge(required=True)])

    @app.get("/.well-known/openid-configuration")
    def configuration():
        return jsonify(
            issuer=directory.issuer,
            authorization_endpoint=f"{directory.issuer}/authorise",
            token_endpoint=f"{directory.issuer}/token",
            jwks_uri=f"{directory.issuer}/keys",
        )

    @app.get("/keys")
    def published():
        return jsonify(keys=[directory.key.as_dict(private=False)])

    @app.get("/authorise")
    def authorise():
        return server.create_authorization_response(
            grant_user=directory.claims, grant=server.get_consent_grant(end_user=directory.claims)
        )

    @app.post("/token")
    def token():
        return server.create_token_response()

    return app


def _forget(token, request):
    """Nobody asks for the access token again."""


@contextmanager
def directory(redirect_uri: str) -> Iterator[Directory]:
    """A provider on a port of its own."""
    found = Directory()
    server = make_server("127.0.0.1", 0, _application(found, Client(redirect_uri)), threaded=True)
    found.issuer = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
