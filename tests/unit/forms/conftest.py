"""The forms beside these tests, a moment, and a short way to submit."""

from datetime import date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from service.engine.calendar import from_days
from service.engine.feel import Moment
from service.errors import FormInvalid
from service.forms import parse, validate
from service.values import variables

DATA = Path(__file__).parent / "data"
MONDAY = datetime(2026, 11, 23, 9, tzinfo=ZoneInfo("Asia/Shanghai"))
CALENDAR = from_days({date(2026, 1, 1) + timedelta(days=n): True for n in range(730)})


def sources(name):
    """A register of two industries."""
    return [("A01", "农业"), ("C13", "农副食品加工业")] if name == "register:industries" else None


@pytest.fixture
def moment():
    return Moment(MONDAY, CALENDAR)


@pytest.fixture
def form_named():
    return lambda name: parse((DATA / f"{name}.form").read_bytes())


@pytest.fixture
def submit(form_named, moment):
    """The cleaned values of a submission to a form."""

    def send(name, answers, given=None, **options):
        form = form_named(name) if isinstance(name, str) else name
        return validate(form, answers, given=variables(given or {}), moment=moment, sources=sources, **options)

    return send


@pytest.fixture
def faults(submit):
    """The faults of a submission as {path: [codes]}."""

    def send(name, answers, given=None):
        with pytest.raises(FormInvalid) as refused:
            submit(name, answers, given)
        found = {}
        for fault in refused.value.errors:
            found.setdefault(fault.path, []).append(fault.code)
        return found

    return send
