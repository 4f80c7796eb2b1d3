"""Accounts come and go: made with a one-time password or an invitation, ended, given a new password.

What an administrator does is checked and written into the book; `enrol` and `reclaim` are for where that was decided.
"""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from service import identities, keys
from service.access import User
from service.errors import BadArgument, InvalidState, NotFound
from service.models import Account
from service.operations import accounts, administration, memberships
from service.operations.accounts import hash_text

INVITATION_HOLDS = timedelta(days=14)
#: Without letters and digits that look alike: a one-time password is read out on the telephone.
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"


class InvitationOver(NotFound):
    """Used, too old, or never there: the answers are the same."""

    code = "INVITATION_OVER"
    message = "This invitation has been used or is no longer valid. Ask an administrator for a new one."


def enrol(
    session: Session,
    username: str,
    name: str,
    email: str | None = None,
    *,
    groups: Sequence[str] = (),
    identity: str | None = None,
    now: datetime,
) -> tuple[Account, str]:
    """An account without a password, and the token of the link `/invitation/<token>` with which the person sets one.

    Raises `BadArgument` for a name or mail address that cannot be one, `AlreadyExists`.
    """
    identities.check_names(username, name, email)
    account = accounts.create_account(
        session, username, name.strip(), None, groups, now=now, identity=identity, email=email or None
    )
    return account, invite(account, now=now)


def invite(account: Account, *, now: datetime) -> str:
    """A new invitation; an older one holds no more. Only its hash is stored."""
    token = secrets.token_urlsafe(24)
    account.invitation_hash, account.invitation_until = hash_text(token), now + INVITATION_HOLDS
    return token


def check_mailable(email: str | None) -> None:
    """Raise `BadArgument` unless an invitation can go out by mail to this address."""
    if keys.config().mail is None or not email:
        raise BadArgument("An invitation goes out by mail only with a mail server and a mail address.")


def invited(session: Session, token: str, *, now: datetime) -> Account:
    """Whose invitation it is. Raises `InvitationOver`."""
    found = session.scalar(select(Account).where(Account.invitation_hash == hash_text(token), Account.active))
    if found is None or found.invitation_until is None or found.invitation_until <= now:
        raise InvitationOver()
    return found


def accept(session: Session, token: str, password: str, *, now: datetime) -> Account:
    """The person sets the first password. Raises `InvitationOver`, `PasswordTooWeak`."""
    account = invited(session, token, now=now)
    accounts.check_policy(password, account.username)
    accounts.set_password(session, account.username, password)
    administration.record(
        session, account.username, "INVITATION_ACCEPTED", f"account:{account.username}", now=now
    )  # fmt: skip
    return account


def create(
    session: Session,
    user: User,
    username: str,
    name: str,
    email: str | None,
    groups: Sequence[str],
    *,
    reason: str,
    with_link: bool,
    person: str = "",
    now: datetime,
) -> tuple[Account, str]:
    """An administrator makes an account; returns with it the invitation's token, or the one-time password.

    `person`: the user name of another account of the same person. Raises `Forbidden`, `OwnRights`, `BadArgument`.
    """
    administration.check(user)
    reason = administration.reasoned(reason)
    other = account_of(session, person) if person else None
    if other is not None:
        administration.check_other(user, other.identity)
    memberships.check_groups(session, groups)
    administration.check_system(session, user, username, groups)
    identity = other.identity if other is not None else None
    account, secret = enrol(session, username, name, email, groups=groups, identity=identity, now=now)
    if not with_link:
        secret = one_time_password()
        accounts.set_password(session, username, secret, must_change=True)
    administration.record(
        session, user, "ACCOUNT_CREATED", f"account:{username}",
        reason=reason, now=now, groups=sorted(groups), person=person, invited=with_link,
    )  # fmt: skip
    return account, secret


def renew(session: Session, user: User, username: str, *, reason: str, with_link: bool, now: datetime) -> str:
    """A new invitation or a one-time password; sessions of the account end. Not for oneself: the profile does that.

    Raises `NotFound`, `Forbidden`, `OwnRights`, `InvalidState` for an account that has ended.
    """
    account = _other(session, user, username)
    reason = administration.reasoned(reason)
    if not account.active:
        raise InvalidState(reason="The account has ended; restore it first.")
    secret = one_time_password()
    accounts.set_password(session, username, secret, must_change=True)
    if with_link:
        account.password_hash, account.must_change = None, False
        secret = invite(account, now=now)
    administration.record(
        session, user, "PASSWORD_RESET", f"account:{username}", reason=reason, now=now, invited=with_link
    )  # fmt: skip
    return secret


def end(session: Session, user: User, username: str, *, reason: str, now: datetime) -> None:
    """Nobody signs in with it any more; sessions and tokens end at once, what it did stays under its name.

    Raises `NotFound`, `Forbidden`, `OwnRights`, `LastAdministrator`.
    """
    account = _other(session, user, username)
    reason = administration.reasoned(reason)
    close(session, account)
    administration.record(session, user, "ACCOUNT_ENDED", f"account:{username}", reason=reason, now=now)


def close(session: Session, account: Account) -> None:
    """End the account without a check of rights and without the book. Raises `LastAdministrator`."""
    administration.check_not_last(session, account.username)
    account.active = False
    account.invitation_hash = account.invitation_until = None
    accounts.sign_out(session, account.username)


def restore(session: Session, user: User, username: str, *, reason: str, now: datetime) -> None:
    """An ended account serves again, with the groups that it had. Raises as `end`."""
    account = _other(session, user, username)
    reason = administration.reasoned(reason)
    account.active = True
    administration.record(session, user, "ACCOUNT_RESTORED", f"account:{username}", reason=reason, now=now)


def describe(
    session: Session, user: User, username: str, name: str, email: str | None, *, reason: str, now: datetime
) -> None:
    """Correct name and mail address of somebody. Raises `NotFound`, `Forbidden`, `BadArgument`."""
    administration.check(user)
    account = account_of(session, username)
    administration.check_system(session, user, username)
    reason = administration.reasoned(reason)
    identities.check_names(username, name, email)
    changed = [
        field for field, old, new in (("name", account.name, name.strip()), ("email", account.email, email or None))
        if old != new
    ]  # fmt: skip
    account.name, account.email = name.strip(), email or None
    administration.record(
        session, user, "ACCOUNT_DESCRIBED", f"account:{username}", reason=reason, now=now, changed=changed
    )  # fmt: skip


def same_person(session: Session, user: User, username: str, other: str, *, reason: str, now: datetime) -> None:
    """Say that two accounts are one person's; `other` empty: that this one is nobody else's.

    Raises `NotFound`, `Forbidden`, and `OwnRights`: who could untie their own accounts could act as two.
    """
    _other(session, user, username)
    reason = administration.reasoned(reason)
    joined = account_of(session, other) if other else None
    if joined is not None:
        administration.check_other(user, joined.identity)
    accounts.set_identity(session, username, joined.identity if joined is not None else secrets.token_hex(32))
    administration.record(
        session, user, "PERSON_LINKED" if other else "PERSON_UNLINKED", f"account:{username}",
        reason=reason, now=now, person=other,
    )  # fmt: skip


def account_of(session: Session, username: str) -> Account:
    """The account, ended ones too. Raises `NotFound`."""
    found = session.get(Account, username) if username.isprintable() else None
    if found is None:
        raise NotFound()
    return found


def one_time_password() -> str:
    """Sixteen letters in groups of four: 79 bits."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(4)) for _ in range(4))


def _other(session: Session, user: User, username: str) -> Account:
    administration.check(user)
    account = account_of(session, username)
    administration.check_other(user, account.identity)
    administration.check_system(session, user, username)
    return account
