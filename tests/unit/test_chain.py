"""The chain of events: one spelling, and every change of what stands in it is found."""

import json
from decimal import Decimal

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from service.history import chain

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12).filter(lambda text: "\x01" not in text)
BODIES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(BODIES)
def test_a_body_is_spelled_as_rfc_8785_says(body):
    assert chain.canonical(body) == rfc8785.dumps(body).decode()


@pytest.mark.parametrize("keys", [["\U0001f600", "\uffff"], ["é", "e"], ["审", "批", "a"]])
def test_keys_are_sorted_by_utf_16(keys):
    body = dict.fromkeys(keys, 1)

    assert list(json.loads(chain.canonical(body))) == sorted(keys, key=lambda key: key.encode("utf-16-be"))


def test_decimals_come_back_as_they_were():
    body = {"score": Decimal("648.35"), "id": 7}

    assert chain.read(chain.canonical(body)) == body


def written(count):
    rows, head = [], chain.GENESIS
    for seq in range(1, count + 1):
        body = chain.canonical({"seq": seq, "what": f"event {seq}"})
        digest = chain.link(head, body)
        rows.append((seq, body, head, digest))
        head = digest
    return rows


def changed(rows):
    seq, body, previous, digest = rows[3]
    return [*rows[:3], (seq, body.replace("event", "Event"), previous, digest), *rows[4:]]


@pytest.mark.parametrize(
    ("tamper", "first_bad"),
    [
        (changed, 4),
        (lambda rows: rows[:3] + rows[4:], 4),
        (lambda rows: [*rows[:2], rows[3], rows[2], *rows[4:]], 3),
        (lambda rows: [*rows[:4], rows[3], *rows[4:]], 5),
        (lambda rows: rows[1:], 1),
    ],
    ids=["changed", "dropped", "swapped", "doubled", "beginning dropped"],
)
def test_what_was_done_to_a_chain_is_found_where_it_was_done(tamper, first_bad):
    report = chain.verify(tamper(written(6)))

    assert (report.valid, report.first_bad) == (False, first_bad)


def test_a_whole_chain_is_whole():
    assert chain.verify(written(6)) == chain.ChainReport(6, written(6)[-1][3], None)
