"""The settable clock of rehearsals and tests."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from service.models import Platform
from service.operations import moments


def pin(session: Session, at: datetime | None) -> None:
    """Let the time stand still at `at`; None lets it go on. Due timers fire by the worker."""
    session.execute(update(Platform).where(Platform.id == 1).values(pinned_at=at))
    moments.forget_platform(session)
