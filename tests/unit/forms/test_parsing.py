"""What a form may hold, and that every mistake in it is found with its place."""

import json

import pytest

from service.forms import FormRefused, parse, problems


def form(*components, **attributes):
    return {"type": "default", "id": "f", "components": list(components), **attributes}


def text(key="a", **attributes):
    return {"type": "textfield", "key": key, "label": "A", **attributes}


def codes(schema):
    """{place: code} of the findings."""
    with pytest.raises(FormRefused) as refused:
        parse(schema)
    return {fault.path: fault.code for fault in refused.value.faults}


def test_a_form_knows_its_fields_storage_signatures_and_inputs(form_named):
    scores, leave, shares = form_named("scores"), form_named("leave_request"), form_named("shares")

    assert scores.storage == {"scores": "record", "total": "record", "signature": "record"}
    assert scores.signatures == ("signature",)
    assert scores.reads == {"items"}
    assert leave.reads == {"applicant"}
    assert [component.storage for component in shares.fields[0].children] == ["record"] * 4
    assert len(leave.hash) == 64


def test_a_form_is_parsed_once(form_named):
    assert form_named("everything") is form_named("everything")


@pytest.mark.parametrize("raw", [b"", b"[", b"7", b"{}", b'{"components": 5}', b"\xff", b"[" * 100_000])
def test_what_is_no_form_is_refused(raw):
    assert set(codes(raw).values()) <= {"NOT_JSON", "NOT_A_FORM"}


BAD = [
    ({"type": "html", "content": "<b>"}, {"components[0]": "REFUSED_COMPONENT"}),
    ({"type": "iframe", "url": "https://example.org"}, {"components[0]": "REFUSED_COMPONENT"}),
    ({"type": "chart"}, {"components[0]": "UNKNOWN_COMPONENT"}),
    ("text", {"components[0]": "NOT_A_COMPONENT"}),
    ({"type": "textfield", "label": "A"}, {"components[0].key": "KEY_MISSING"}),
    ({"type": "dynamiclist", "components": []}, {"components[0].path": "KEY_MISSING"}),
    (text("this"), {"components[0].key": "KEY_INVALID"}),
    (text("_a"), {"components[0].key": "KEY_INVALID"}),
    (text("a.b"), {"components[0].key": "KEY_INVALID"}),
    (text(validate={"minlength": 3}), {"components[0].validate.minlength": "UNKNOWN_RULE"}),
    (text(validate={"minLength": -1}), {"components[0].validate.minLength": "WRONG_TYPE"}),
    (text(validate={"minLength": 5, "maxLength": 4}), {"components[0].validate": "LIMITS_CROSSED"}),
    (text(validate={"pattern": "("}), {"components[0].validate.pattern": "PATTERN_BAD"}),
    (text(validate=[]), {"components[0].validate": "WRONG_TYPE"}),
    (text(properties={"storge": "record"}), {"components[0].properties.storge": "UNKNOWN_RULE"}),
    (text(properties={"storage": "safe"}), {"components[0].properties.storage": "WRONG_TYPE"}),
    (text(properties={"format": "money"}), {"components[0].properties.format": "WRONG_TYPE"}),
    (text(properties={"widget": "signature"}), {"components[0].properties.widget": "WRONG_TYPE"}),
    (text(conditional={"hide": "=1 +"}), {"components[0].conditional.hide": "EXPRESSION_BAD"}),
    (text(conditional={"hide": "=shout(a)"}), {"components[0].conditional.hide": "EXPRESSION_BAD"}),
    (text(conditional={"hide": "true"}), {"components[0].conditional.hide": "EXPRESSION_MISSING"}),
    (text(label="{{#if a}}x{{/if}}"), {"components[0].label": "TEMPLATE_BAD"}),
    ({"type": "expression", "key": "e"}, {"components[0].expression": "EXPRESSION_MISSING"}),
    ({"type": "number", "key": "n", "increment": 0}, {"components[0].increment": "WRONG_TYPE"}),
    ({"type": "number", "key": "n", "decimalDigits": "x"}, {"components[0].decimalDigits": "WRONG_TYPE"}),
    ({"type": "select", "key": "s"}, {"components[0]": "OPTIONS_MISSING"}),
    (
        {"type": "select", "key": "s", "valuesKey": "v", "values": [{"value": "a", "label": "A"}]},
        {"components[0]": "OPTIONS_MISSING"},
    ),
    (
        {"type": "radio", "key": "s", "values": [{"value": "a"}, {"value": "a"}]},
        {"components[0].values[1]": "OPTION_REPEATED"},
    ),
    ({"type": "filepicker", "key": "p", "accept": "image/*"}, {"components[0].accept": "WRONG_TYPE"}),
    (
        {"type": "dynamiclist", "path": "l", "components": [text()], "properties": {"unique": ["b"]}},
        {"components[0].properties.unique": "COLUMN_UNKNOWN"},
    ),
    (
        {"type": "dynamiclist", "path": "l", "components": [text(readonly=True)]},
        {"components[0].components[0]": "READ_ONLY_COLUMN"},
    ),
    (
        {"type": "dynamiclist", "path": "l", "components": [], "properties": {"minRows": 3, "maxRows": 2}},
        {"components[0].properties": "LIMITS_CROSSED"},
    ),
    (
        {"type": "group", "path": "g", "components": [text(properties={"storage": "record"})]},
        {"components[0].components[0].properties.storage": "STORAGE_INSIDE"},
    ),
    ({"type": "group", "components": {}}, {"components[0].components": "WRONG_TYPE"}),
]


@pytest.mark.parametrize(("component", "expected"), BAD)
def test_a_mistake_in_a_component_is_found_with_its_place(component, expected):
    assert codes(form(component)) == expected


def test_every_finding_is_reported_and_readable_in_two_languages():
    schema = form(*(component for component, _ in BAD))

    chinese, english = problems(schema), problems(schema, "en")

    assert len(chinese) >= len(BAD)
    assert len(chinese) == len(english)
    assert all("{" not in message.replace("{ }", "").replace('{"', "") or "{{" in message for _, message in english)


def test_a_key_may_be_used_once_in_its_object():
    repeated = form(text(), {"type": "group", "components": [text()]})

    assert codes(repeated) == {"components[1].components[0]": "KEY_REPEATED"}
    assert problems(form(text(), {"type": "group", "path": "g", "components": [text()]})) == []


def test_expressions_may_not_depend_on_each_other_in_a_circle():
    one = {"type": "expression", "key": "one", "expression": "=two + 1"}
    two = {"type": "expression", "key": "two", "expression": "=one + 1"}

    assert codes(form(one, two)) == {"components": "EXPRESSION_CYCLE"}


def test_expressions_are_worked_out_in_the_order_of_their_needs():
    double = {"type": "expression", "key": "double", "expression": "=total * 2"}
    total = {"type": "expression", "key": "total", "expression": "=a + 1"}

    assert parse(form(double, total, {"type": "number", "key": "a"})).order == ("total", "double")


@pytest.mark.parametrize("expression", ["=a", "=[1, 2][item = a]"])
def test_a_value_may_not_be_kept_more_openly_than_what_it_was_computed_from(expression):
    closed = text(properties={"storage": "record"})
    open_ = {"type": "expression", "key": "copy", "expression": expression}

    assert codes(form(closed, open_)) == {"components[1].expression": "STORAGE_LEAK"}
    assert problems(form(closed, open_ | {"properties": {"storage": "record"}})) == []


def test_an_open_field_may_not_appear_and_vanish_with_a_secret_one():
    ballot = text("ballot", properties={"storage": "secret"})
    follow_up = text("why", conditional={"hide": '=ballot = "yes"'})

    assert codes(form(ballot, follow_up)) == {"components[1].conditional.hide": "STORAGE_LEAK"}


def test_components_are_not_nested_without_end():
    nested = text()
    for _ in range(12):
        nested = {"type": "group", "components": [nested]}

    assert list(codes(form(nested)).values()) == ["TOO_DEEP"]


def test_the_authors_own_properties_begin_with_x():
    assert problems(form(text(properties={"x-article": "法10.1"}))) == []


def test_a_mapping_and_its_json_are_the_same_form():
    schema = form(text(validate={"minLength": 1}))

    assert parse(schema).storage == parse(json.dumps(schema).encode()).storage
