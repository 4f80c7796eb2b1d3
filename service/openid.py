"""Signing in at a directory of the house by OpenID Connect: code flow with PKCE, state and nonce.

Nothing here touches the database: the network is asked outside of any transaction. Whose account it is says
operations/directory.py.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests
from authlib.common.security import generate_token
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2 import OAuth2Error
from itsdangerous import BadData, URLSafeTimedSerializer
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from service import keys
from service.config import OpenId
from service.errors import Forbidden, NotFound, ServiceError

#: How long somebody may take at the provider.
PATIENCE_S = 600
_TIMEOUT_S = 10
#: Only asymmetric signatures: the provider's key is public, and `none` is not an algorithm.
ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"]
_LEEWAY_S = 60
_KEPT_S = 3600.0
_described: dict[str, tuple[float, Mapping[str, Any]]] = {}


class SignInRefused(Forbidden):
    """The provider, or what it sent, does not let this person in."""

    code = "OPENID_REFUSED"
    message = "Signing in did not succeed: %(reason)s"


class ProviderSilent(ServiceError):
    """The provider cannot be reached or answers nonsense."""

    status, code, title = 503, "OPENID_UNAVAILABLE", "RESOURCE_EXHAUSTED"
    message = "The directory does not answer. Try again later, or sign in with an account of this service."


@dataclass(frozen=True, slots=True)
class Journey:
    """Where the browser is sent, and what it brings back sealed in a cookie."""

    address: str
    sealed: str


def title() -> str | None:
    """What the button calls the provider; None: none is configured."""
    config = keys.config().openid
    return config.title if config else None


def depart(target: str) -> Journey:
    """Begin a sign-in that ends at `target`. Raises `NotFound` where none is configured, `ProviderSilent`."""
    config = _config()
    verifier, nonce = generate_token(64), generate_token(32)
    with _client(config) as client:
        address, state = client.create_authorization_url(
            _metadata(config)["authorization_endpoint"], code_verifier=verifier, nonce=nonce
        )
    return Journey(address, _sealer().dumps([state, nonce, verifier, target]))


def arrive(sealed: str, arguments: Mapping[str, str]) -> tuple[Mapping[str, Any], str]:
    """The verified claims of who came back, and where they wanted to go.

    Raises `SignInRefused` for whatever does not fit, `ProviderSilent`, `NotFound`.
    """
    config = _config()
    try:
        state, nonce, verifier, target = _sealer().loads(sealed, max_age=PATIENCE_S)
    except BadData:
        raise SignInRefused(reason="It took too long, or did not begin here. Begin again.") from None
    if arguments.get("state") != state:
        raise SignInRefused(reason="The answer belongs to another sign-in. Begin again.")
    if "error" in arguments or "code" not in arguments:
        raise SignInRefused(reason="The directory said no.")
    token = _redeem(config, arguments["code"], verifier)
    return _verified(config, token, nonce), target


def _redeem(config: OpenId, code: str, verifier: str) -> str:
    """The identity token for the code."""
    with _client(config) as client:
        try:
            answer = client.fetch_token(
                _metadata(config)["token_endpoint"], code=code, code_verifier=verifier, timeout=_TIMEOUT_S,
                allow_redirects=False,
            )  # fmt: skip
        except OAuth2Error:
            raise SignInRefused(reason="The directory did not accept the code.") from None
        except (requests.RequestException, ValueError):
            raise ProviderSilent() from None
    token = answer.get("id_token")
    if not isinstance(token, str):
        raise SignInRefused(reason="The directory sent no identity.")
    return token


def _verified(config: OpenId, token: str, nonce: str) -> Mapping[str, Any]:
    """The claims, once signature, issuer, audience, time and nonce are right."""
    rules = jwt.JWTClaimsRegistry(
        leeway=_LEEWAY_S,
        iss={"essential": True, "value": config.issuer},
        aud={"essential": True, "value": config.client_id},
        exp={"essential": True},
        iat={"essential": True},
        sub={"essential": True},
        nonce={"essential": True, "value": nonce},
    )
    try:
        found = jwt.decode(token, _keys(config), algorithms=ALGORITHMS)
        rules.validate(found.claims)
    except (JoseError, ValueError, KeyError):
        raise SignInRefused(reason="The identity that the directory sent is not genuine.") from None
    audience = found.claims["aud"]
    if isinstance(audience, list) and len(audience) > 1 and found.claims.get("azp") != config.client_id:
        raise SignInRefused(reason="The identity that the directory sent is not genuine.")
    return found.claims


def _config() -> OpenId:
    config = keys.config().openid
    if config is None:
        raise NotFound()
    return config


def _client(config: OpenId) -> Any:
    return OAuth2Session(
        config.client_id,
        config.client_secret,
        scope=config.scope,
        redirect_uri=f"{keys.config().base_url}/sign-in/openid/back",
        code_challenge_method="S256",
    )


def _metadata(config: OpenId) -> Mapping[str, Any]:
    found = _fetched(f"{config.issuer}/.well-known/openid-configuration")
    if found.get("issuer") != config.issuer:
        raise ProviderSilent()
    return found


def _keys(config: OpenId) -> KeySet:
    """The provider's keys, never older than an hour."""
    return KeySet.import_key_set(_fetched(_metadata(config)["jwks_uri"]))  # type: ignore[arg-type]


def _fetched(address: str) -> Mapping[str, Any]:
    until, known = _described.get(address, (0.0, {}))
    if until > time.monotonic():
        return known
    try:
        answer = requests.get(address, timeout=_TIMEOUT_S, allow_redirects=False)
        answer.raise_for_status()
        found: Mapping[str, Any] = answer.json()
    except (requests.RequestException, ValueError):
        raise ProviderSilent() from None
    _described[address] = (time.monotonic() + _KEPT_S, found)
    return found


def _sealer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(keys.key("session"), salt="openid")
