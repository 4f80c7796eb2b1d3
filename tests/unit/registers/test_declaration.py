"""A declaration is taken as a whole or refused with every fault named."""

import json

import pytest

from service.registers.declaration import DeclarationInvalid, UniqueKey, parse, problems
from service.registers.findings import TEXTS
from tests.support.records import declaration


def test_a_declaration_is_read():
    bookings = parse(written(declaration()))

    assert list(bookings.fields) == ["room", "day", "guests", "price", "phone", "note", "extra"]
    assert bookings.fields["phone"].personal
    assert bookings.fields["room"].register == "rooms"
    assert bookings.unique[0] == UniqueKey("one_a_day", ("room", "day"), frozenset({"CONFIRMED"}), "DOUBLE_BOOKING")
    assert [query.name for query in bookings.guard.queries] == ["house", "room", "confirmed"]
    assert problems(written(declaration())) == []


@pytest.mark.parametrize(
    ("before", "after", "may"),
    [
        ("ASKED", "CONFIRMED", True),
        ("CONFIRMED", "ASKED", False),
        ("CONFIRMED", "CANCELLED", True),  # from any state that is not final
        ("CANCELLED", "CANCELLED", False),
    ],
)
def test_transitions(before, after, may):
    assert parse(written(declaration())).may_go(before, after) is may


def test_a_final_state_may_be_left_by_name():
    data = declaration()
    data["transitions"].append(["CANCELLED", "ASKED"])

    assert parse(written(data)).may_go("CANCELLED", "ASKED")


def broken(*path_and_value):
    """The declaration with one value replaced, given as the way to it and the value."""
    *path, last, value = path_and_value
    data = declaration()
    target = data
    for step in path:
        target = target[step]
    target[last] = value
    return data


def written(data):
    return json.dumps(data).encode()


@pytest.mark.parametrize(
    ("data", "path", "part"),
    [
        ([], "", "对象"),
        (broken("colour", "red"), "", "colour"),
        (broken("id", "Bookings"), "id", "小写字母"),
        (broken("fields", {}), "fields", "列表"),
        (broken("transitions", 7), "transitions", "列表"),
        (broken("readonlyAfter", 7), "readonlyAfter", "列表"),
        (broken("fields", 0, "required", "yes"), "fields[0].required", "true"),
        (broken("initial", [7]), "initial[0]", "文字"),
        (broken("fields", 0, "type", "colour"), "fields[0].type", "colour"),
        (broken("fields", 1, "key", "state"), "fields[1].key", "保留"),
        (broken("fields", 1, "key", "room"), "fields", "两次"),
        (broken("fields", 0, {"key": "room", "title": "会议室", "type": "reference"}), "fields[0]", "register"),
        (broken("idField", "day"), "idField", "必填的文字"),
        (broken("initial", ["BEGUN"]), "initial", "BEGUN"),
        (broken("initial", []), "", "initial"),
        (broken("transitions", 0, ["ASKED"]), "transitions[0]", "一对"),
        (broken("transitions", 0, ["ASKED", "*"]), "transitions[0]", "*"),
        (broken("transitions", [["*", "CANCELLED"]]), "states[1]", "CONFIRMED"),
        (broken("unique", 0, "fields", ["room", "hour"]), "unique[0].fields", "hour"),
        (broken("unique", 0, "states", ["SURE"]), "unique[0].states", "SURE"),
        (broken("unique", 0, "name", "id"), "unique[0].name", "保留"),
        (broken("indexes", 0, "name", "one_a_day"), "unique", "两次"),
        (broken("scope", "field", "house"), "scope.field", "house"),
        (broken("readonlyAfter", "from", ["SURE"]), "readonlyAfter[0].from", "SURE"),
        (broken("guard", "queries", 0, "kind", "many"), "guard.queries[0].kind", "many"),
        (broken("guard", "queries", 0, "name", "after"), "guard.queries[0].name", "after"),
        (broken("guard", "queries", 1, {"name": "room", "kind": "one"}), "guard.queries[1]", "register"),
        (broken("guard", "queries", 1, "where", {"id": "=after."}), "guard.queries[1].where.id", "表达式"),
    ],
)
def test_a_fault_is_named_with_its_place(data, path, part):
    found = problems(written(data))

    assert [(where, part in message) for where, message in found if where == path] == [(path, True)]
    with pytest.raises(DeclarationInvalid):
        parse(written(data))


def test_what_is_no_json_is_refused():
    [(path, message)] = problems(b"{,}")

    assert (path, message[:10]) == ("", "不是有效的JSON：")


def test_every_fault_speaks_chinese_and_english():
    data = broken("fields", 0, "type", "colour")

    assert problems(written(data))[0][1].startswith("没有")
    assert problems(written(data), "en")[0][1].startswith("No field type")
    assert all(len(texts) == 2 for texts in TEXTS.values())
