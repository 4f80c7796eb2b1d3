"""The official Python client: filters, operators, sorting, cursors."""

import pytest
from camunda_orchestration_sdk import errors, models

pytestmark = pytest.mark.both_databases
MANY = 25


@pytest.fixture(scope="module")
def keys(people):
    """Twenty-five instances with business ids of two kinds, oldest first."""
    made = []
    for number in range(MANY):
        request = models.ProcessCreationById(
            process_definition_id="ledger", business_id=f"{'even' if number % 2 == 0 else 'odd'}-{number:02}"
        )
        made.append(people["ada"].create_process_instance(data=request).process_instance_key)
    cancel(people, made[0])
    return made


def cancel(people, key):
    people["ada"].cancel_process_instance(key, data=models.CancelProcessInstanceRequest())


def find(client, filter=None, sort=None, **page):
    body = {"filter": {"processDefinitionId": "ledger", **(filter or {})}}
    body["sort"] = sort or [{"field": "startDate", "order": "ASC"}]
    body["page"] = page or {"limit": 100}
    return client.search_process_instances(data=models.ProcessInstanceSearchQuery.from_dict(body))


def found(*arguments, **page):
    return [instance.process_instance_key for instance in find(*arguments, **page).items]


@pytest.mark.parametrize(
    ("filter", "wanted"),
    [
        ({"state": "TERMINATED"}, lambda number: number == 0),
        ({"state": {"$neq": "TERMINATED"}}, lambda number: number != 0),
        ({"state": {"$in": ["COMPLETED", "TERMINATED"]}}, lambda number: number == 0),
        ({"businessId": "odd-03"}, lambda number: number == 3),
        ({"businessId": {"$like": "even-*"}}, lambda number: number % 2 == 0),
        ({"businessId": {"$like": "???-?1"}}, lambda number: number in (1, 11, 21)),
        ({"businessId": {"$like": "*-1*", "$neq": "odd-11"}}, lambda number: 10 <= number < 20 and number != 11),
        ({"businessId": {"$notIn": ["even-00", "odd-01"]}}, lambda number: number > 1),
        ({"businessId": {"$exists": False}}, lambda number: False),
        ({"endDate": {"$exists": True}}, lambda number: number == 0),
        ({"startDate": {"$gt": "2020-01-01T00:00:00Z", "$lt": "2099-01-01T00:00:00Z"}}, lambda number: True),
        ({"$or": [{"businessId": "even-02"}, {"businessId": "odd-03"}]}, lambda number: number in (2, 3)),
        ({"hasIncident": True}, lambda number: False),
        ({"processDefinitionVersion": 1}, lambda number: True),
        ({"elementId": "request"}, lambda number: number != 0),
    ],
    ids=str,
)
def test_filters(people, keys, filter, wanted):
    assert found(people["audrey"], filter) == [key for number, key in enumerate(keys) if wanted(number)]


def test_sorting_by_several_fields(people, keys):
    sort = [{"field": "state", "order": "DESC"}, {"field": "businessId", "order": "DESC"}]

    ids = [instance.business_id for instance in find(people["audrey"], {}, sort).items]

    odd = [f"odd-{number:02}" for number in range(MANY - 2, 0, -2)]
    even = [f"even-{number:02}" for number in range(MANY - 1, 0, -2)]
    assert ids == ["even-00", *odd, *even]


@pytest.mark.parametrize("order", ["ASC", "DESC"])
@pytest.mark.parametrize("field", ["startDate", "businessId", "endDate", "processDefinitionVersion"])
def test_pages_forward_and_backward_hold_every_row_once(people, keys, field, order):
    sort = [{"field": field, "order": order}]
    whole = found(people["audrey"], {}, sort)
    forward, backward = [], []

    page = find(people["audrey"], {}, sort, limit=7)
    while page.items:
        forward += [each.process_instance_key for each in page.items]
        last = page.page
        page = find(people["audrey"], {}, sort, limit=7, after=last.end_cursor)
    assert (page.page.start_cursor, page.page.end_cursor, page.page.total_items) == (None, None, MANY)
    page = find(people["audrey"], {}, sort, limit=7, before=last.end_cursor)
    while page.items:
        backward = [each.process_instance_key for each in page.items] + backward
        page = find(people["audrey"], {}, sort, limit=7, before=page.page.start_cursor)

    assert forward == whole
    assert sorted(forward) == sorted(keys)
    assert backward == whole[:-1]


def test_a_page_is_stable_while_rows_come_in(people, keys):
    sort = [{"field": "startDate", "order": "ASC"}]
    first = find(people["audrey"], {"state": "ACTIVE"}, sort, limit=5)

    cancel(people, first.items[2].process_instance_key)
    late = people["ada"].create_process_instance(data=models.ProcessCreationById(process_definition_id="ledger"))
    second = find(people["audrey"], {"state": "ACTIVE"}, sort, limit=5, after=first.page.end_cursor)

    assert [each.process_instance_key for each in second.items] == keys[6:11]
    cancel(people, late.process_instance_key)


@pytest.mark.parametrize(
    "body",
    [
        {"filter": {"colour": "red"}},
        {"filter": {"state": {"$gt": "ACTIVE"}}},
        {"filter": {"startDate": "yesterday"}},
        {"filter": {"processInstanceKey": {"$in": "1"}}},
        {"filter": {"tenantId": "other"}},
        {"sort": [{"field": "colour"}]},
        {"sort": [{"field": "state", "order": "SIDEWAYS"}]},
        {"page": {"limit": 0}},
        {"page": {"limit": 10_001}},
        {"page": {"after": "nonsense"}},
        {"page": {"after": "WzFd", "before": "WzFd"}},
        {"page": {"after": "W3siYSI6MX1d"}},
        {"sort": [{"field": "startDate"}], "page": {"after": "WyIyMDIwIiwgMV0="}},
        {"sort": [{"field": "startDate"}], "page": {"after": "WyJ4IiwgMV0="}},
        {"colour": "red"},
    ],
    ids=str,
)
def test_what_cannot_be_searched_for_is_refused(people, body):
    class Anything:
        def to_dict(self):
            return body

    with pytest.raises(errors.BadRequestError):
        people["audrey"].search_process_instances(data=Anything())
