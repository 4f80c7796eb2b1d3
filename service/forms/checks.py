"""The rules of a form for a value of the right type: each gives the problems that it finds."""

import re
from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal, localcontext

from service.forms import formats, patterns
from service.forms.details import same
from service.forms.leaves import ZONE, Problem, local_day, plain_text
from service.forms.model import Component, Rules
from service.forms.scope import Scope
from service.values import Value, Variables, parse_number, plain

#: The address of the HTML standard (a willful violation of RFC 5322), with a dot in the domain.
_EMAIL = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@(?=.{1,253}$)[a-zA-Z0-9-]{1,63}(\.[a-zA-Z0-9-]{1,63})+", re.ASCII)
#: A mobile or landline number as people write it: digits with blanks, hyphens, brackets, an extension's hyphen.
#: Format → the code of a text that has it not.
_FORMATS = {"uscc": "USCC_CHECKSUM", "cn_id": "IDNO_CHECKSUM", "cn_mobile": "CN_MOBILE"}
_PHONE = re.compile(r"\+?[0-9(][0-9 ()-]{5,22}[0-9]")
#: In one field; each is a document of its own in the store.
MAX_FILES = 100


def check(component: Component, value: Value, scope: Scope) -> Iterator[Problem]:
    """Every rule that `value`, which is not empty, breaks."""
    rules = component.rules
    if component.type in {"textfield", "textarea"}:
        yield from _text(rules, str(value), scope)
    elif component.type == "number":
        yield from _number(rules, parse_number(value) if isinstance(value, str) else value, scope)
    elif component.type == "datetime":
        yield from _datetime(rules, str(value), scope)
    elif component.type in {"radio", "select"}:
        if not _offered(value, scope, component):
            yield Problem("NOT_IN_LIST")
    elif component.type in {"checklist", "taglist"} and isinstance(value, list):
        yield from _several(value, scope, component)
    elif component.type == "filepicker" and isinstance(value, list):
        yield from _files(rules, value)


def rule_broken(component: Component, scope: Scope, language: str) -> Problem | None:
    """The author's own `check`, if it says false; null (something is not filled in yet) is not false."""
    rules = component.rules
    if rules.check is None or scope.evaluate(rules.check) is not False:
        return None
    english = language.lower().startswith("en") and rules.check_message_en
    return Problem("CHECK", text=english or rules.check_message)


def _text(rules: Rules, value: str, scope: Scope) -> Iterator[Problem]:
    longest = rules.max_length if rules.max_length is not None or not rules.pattern else patterns.MAX_LENGTH
    if rules.min_length is not None and len(value) < rules.min_length:
        yield Problem("TOO_SHORT", {"limit": rules.min_length, "actual": len(value)})
    if longest is not None and len(value) > longest:
        yield Problem("TOO_LONG", {"limit": longest, "actual": len(value)})
    elif rules.pattern is not None and not _matches(rules.pattern, value):
        yield Problem("PATTERN", text=rules.pattern_message)
    if rules.validation_type == "email" and not _EMAIL.fullmatch(value):
        yield Problem("EMAIL")
    if rules.validation_type == "phone" and not (_PHONE.fullmatch(value) and 6 <= sum(map(str.isdigit, value)) <= 20):
        yield Problem("PHONE")
    if rules.format is not None and not _has_format(rules.format, value, scope):
        yield Problem(_FORMATS[rules.format])


def _matches(pattern: str, value: str) -> bool:
    try:
        return patterns.matches(pattern, value)
    except TimeoutError:
        return False  # better to refuse a text than to hold a worker


def _has_format(name: str, value: str, scope: Scope) -> bool:
    if name == "uscc":
        return formats.is_uscc(value)
    if name == "cn_id":
        return formats.is_cn_id(value, scope.setting.moment.now.astimezone(ZONE).date())
    return formats.is_cn_mobile(value)


def _number(rules: Rules, value: Value, scope: Scope) -> Iterator[Problem]:
    if not isinstance(value, Decimal):
        return
    places = -int(value.normalize().as_tuple().exponent)
    if rules.digits is not None and places > rules.digits:
        yield Problem("TOO_PRECISE", {"limit": rules.digits})
    if rules.step is not None:
        with localcontext(prec=80):  # the remainder of a large number by a small step needs every digit
            remainder = value % rules.step
        if remainder != 0:
            yield Problem("STEP", {"step": plain(rules.step)})
    low, high = scope.limit(rules.minimum), scope.limit(rules.maximum)
    if isinstance(low, Decimal) and value < low:
        yield Problem("TOO_SMALL", {"limit": plain(low)})
    if isinstance(high, Decimal) and value > high:
        yield Problem("TOO_LARGE", {"limit": plain(high)})


def _datetime(rules: Rules, value: str, scope: Scope) -> Iterator[Problem]:
    if rules.subtype != "date":
        clock = value.partition("T")[2] or value
        minutes = int(clock[:2]) * 60 + int(clock[3:5])
        if minutes % rules.interval_min or clock[6:8] not in {"", "00"}:
            yield Problem("INTERVAL", {"minutes": rules.interval_min})
    today = scope.setting.moment.now.astimezone(ZONE).date()
    if rules.no_past and rules.subtype != "time" and local_day(value) < today:
        yield Problem("PAST")
    low, high = scope.limit(rules.minimum), scope.limit(rules.maximum)
    if isinstance(low, str) and _before(value, low, rules.subtype):
        yield Problem("TOO_EARLY", {"limit": low})
    if isinstance(high, str) and _before(high, value, rules.subtype):
        yield Problem("TOO_LATE", {"limit": high})


def _before(one: str, other: str, subtype: str) -> bool:
    """Whether `one` lies before `other`; a limit that cannot be compared limits nothing."""
    try:
        if subtype == "date":
            return local_day(one) < local_day(other)
        if subtype == "time":
            return _clock(one) < _clock(other)
        return _moment(one) < _moment(other)
    except (ValueError, OverflowError):
        return False


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text) if "T" in text else datetime.combine(date.fromisoformat(text), time())
    return moment if moment.tzinfo else moment.replace(tzinfo=ZONE)


def _clock(text: str) -> time:
    return _moment(f"2000-01-02T{text}").astimezone(ZONE).time()


def _offered(value: Value, scope: Scope, component: Component) -> bool:
    return any(same(value, option.value) for option in scope.options(component))


def _several(values: list[Value], scope: Scope, component: Component) -> Iterator[Problem]:
    offered = [option.value for option in scope.options(component)]
    if len(values) > len(offered):
        # Nobody ticks more boxes than there are; a long list is not worth comparing.
        yield Problem("NOT_IN_LIST" if not offered else "REPEATED")
        return
    if not all(any(same(value, one) for one in offered) for value in values):
        yield Problem("NOT_IN_LIST")
    if any(same(value, other) for index, value in enumerate(values) for other in values[:index]):
        yield Problem("REPEATED")


def _files(rules: Rules, files: list[Value]) -> Iterator[Problem]:
    if len(files) > 1 and not rules.multiple:
        yield Problem("TOO_MANY_FILES")
    if len(files) > MAX_FILES:
        yield Problem("TOO_MANY_ROWS", {"limit": MAX_FILES})
        return
    for file in files:
        if not isinstance(file, dict):
            continue
        name, size = str(file["fileName"]), file.get("size")
        if rules.accept and not name.lower().endswith(rules.accept):
            yield Problem("FILE_TYPE", {"name": name, "accept": "、".join(rules.accept)})
        if rules.max_mb is not None and isinstance(size, Decimal) and size > rules.max_mb * 1_000_000:
            yield Problem("FILE_SIZE", {"name": name, "limit": plain(rules.max_mb)})


def rows_problems(component: Component, values: list[Variables], scope: Scope) -> Iterator[Problem]:
    """Rules over the columns of a list whose rows are all well formed: unique columns, sums."""
    labels = {field.key: scope.shown(field.label) or field.key for field in component.fields()}
    if component.rows is None:
        return
    for column in component.rows.unique:
        seen: dict[str, int] = {}
        for number, row in enumerate(values, start=1):
            text = plain_text(row.get(column))
            if text and seen.setdefault(text, number) != number:
                yield Problem("NOT_UNIQUE", {"column": labels[column], "row": seen[text]})
    for total in component.rows.totals:
        cells = [row.get(total.column) for row in values]
        with localcontext(prec=80):
            actual = sum((_amount(cell) for cell in cells), Decimal(0))
        exact, most = scope.limit(total.equals), scope.limit(total.maximum)
        params = {"column": labels[total.column], "actual": plain(actual)}
        if isinstance(exact, Decimal) and actual != exact:
            yield Problem("SUM", {**params, "limit": plain(exact)})
        if isinstance(most, Decimal) and actual > most:
            yield Problem("SUM_MAX", {**params, "limit": plain(most)})


def _amount(cell: Value) -> Decimal:
    return parse_number(cell) if isinstance(cell, str) and cell else cell if isinstance(cell, Decimal) else Decimal(0)
