"""Accounts: make, sign in, sign out, tokens."""

import hmac
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from threading import Lock
from time import monotonic

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from sqlalchemy import bindparam, delete, exists, insert, literal, literal_column, or_, select, text, update
from sqlalchemy.orm import Session, aliased

from service import access, db, identities, keys
from service.access import NAMED, User, user_of
from service.errors import BadArgument, Forbidden, Unauthenticated
from service.models import Account, ApiToken, FailedSignIn, Group, Membership, Platform, Recusal, SignIn
from service.models.base import UtcDateTime
from service.operations import moments
from service.operations.moments import PLATFORM_COLUMNS
from service.operations.upserts import fetch, insert_ignoring

#: 19 MiB, two passes, one lane: what OWASP names as the least; 28 ms here, where the library's default takes 226 ms.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
#: Compared against where there is no account, so that an unknown name takes as long as a wrong password.
_NOBODY = _HASHER.hash(secrets.token_hex(16))
_TRIES_BEFORE_WAITING, _LONGEST_WAIT = 5, timedelta(minutes=15)
#: A plain password in basic authentication is not hashed for every request, but remembered this long.
_REMEMBERED_SECONDS = 60.0
_remembered: dict[bytes, float] = {}
_guard = Lock()

#: Built once: it is a part of every request by a program.
_OF_TOKEN = (
    select(
        Account.username,
        Account.name,
        Account.identity,
        Account.language,
        Membership.group_name,
        NAMED,
        *PLATFORM_COLUMNS,
    )
    .select_from(Account)
    .join(ApiToken, ApiToken.username == Account.username)
    .join(Platform, Platform.id == literal_column("1"))
    .outerjoin(Membership, Membership.username == Account.username)
    .where(
        ApiToken.token_hash == bindparam("hash"),
        ApiToken.revoked_at.is_(None),
        Account.active,
        or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > bindparam("at")),
    )
)


#: Length counts, not kinds of characters: who must mix them writes the password down.
#: Source: NIST SP 800-63B, 5.1.1.2; longer than its least of 8.
LEAST_PASSWORD, MOST_PASSWORD, LEAST_DIFFERENT = 10, 200, 5


class PasswordTooWeak(BadArgument):
    """Too easily guessed."""

    code = "PASSWORD_TOO_WEAK"
    message = (
        "A password has %(least)s to %(most)s characters, at least %(different)s different ones, and is not the "
        "user name with a little more."
    )


class ChangeFirst(Forbidden):
    """Signed in with a password that somebody else knows."""

    code = "CHANGE_PASSWORD_FIRST"
    message = "Set a password of your own first: the one you have was given to you by somebody else."


class WaitFirst(Unauthenticated):
    """Too many failed attempts; the account or address has to wait."""

    code = "SIGN_IN_WAIT"
    message = "Too many failed attempts. Please wait %(seconds)s seconds."


class WrongPassword(Unauthenticated):
    """Unknown name or wrong password: the two answers are the same."""

    code = "SIGN_IN_FAILED"
    message = "Name or password is wrong."


def hash_text(token: str) -> str:
    """SHA-256 of a token of full entropy; no slow hash is needed for it."""
    return sha256(token.encode()).hexdigest()


def create_account(
    session: Session,
    username: str,
    name: str,
    password: str | None,
    groups: Iterable[str],
    *,
    now: datetime,
    identity: str | None = None,
    email: str | None = None,
    language: str = "zh-CN",
    must_change: bool = False,
) -> Account:
    """Make an account. `identity` links several accounts of one person. Raises `AlreadyExists`.

    `must_change`: the password was given by somebody else, and serves for setting one's own only.
    """
    account = identities.make_account(
        session, username, name, now=now, password_hash=_HASHER.hash(password) if password else None,
        identity=identity, email=email, language=language, must_change=must_change,
    )  # fmt: skip
    put_into_groups(session, username, groups)
    return account


def identity_of(number: str) -> str:
    """The identity of the person whom a number names: a keyed hash, so that the number is kept nowhere."""
    return hmac.new(keys.key("identity"), number.strip().upper().encode(), sha256).hexdigest()


def set_identity(session: Session, username: str, identity: str) -> None:
    """Say whose account it is: accounts with one identity are one person. Recusals so far hold for them all."""
    account = session.get_one(Account, username)
    before, after = f"{access.PERSON}{account.identity}", f"{access.PERSON}{identity}"
    alike = aliased(Recusal)
    known = exists().where(
        alike.instance_key == Recusal.instance_key, alike.source_key == Recusal.source_key, alike.who == after
    )
    recusals = select(Recusal.instance_key, literal(after), Recusal.source_key).where(Recusal.who == before, ~known)
    session.execute(insert(Recusal).from_select(["instance_key", "who", "source_key"], recusals))
    account.identity = identity


def set_password(session: Session, username: str, password: str, *, must_change: bool = False) -> None:
    """Give an account a new password and end its sessions; an open invitation ends too. `must_change` as above."""
    account = session.get_one(Account, username)
    account.password_hash, account.must_change = _HASHER.hash(password), must_change
    account.invitation_hash = account.invitation_until = None
    session.execute(delete(SignIn).where(SignIn.username == username))


def check_policy(password: str, username: str) -> None:
    """Raise `PasswordTooWeak` for what is guessed first: short, the user name, hardly any different characters."""
    alike = username.lower() in password.lower() and len(password) < LEAST_PASSWORD + len(username)
    if not LEAST_PASSWORD <= len(password) <= MOST_PASSWORD or alike or len(set(password)) < LEAST_DIFFERENT:
        raise PasswordTooWeak(least=LEAST_PASSWORD, most=MOST_PASSWORD, different=LEAST_DIFFERENT)


def put_into_groups(session: Session, username: str, groups: Iterable[str]) -> None:
    """Add memberships; those that are there stay."""
    rows = [{"username": username, "group_name": group} for group in dict.fromkeys(groups)]
    if rows:
        insert_ignoring(session.connection(), Membership.__tablename__, rows)


def ensure_groups(session: Session, groups: Iterable[tuple[str, str]]) -> None:
    """Make groups (name, title) that are not there yet, the system groups among them."""
    rows = [{"name": name, "title": name, "system": True} for name in access.SYSTEM_GROUPS]
    rows += [{"name": name, "title": title or name, "system": False} for name, title in groups]
    insert_ignoring(session.connection(), Group.__tablename__, rows)


def check_password(session: Session, username: str, password: str, address: str, *, at: datetime) -> User:
    """The user with this name and password. Failures are counted per account and address, in the database.

    Raises `WaitFirst` or `WrongPassword`; the caller commits in both cases, or the count is lost.
    """
    try:
        user = verified(session, username, password, address, at=at)
    except WrongPassword:
        count_failure(session, username, address, at=at)
        raise
    session.execute(delete(FailedSignIn).where(FailedSignIn.who == f"account:{username}"))
    return user


def verified(session: Session, username: str, password: str, address: str, *, at: datetime) -> User:
    """The same in a session that only looks: it is for the caller to count a failure, in another.

    Raises `WaitFirst` or `WrongPassword`.
    """
    if not username.isprintable():
        raise WrongPassword()  # no database takes every character, and no account has such a name
    for who in (f"account:{username}", f"address:{address}"):
        wait = _wait(session.get(FailedSignIn, who), at)
        if wait > timedelta(0):
            raise WaitFirst(seconds=int(wait.total_seconds()) + 1)
    account = session.get(Account, username)
    stored = account.password_hash if account is not None and account.active else None
    if not _fits(stored or _NOBODY, password) or stored is None:
        raise WrongPassword()
    user = access.load_user(session, username)
    if user is None:
        raise WrongPassword()
    return user


def count_failure(session: Session, username: str, address: str, *, at: datetime) -> None:
    """Count a wrong password: against the account and against the address it came from."""
    if username.isprintable():
        _count(session, f"account:{username}", at)
    _count(session, f"address:{address}", at)


def sign_in(
    session: Session, user: User, *, at: datetime, lifetime: timedelta, agent: str = "", address: str = ""
) -> tuple[str, str]:
    """Begin a session of the pages. Returns the cookie's token and the CSRF token; only a hash is stored.

    `agent` and `address` are for the person's own list of sessions.
    """
    token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(24)
    session.execute(
        insert(SignIn),
        [
            {
                "token_hash": hash_text(token),
                "username": user.username,
                "csrf": csrf,
                "created_at": at,
                "seen_at": at,
                "expires_at": at + lifetime,
                "agent": agent[:300],
                "address": address,
            }
        ],
    )
    return token, csrf


def session_user(session: Session, token: str, *, at: datetime, idle: timedelta) -> tuple[User, SignIn, bool] | None:
    """Who a cookie belongs to and whether the password must be changed, in one statement; None if it has ended."""
    rows = session.execute(
        select(SignIn, Account, Membership.group_name, NAMED)
        .join(Account, Account.username == SignIn.username)
        .outerjoin(Membership, Membership.username == Account.username)
        .where(
            SignIn.token_hash == hash_text(token), SignIn.expires_at > at, SignIn.seen_at > at - idle, Account.active
        )
    ).all()
    if not rows:
        return None
    user = user_of(rows[0][1], (row.group_name for row in rows), named=rows[0].named)
    return user, rows[0][0], rows[0][1].must_change


def seen(session: Session, token: str, *, at: datetime) -> None:
    """Note that a session is in use, so that it does not end as idle."""
    session.execute(update(SignIn).where(SignIn.token_hash == hash_text(token)).values(seen_at=at))


def sign_out(session: Session, username: str, token: str | None = None) -> None:
    """End one session, or, without a token, all of an account."""
    query = delete(SignIn).where(SignIn.username == username)
    session.execute(query.where(SignIn.token_hash == hash_text(token)) if token else query)


def create_token(
    session: Session, user: User, title: str, *, now: datetime, expires_at: datetime | None = None
) -> tuple[int, str]:
    """A token for programs, shown this once: (key, token)."""
    token, key = f"ps_{secrets.token_urlsafe(32)}", db.new_key(session)
    session.add(
        ApiToken(
            key=key,
            token_hash=hash_text(token),
            username=user.username,
            title=title,
            created_at=now,
            expires_at=expires_at,
            revoked_at=None,
        )
    )
    session.flush()
    return key, token


def token_user(session: Session, token: str, *, at: datetime) -> User | None:
    """Who a token belongs to, in one statement; None if it is unknown, has expired or was revoked."""
    rows = fetch(session.connection(), _OF_TOKEN, {"hash": hash_text(token), "at": at})
    if not rows:
        return None
    moments.platform_read(session, rows[0])
    return user_of(rows[0], (row.group_name for row in rows), named=rows[0].named)


def basic_user(session: Session, username: str, password: str, address: str, *, at: datetime) -> User:
    """Who sends basic authentication: the password may be a token, or a password remembered for a minute.

    Nothing is written: the session may be one that only looks, so that the caller counts a failure (`count_failure`).
    Raises `WrongPassword` or `WaitFirst`.
    """
    if password.startswith("ps_"):
        user = token_user(session, password, at=at)
        if user is None or user.username != username:
            raise WrongPassword()
        return user
    mark = hmac.new(keys.key("token"), f"{username}\0{password}".encode(), sha256).digest()
    with _guard:
        known = _remembered.get(mark, 0.0) > monotonic()
    if known and (user := access.load_user(session, username)) is not None:
        return user
    user = verified(session, username, password, address, at=at)
    if session.get_one(Account, username).must_change:
        raise ChangeFirst()
    with _guard:
        if len(_remembered) > 1000:
            _remembered.clear()
        _remembered[mark] = monotonic() + _REMEMBERED_SECONDS
    return user


def wait_of(session: Session, who: str, *, at: datetime) -> timedelta:
    """How long this origin has still to wait after its misses (`count_miss`); zero or less: not at all."""
    return _wait(session.get(FailedSignIn, who), at)


def count_miss(session: Session, who: str, *, at: datetime) -> None:
    """Note that an origin has missed once more. The caller commits."""
    _count(session, who, at)


def _fits(stored: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


def _wait(failed: FailedSignIn | None, at: datetime) -> timedelta:
    if failed is None or failed.failures < _TRIES_BEFORE_WAITING:
        return timedelta(0)
    wait = min(timedelta(seconds=2 ** (failed.failures - _TRIES_BEFORE_WAITING)), _LONGEST_WAIT)
    return failed.last_at + wait - at


#: One statement, understood by both databases, so that attempts at the same moment are all counted.
_COUNT = text(
    "INSERT INTO failed_sign_ins (who, failures, last_at) VALUES (:who, 1, :at) ON CONFLICT (who) DO UPDATE SET "
    "failures = CASE WHEN failed_sign_ins.last_at < :forgiven THEN 1 ELSE failed_sign_ins.failures + 1 END, "
    "last_at = :at"
).bindparams(bindparam("at", type_=UtcDateTime()), bindparam("forgiven", type_=UtcDateTime()))


def _count(session: Session, who: str, at: datetime) -> None:
    session.execute(_COUNT, {"who": who, "at": at, "forgiven": at - _LONGEST_WAIT})
    session.expire_all()
