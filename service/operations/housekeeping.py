"""What has run out: messages, sessions, dated memberships, idempotency keys, failed sign-ins, keys of ballot boxes."""

from datetime import timedelta

from sqlalchemy import delete, exists, select

from service import urns
from service.clock import machine_now
from service.db import Database
from service.models import FailedSignIn, IdempotencyKey, Job, KeptForm, Message, Rate, SignIn
from service.operations import memberships, moments, notifications, resuming

#: How long the answer to an idempotent request is kept.
IDEMPOTENCY_KEPT = timedelta(hours=24)
#: Longer than anybody has to wait for wrong passwords (accounts.py).
FAILURES_KEPT = timedelta(hours=24)


def sweep(database: Database) -> None:
    """Delete what has run out. Harmless at any time and in any number of processes."""
    with database.writing() as session:
        at = machine_now()
        # A message whose delivery is still to be done is needed, however short its time to live.
        if not session.scalar(select(exists().where(Job.kind.in_(("deliver", "publish")), Job.retries > 0))):
            session.execute(delete(Message).where(Message.expires_at < moments.now(session, at)))
        session.execute(delete(SignIn).where(SignIn.expires_at < at - resuming.KEPT))
        session.execute(delete(KeptForm).where(KeptForm.kept_at < at - resuming.KEPT))
        session.execute(delete(IdempotencyKey).where(IdempotencyKey.created_at < at - IDEMPOTENCY_KEPT))
        session.execute(delete(FailedSignIn).where(FailedSignIn.last_at < at - FAILURES_KEPT))
        notifications.sweep(session, now=moments.now(session, at))
        memberships.apply_terms(session, now=moments.now(session, at))
        session.execute(delete(Rate).where(Rate.since < at - FAILURES_KEPT))
        urns.sweep(session)
        session.commit()
