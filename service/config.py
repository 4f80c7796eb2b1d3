"""What may be set from outside, read once from the environment.

Four names are the ones that hosts set by custom; everything of ours begins with `PINGSHEN_`:

| name | default | meaning |
|---|---|---|
| `DATABASE_URL` | `sqlite:///<data>/pingshen.db` | SQLite file or PostgreSQL; `postgres://…` is understood |
| `PORT` | 8080 | where the web listens |
| `WEB_WORKERS`, `WEB_THREADS` | 2, 8 | web processes, and threads in each; a quarter of the threads may wait for jobs |
| `PINGSHEN_HOST` | 127.0.0.1 | the address the web listens on; 0.0.0.0 for all |
| `PINGSHEN_MODE` | development | `production`: four eyes on deployments, secure cookies, no pinned clock |
| `PINGSHEN_PUBLICATION` | none | in production: the id of the process that releases drafts of deployments |
| `PINGSHEN_DATA` | var | folder of the database, the secret key, attachments and logs |
| `PINGSHEN_SECRET_KEY_FILE` | `<data>/secret.key` | made at the first start; in the backup, never in the database |
| `PINGSHEN_UPLOADS` | `<data>/uploads` | attachments |
| `PINGSHEN_HEADS` | `<data>/heads` | signed tree heads are appended here; best where this machine cannot change them |
| `PINGSHEN_FONTS` | none | a folder of licensed fonts for issued documents; without it the free ones that come along |
| `PINGSHEN_BASE_URL` | `http://localhost:<PORT>` | the address people type, for links in letters and mails |
| `PINGSHEN_TRUSTED_HOSTS` | any; in production the host of the base address | host names answered to, by comma |
| `PINGSHEN_PROXIES` | 0 | how many proxies in front may be believed about the caller's address |
| `PINGSHEN_LANGUAGE` | zh-CN | for callers that ask for none |
| `PINGSHEN_SESSION_IDLE_MINUTES` | 120 | a session ends after this long without a request |
| `PINGSHEN_SESSION_HOURS` | 12 | and in any case after this long |
| `PINGSHEN_MAX_BODY_BYTES` | 57671680 | the largest request accepted; without files at most 10 MiB of it |
| `PINGSHEN_PUBLIC_SENDS` | 30 | how many forms an address may send in ten minutes without an account |
| `PINGSHEN_CLOCK_PIN` | 0 | 1: administrators may set the clock (rehearsals, tests); refused in production |
| `PINGSHEN_LOG_LEVEL` | INFO | |
| `PINGSHEN_SMTP_HOST` | none | the server that takes mails; without it they stay in the outbox |
| `PINGSHEN_SMTP_PORT` | 587, 465, 25 | as the security asks for |
| `PINGSHEN_SMTP_SECURITY` | starttls | or `tls`, or `none` |
| `PINGSHEN_SMTP_USER` | none | the name with which the service signs in there |
| `PINGSHEN_SMTP_PASSWORD_FILE` | none | file of its password |
| `PINGSHEN_MAIL_FROM` | | the sender's address; has to be set with the server |
| `PINGSHEN_OIDC_ISSUER` | none | the address of an OpenID Connect provider |
| `PINGSHEN_OIDC_CLIENT_ID` | none | as the provider knows the service |
| `PINGSHEN_OIDC_CLIENT_SECRET_FILE` | none | file of the client's secret; without it PKCE alone |
| `PINGSHEN_OIDC_SCOPE` | openid profile email | what is asked for |
| `PINGSHEN_OIDC_CLAIM` | preferred_username | the claim that names the account: a user name, or `email` |
| `PINGSHEN_OIDC_CREATE` | 0 | 1: who has no account gets one, without groups |
| `PINGSHEN_OIDC_GROUPS` | none | `theirs=ours` by comma: groups put in and taken out at each sign-in |
| `PINGSHEN_OIDC_GROUPS_CLAIM` | groups | the claim that lists their groups |
| `PINGSHEN_OIDC_TITLE` | the issuer's host | what the button calls the provider |
"""

import os
import re
import secrets
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

Mode = Literal["development", "production"]

KEY_BYTES = 32
#: A form may ask for a file of 50 MB; whatever holds no files needs far less.
MAX_BODY_BYTES, MAX_PLAIN_BODY_BYTES = 55 * 1024**2, 10 * 1024**2


class ConfigError(Exception):
    """A setting cannot be used; the text names it and says what would do."""


@dataclass(frozen=True, slots=True)
class OpenId:
    """An OpenID Connect provider with which people sign in."""

    issuer: str
    client_id: str
    #: None: a public client, with PKCE alone.
    client_secret: str | None
    scope: str
    claim: str
    create: bool
    groups_claim: str
    #: Their group → ours.
    groups: tuple[tuple[str, str], ...]
    title: str


@dataclass(frozen=True)
class Mail:
    """The server that takes mails. `security`: starttls, tls, none."""

    host: str
    port: int
    security: str
    user: str | None
    password: str | None
    sender: str


@dataclass(frozen=True, slots=True)
class Config:
    """The settings of one process. Made by `from_env`, handed down, never changed."""

    database_url: str
    host: str
    port: int
    web_workers: int
    web_threads: int
    mode: Mode
    #: The process that releases drafts of deployments; None: a second person does, by a button.
    publication: str | None
    data_dir: Path
    secret_key_file: Path
    upload_dir: Path
    heads_dir: Path
    font_dir: Path | None
    base_url: str
    #: Empty: any host name is answered to.
    trusted_hosts: tuple[str, ...]
    proxies: int
    language: str
    session_idle: timedelta
    session_lifetime: timedelta
    max_body_bytes: int
    #: How many forms an address without an account may send in ten minutes.
    public_sends: int
    clock_pin_allowed: bool
    log_level: str
    openid: OpenId | None
    #: None: mails stay in the outbox.
    mail: Mail | None

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> "Config":
        """Read the settings; of files only a provider's secret. Raises `ConfigError` at the first that is wrong."""
        mode = _mode(env)
        pin = _flag(env, "PINGSHEN_CLOCK_PIN")
        if pin and mode == "production":
            raise ConfigError("PINGSHEN_CLOCK_PIN=1 is refused in production: the clock there is the real one")
        data_dir = Path(env.get("PINGSHEN_DATA") or "var").absolute()
        port = _number(env, "PORT", 8080)
        base_url = (env.get("PINGSHEN_BASE_URL") or f"http://localhost:{port}").rstrip("/")
        return cls(
            database_url=database_url(env.get("DATABASE_URL") or f"sqlite:///{data_dir / 'pingshen.db'}"),
            host=env.get("PINGSHEN_HOST") or "127.0.0.1",
            port=port,
            web_workers=_number(env, "WEB_WORKERS", 2),
            web_threads=_number(env, "WEB_THREADS", 8),
            mode=mode,
            publication=env.get("PINGSHEN_PUBLICATION") or None,
            data_dir=data_dir,
            secret_key_file=Path(env.get("PINGSHEN_SECRET_KEY_FILE") or data_dir / "secret.key"),
            upload_dir=Path(env.get("PINGSHEN_UPLOADS") or data_dir / "uploads"),
            heads_dir=Path(env.get("PINGSHEN_HEADS") or data_dir / "heads"),
            font_dir=Path(env["PINGSHEN_FONTS"]) if env.get("PINGSHEN_FONTS") else None,
            base_url=base_url,
            trusted_hosts=_hosts(env, mode, base_url),
            proxies=_number(env, "PINGSHEN_PROXIES", 0, least=0),
            language=env.get("PINGSHEN_LANGUAGE") or "zh-CN",
            session_idle=timedelta(minutes=_number(env, "PINGSHEN_SESSION_IDLE_MINUTES", 120)),
            session_lifetime=timedelta(hours=_number(env, "PINGSHEN_SESSION_HOURS", 12)),
            max_body_bytes=_number(env, "PINGSHEN_MAX_BODY_BYTES", MAX_BODY_BYTES),
            public_sends=_number(env, "PINGSHEN_PUBLIC_SENDS", 30),
            clock_pin_allowed=pin,
            log_level=(env.get("PINGSHEN_LOG_LEVEL") or "INFO").upper(),
            openid=_openid(env, mode),
            mail=_mail(env),
        )

    @property
    def production(self) -> bool:
        """Whether the strict rules hold."""
        return self.mode == "production"

    def secret(self) -> bytes:
        """The secret of this installation, made at the first call on a machine.

        Every key is derived from it by `derive_key`; who has it and the database can forge states
        and read ballots. Raises `ConfigError` if the file holds no key.
        """
        path = self.secret_key_file
        if not path.exists():
            _make_secret(path)
        text = path.read_text(encoding="utf-8").strip()
        if not re.fullmatch(f"[0-9a-f]{{{2 * KEY_BYTES}}}", text):
            raise ConfigError(f"{path} holds no key of {KEY_BYTES} bytes in hexadecimal digits")
        return bytes.fromhex(text)


def derive_key(secret: bytes, label: str) -> bytes:
    """A key of 32 bytes for one purpose, independent of the keys of all other labels.

    Labels in use: "state" (the seal on stored states), "urn" (ballot boxes), "session" (cookies),
    "token" (the cache of verified passwords), "log" (names in logs), "identity" (who stands behind an account),
    "tree" (the signing key of tree heads), "link" and "receipt" (what opens one-time links and receipts),
    "visitor" (who sends a form without an account), "rate" (addresses that are counted).

    Source: RFC 5869 (HKDF) with SHA-256; the secret is uniform, so it needs no salt.
    """
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=None, info=f"pingshen/{label}".encode()).derive(secret)


def database_url(text: str) -> str:
    """A database address as SQLAlchemy wants it: hosts hand out `postgres://`, which it refuses.

    A relative SQLite path is made absolute, so that every process means the same file.
    """
    scheme, separator, rest = text.partition("://")
    if scheme in ("postgres", "postgresql"):
        return f"postgresql+psycopg://{rest}"
    if scheme == "sqlite" and rest.startswith("/") and not rest.startswith("//") and rest[1:] not in ("", ":memory:"):
        return f"sqlite:///{Path(rest[1:]).absolute()}"
    if not separator or scheme not in ("sqlite", "postgresql+psycopg"):
        raise ConfigError("DATABASE_URL must begin with sqlite:/// or postgresql://")
    return text


def _make_secret(path: Path) -> None:
    """Write a new secret, whole or not at all: web and worker may both find the file missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".secret-")  # mkstemp gives mode 0600
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(KEY_BYTES) + "\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(name, path)  # fails if another process was faster: its key is the key
        except FileExistsError:
            return
    finally:
        os.unlink(name)


def _mode(env: Mapping[str, str]) -> Mode:
    text = env.get("PINGSHEN_MODE") or "development"
    for mode in get_args(Mode):
        if text == mode:
            return mode  # type: ignore[no-any-return]
    raise ConfigError(f"PINGSHEN_MODE must be development or production, not {text!r}")


def _number(env: Mapping[str, str], name: str, default: int, least: int = 1) -> int:
    text = env.get(name) or str(default)
    if not text.isascii() or not text.isdigit() or int(text) < least:
        raise ConfigError(f"{name} must be a whole number from {least} up, not {text!r}")
    return int(text)


def _flag(env: Mapping[str, str], name: str) -> bool:
    text = env.get(name) or "0"
    if text not in ("0", "1"):
        raise ConfigError(f"{name} must be 0 or 1, not {text!r}")
    return text == "1"


def _openid(env: Mapping[str, str], mode: Mode) -> OpenId | None:
    """The provider, if one is named; its secret comes from a file only."""
    issuer = (env.get("PINGSHEN_OIDC_ISSUER") or "").rstrip("/")
    if not issuer:
        return None
    parts = urlsplit(issuer)
    if parts.scheme not in ("https", "http") or not parts.hostname:
        raise ConfigError(f"PINGSHEN_OIDC_ISSUER must be a whole address, not {issuer!r}")
    if mode == "production" and parts.scheme != "https":
        raise ConfigError("PINGSHEN_OIDC_ISSUER must begin with https:// in production")
    if not env.get("PINGSHEN_OIDC_CLIENT_ID"):
        raise ConfigError("PINGSHEN_OIDC_ISSUER needs PINGSHEN_OIDC_CLIENT_ID")
    file = env.get("PINGSHEN_OIDC_CLIENT_SECRET_FILE")
    try:
        secret = Path(file).read_text(encoding="utf-8").strip() if file else None
    except OSError as error:
        raise ConfigError(f"PINGSHEN_OIDC_CLIENT_SECRET_FILE: {error}") from error
    pairs = [pair.partition("=") for pair in (env.get("PINGSHEN_OIDC_GROUPS") or "").split(",") if pair.strip()]
    if any(not theirs.strip() or not ours.strip() for theirs, _, ours in pairs):
        raise ConfigError("PINGSHEN_OIDC_GROUPS is written theirs=ours,theirs=ours")
    return OpenId(
        issuer=issuer,
        client_id=env["PINGSHEN_OIDC_CLIENT_ID"],
        client_secret=secret,
        scope=env.get("PINGSHEN_OIDC_SCOPE") or "openid profile email",
        claim=env.get("PINGSHEN_OIDC_CLAIM") or "preferred_username",
        create=_flag(env, "PINGSHEN_OIDC_CREATE"),
        groups_claim=env.get("PINGSHEN_OIDC_GROUPS_CLAIM") or "groups",
        groups=tuple((theirs.strip(), ours.strip()) for theirs, _, ours in pairs),
        title=env.get("PINGSHEN_OIDC_TITLE") or parts.hostname,
    )


def _mail(env: Mapping[str, str]) -> Mail | None:
    """The mail server, if one is named; its password comes from a file only."""
    host = env.get("PINGSHEN_SMTP_HOST")
    if not host:
        return None
    security = env.get("PINGSHEN_SMTP_SECURITY") or "starttls"
    if security not in ("starttls", "tls", "none"):
        raise ConfigError(f"PINGSHEN_SMTP_SECURITY must be starttls, tls or none, not {security!r}")
    sender = env.get("PINGSHEN_MAIL_FROM") or ""
    if "@" not in sender or not sender.isprintable():
        raise ConfigError("PINGSHEN_SMTP_HOST needs PINGSHEN_MAIL_FROM, an address")
    file = env.get("PINGSHEN_SMTP_PASSWORD_FILE")
    try:
        password = Path(file).read_text(encoding="utf-8").strip() if file else None
    except OSError as error:
        raise ConfigError(f"PINGSHEN_SMTP_PASSWORD_FILE: {error}") from error
    port = _number(env, "PINGSHEN_SMTP_PORT", {"starttls": 587, "tls": 465, "none": 25}[security])
    return Mail(host, port, security, env.get("PINGSHEN_SMTP_USER") or None, password, sender)


def _hosts(env: Mapping[str, str], mode: Mode, base_url: str) -> tuple[str, ...]:
    named = tuple(host.strip() for host in env.get("PINGSHEN_TRUSTED_HOSTS", "").split(",") if host.strip())
    if not named and mode == "development":
        return ()
    host = urlsplit(base_url).hostname
    if not named and host is None:
        raise ConfigError("PINGSHEN_BASE_URL must be a whole address, for example https://awards.example.org")
    # The machine's own names stay: by them a container or a supervisor asks for the health.
    return (*(named or (str(host),)), "127.0.0.1", "localhost")
