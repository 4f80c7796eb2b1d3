"""Whatever comes in: a refusal, an answer or a page, never another error."""

import contextlib

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from service.errors import FormInvalid
from service.forms import FormRefused, apply, context, from_html, parse, prune
from service.values import NotAValue, variables

from .conftest import sources

FORMS = ["everything", "shares", "scores", "leave_request"]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.decimals() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)
KEYS = st.sampled_from(
    ["organisation", "id_no", "story", "capital", "exact", "day", "clock", "moment", "utc", "agreed", "size", "city",
     "fields", "tags", "proof", "doubled", "staff", "quality_staff", "awards", "holders", "scores", "signature",
     "items", "cities", "papers", "kind", "first_day", "days", "balance", "_schema"]
)  # fmt: skip
ROWS = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("code", "share", "phones", "percent", "title", "points", "label", "value"), JSON)
)
FILES = st.fixed_dictionaries({"documentId": JSON, "fileName": JSON}, optional={"size": JSON, "hash": JSON})
NEARLY = st.one_of(
    JSON,
    st.datetimes().map(lambda moment: moment.isoformat()),
    st.dates().map(str),
    st.times().map(str),
    st.lists(ROWS, max_size=3),
    st.lists(FILES, max_size=2),
)
ANSWERS = st.dictionaries(KEYS | st.text(max_size=5), NEARLY, max_size=6)
NAMES = st.one_of(
    KEYS,
    st.text(max_size=12),
    st.sampled_from(["_shown", "_refresh", "_add:holders", "_remove:holders[0].phones[1]", "signature._password"]),
    st.from_regex(r"(_add:|_remove:)?(holders|scores|awards|organisation)(\[\d{0,3}\]|\.\w{0,6}){0,4}", fullmatch=True),
)
quickly = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def values(raw):
    """What of the raw data could be variables at all."""
    found = {}
    for key, value in raw.items():
        with contextlib.suppress(NotAValue):
            found |= variables({key: value})
    return found


@pytest.mark.parametrize("name", FORMS)
@quickly
@given(answers=ANSWERS, before=ANSWERS)
def test_any_answers_are_accepted_or_refused(submit, name, answers, before):
    with contextlib.suppress(FormInvalid):
        submit(name, answers, values(before))


@pytest.mark.parametrize("name", FORMS)
@quickly
@given(shown=ANSWERS, before=ANSWERS, read_only=st.booleans())
def test_any_values_can_be_shown(form_named, moment, name, shown, before, read_only):
    shown, before = values(shown), values(before)

    context(form_named(name), before | shown, given=before, moment=moment, sources=sources, read_only=read_only)


@pytest.mark.parametrize("name", FORMS)
@quickly
@given(posted=st.lists(st.tuples(NAMES, st.text(max_size=10) | NAMES), max_size=12))
def test_any_post_is_decoded_edited_and_judged(form_named, submit, moment, name, posted):
    form = form_named(name)

    decoded = from_html(form, MultiDict(posted))
    with contextlib.suppress(NotAValue):
        answers = variables(decoded.answers)
        if decoded.action:
            answers = apply(form, answers, decoded.action)
        context(form, answers, moment=moment, sources=sources)
        pruned = prune(form, answers, given={}, moment=moment, sources=sources)
        with contextlib.suppress(FormInvalid):
            submit(name, pruned)


@quickly
@given(components=st.lists(st.dictionaries(
    st.sampled_from(["type", "key", "path", "label", "validate", "properties", "conditional", "values", "components",
                     "readonly", "increment", "expression", "accept", "text", "columns", "appearance"]),
    st.sampled_from(["textfield", "number", "select", "group", "dynamiclist", "expression", "table", "a", "=a", "=",
                     "{{", "{{ a }}", {}, [], {"hide": "=a"}, {"min": 1, "max": "=a"}, {"pattern": "("}, [{}],
                     [{"value": 1}]])
    | JSON,
    max_size=6,
), max_size=3))  # fmt: skip
def test_any_form_is_parsed_or_refused(components):
    with contextlib.suppress(FormRefused):
        parse({"id": "f", "components": components})
