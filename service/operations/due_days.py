"""Due dates as offices count them: in working days of the calendar in force."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from sqlalchemy import ColumnElement, and_
from sqlalchemy.orm import Session

from service.clock import ZONE
from service.engine.calendar import CalendarMissing, WorkCalendar
from service.models import UserTask
from service.operations import moments, paging

Urgency = Literal["overdue", "soon", "later", "none"]
Due = Literal["overdue", "today", "soon", "week", "later", "none"]
#: Due within so many working days is soon; a week has five.
SOON, WEEK = 2, 5


@dataclass(frozen=True, slots=True)
class Days:
    """How far off a due date is. `workdays` is None where the calendar does not reach."""

    urgency: Urgency
    workdays: int | None


class DueDays:
    """Counts from one moment on."""

    def __init__(self, session: Session, now: datetime) -> None:
        self.now, self.today = now, now.astimezone(ZONE).date()
        self._calendar: WorkCalendar = moments.calendar(session)

    def of(self, due_at: datetime | None) -> Days:
        """Working days from today to the day on which it is due; negative once that day has passed."""
        if due_at is None:
            return Days("none", None)
        try:
            left = self._calendar.between(self.today, due_at.astimezone(ZONE).date())
        except CalendarMissing:
            return Days("overdue" if due_at < self.now else "later", None)
        if due_at < self.now:
            return Days("overdue", left)
        return Days("soon" if left <= SOON else "later", left)

    def clause(self, due: Due) -> ColumnElement[bool]:
        """The tasks that are due so, as a condition on `UserTask`."""
        column = paging.dated_last(UserTask.due_at)  # as the list is sorted, so that one index does both
        match due:
            case "none":
                return UserTask.due_at.is_(None)
            case "overdue":
                return column < self.now
            case "today":
                return and_(column >= self.now, column < self._end(0))
            case "soon":
                return and_(column >= self.now, column < self._end(SOON))
            case "week":
                return and_(column >= self.now, column < self._end(WEEK))
            case "later":
                return and_(column >= self._end(WEEK), UserTask.due_at.is_not(None))

    def _end(self, workdays: int) -> datetime:
        """The end of the day that lies so many working days ahead; of weekdays where the calendar does not reach."""
        try:
            day = self._calendar.after(self.today, workdays)
        except CalendarMissing:
            day = _weekdays_after(self.today, workdays)
        return datetime.combine(day + timedelta(days=1), time(), ZONE)


def _weekdays_after(day: date, count: int) -> date:
    while count > 0:
        day += timedelta(days=1)
        count -= day.weekday() < 5
    return day
