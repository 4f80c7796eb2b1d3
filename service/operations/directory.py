"""Whose account it is who has signed in at a directory, and the groups that the directory gives them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from service import access
from service.access import User
from service.config import OpenId
from service.errors import ServiceError
from service.models import Account, Membership
from service.openid import SignInRefused
from service.operations import accounts, administration, enrolment, memberships


def user_of(session: Session, config: OpenId, claims: Mapping[str, Any], *, now: datetime) -> User:
    """The account that the configured claim names; made if there is none and that is configured.

    Raises `SignInRefused`.
    """
    named = claims.get(config.claim)
    if not isinstance(named, str) or not named.isprintable():
        raise SignInRefused(reason="The directory does not say who you are here. Tell an administrator.")
    account = _found(session, config, claims, named)
    if account is None:
        if not config.create:
            raise SignInRefused(reason="You have no account here yet. Ask an administrator for one.")
        account = _made(session, claims, named, now)
    if not account.active:
        raise SignInRefused(reason="Your account here has ended. Ask an administrator.")
    if account.must_change:  # somebody else knows the password, and this person does not need it
        account.must_change, account.password_hash = False, None
    _sort_into_groups(session, config, claims, account.username, now)
    user = access.load_user(session, account.username)
    assert user is not None  # noqa: S101 - just found, and active
    return user


def _found(session: Session, config: OpenId, claims: Mapping[str, Any], named: str) -> Account | None:
    if config.claim != "email":
        return session.get(Account, named)
    if claims.get("email_verified") is not True:
        raise SignInRefused(reason="The directory has not verified your mail address.")
    found = session.scalars(select(Account).where(func.lower(Account.email) == named.lower()).limit(2)).all()
    if len(found) > 1:
        raise SignInRefused(reason="Several accounts here have your mail address. Tell an administrator.")
    return found[0] if found else None


def _made(session: Session, claims: Mapping[str, Any], named: str, now: datetime) -> Account:
    email = claims.get("email") if claims.get("email_verified") is True else None
    name = claims.get("name") if isinstance(claims.get("name"), str) else named
    try:
        account, _ = enrolment.enrol(session, named.lower(), str(name), email, now=now)
    except ServiceError:
        raise SignInRefused(reason="What the directory says makes no account. Tell an administrator.") from None
    account.invitation_hash = account.invitation_until = None
    administration.record(
        session, administration.DIRECTORY, "ACCOUNT_CREATED", f"account:{account.username}", now=now
    )  # fmt: skip
    return account


def _sort_into_groups(
    session: Session, config: OpenId, claims: Mapping[str, Any], username: str, now: datetime
) -> None:
    """Exactly those of the mapped groups that the directory says; groups that are not mapped stay as they are."""
    if not config.groups:
        return
    said = claims.get(config.groups_claim)
    theirs = {each for each in said if isinstance(each, str)} if isinstance(said, list) else set()
    wanted = {ours for name, ours in config.groups if name in theirs}
    memberships.check_groups(session, wanted)
    ours = {ours for _, ours in config.groups}
    held = set(
        session.scalars(
            select(Membership.group_name).where(Membership.username == username, Membership.group_name.in_(ours))
        )
    )
    accounts.put_into_groups(session, username, sorted(wanted - held))
    gone = held - wanted
    if gone:
        session.execute(delete(Membership).where(Membership.username == username, Membership.group_name.in_(gone)))
    for kind, groups in (("GROUP_ENTERED", wanted - held), ("GROUP_LEFT", gone)):
        for group in sorted(groups):
            administration.record(
                session, administration.DIRECTORY, kind, f"account:{username}", now=now, group=group
            )  # fmt: skip
