"""HTML posts: decoding, rows without JavaScript, signatures."""

from decimal import Decimal

import pytest
from werkzeug.datastructures import MultiDict

from service.engine.feel import Moment
from service.forms import Action, apply, from_html, prune, signatures
from service.values import variables


def post(*pairs):
    return MultiDict(pairs)


def test_names_are_paths_and_texts_become_values(form_named):
    decoded = from_html(
        form_named("everything"),
        post(
            ("organisation.name", "厂"),
            ("capital", " 12.50 "),
            ("staff", ""),
            ("quality_staff", "many"),
            ("_shown", "agreed"),
            ("_shown", "size"),
            ("_shown", "tags"),
            ("tags", "a"),
            ("tags", "b"),
            ("size", "json:true"),
            ("day", ""),
            ("awards[3].title", "乙"),
            ("awards[1].title", "甲"),
            ("proof", '{"documentId":"d1","fileName":"a.pdf"}'),
            ("csrf", "x"),
            ("_csrf", "y"),
        ),
    )

    assert decoded.answers == {
        "organisation": {"name": "厂"},
        "capital": Decimal("12.50"),
        "staff": None,
        "quality_staff": "many",
        "agreed": False,
        "size": True,
        "tags": ["a", "b"],
        "day": None,
        "awards": [{"title": "甲"}, {"title": "乙"}],
        "proof": [{"documentId": "d1", "fileName": "a.pdf"}],
        "csrf": "x",  # unknown: refused later
    }
    assert decoded.action is None


@pytest.mark.parametrize(
    ("name", "action"),
    [
        ("_add:holders", Action("add", "holders")),
        ("_add:holders[0].phones", Action("add", "holders[0].phones")),
        ("_remove:holders[0].phones[2]", Action("remove", "holders[0].phones", 2)),
        ("_refresh", Action("refresh")),
    ],
)
def test_the_button_pressed_is_reported(form_named, name, action):
    assert from_html(form_named("shares"), post((name, "1"))).action == action


ROWS = {"holders": [{"code": "A", "phones": [{"number": "1"}]}, {"code": "B"}]}


@pytest.mark.parametrize(
    ("action", "rows"),
    [
        (Action("add", "holders"), [*ROWS["holders"], {}]),
        (Action("remove", "holders", 0), [{"code": "B"}]),
        (Action("remove", "holders", 7), ROWS["holders"]),
        (Action("add", "holders[1].phones"), [ROWS["holders"][0], {"code": "B", "phones": [{}]}]),
        (Action("remove", "holders[0].phones", 0), [{"code": "A", "phones": []}, {"code": "B"}]),
        (Action("add", "holders[9].phones"), ROWS["holders"]),
        (Action("add", "nothing"), ROWS["holders"]),
        (Action("add", "holders[x].phones"), ROWS["holders"]),
        (Action("refresh"), ROWS["holders"]),
    ],
)
def test_rows_are_added_and_removed_without_javascript(form_named, action, rows):
    assert apply(form_named("shares"), ROWS, action) == {"holders": rows}


def test_fixed_rows_stay(form_named):
    answers = {"scores": [{"percent": Decimal(5)}]}

    assert apply(form_named("scores"), answers, Action("add", "scores")) == answers
    assert apply(form_named("scores"), answers, Action("remove", "scores", 0)) == answers


def test_what_an_answer_on_the_same_page_hides_is_dropped(form_named, moment):
    form, given = form_named("leave_request"), variables({"balance": 10})
    answers = {"kind": "annual", "reason": "x", "balance": Decimal(99)}

    assert prune(form, answers, given=given, moment=moment) == {"kind": "annual"}
    assert prune(form, answers | {"kind": "sick"}, given=given, moment=moment) == {"kind": "sick", "reason": "x"}


def test_hidden_cells_of_rows_are_dropped(form_named, moment):
    rows = {"holders": [{"code": "A", "phones": [{"number": "1"}]}, {"code": "B", "phones": [{"number": "1"}]}]}

    pruned = prune(form_named("shares"), rows, given={}, moment=moment)

    assert pruned["holders"] == [{"code": "A", "phones": [{}]}, {"code": "B", "phones": [{"number": "1"}]}]


def test_a_signature_needs_its_password_and_is_written_by_the_server(form_named, moment: Moment):
    form = form_named("scores")
    posted = from_html(form, post(("signature", "1"), ("_shown", "signature"), ("signature._password", "geheim")))
    sent, passwords = signatures.split(form, {"signature": {"signed": True, "password": "geheim"}})

    assert posted.answers == sent == {"signature": True}
    assert posted.passwords == passwords == {"signature": "geheim"}
    assert signatures.given(form, {"signature": True}) == ("signature",)
    assert signatures.seal(form, {"signature": True}, by="lin", moment=moment) == {
        "signature": {"signed": True, "at": "2026-11-23T09:00:00+08:00", "by": "lin"}
    }


def test_a_ready_made_signature_is_not_taken_from_a_sender(form_named):
    forged = {"signature": {"signed": True, "by": "mayor", "at": "2026-01-01T00:00:00+08:00"}}

    assert signatures.split(form_named("scores"), forged) == (forged, {})  # and validate refuses it
