"""Sixty people and three hundred cases: the assignment itself, from question to answer."""

from random import Random
from time import perf_counter

import pytest

from service.connectors.assignment import Group, Person, Question, assign
from tests.bench.figures import report

BAR_S = 60


def question(groups: int, cases: int, size: int, share_in_conflict: float) -> Question:
    """People of twenty units and ten fields, half of whom could lead; conflicts by chance."""
    random = Random(20261123)
    fields = list("ABCDEFGHIJ")
    people = [
        Person(f"p{n}", frozenset(random.sample(fields, 2)), n % 2 == 0, random.randint(5, 25), f"u{n % 20}", 0, 6)
        for n in range(60)
    ]
    split = [
        Group(f"g{g}", size, tuple(f"c{g}-{c}" for c in range(cases)), frozenset(random.sample(fields, 1)))
        for g in range(groups)
    ]
    pairs = [(case, person.id) for group in split for case in group.cases for person in people]
    return Question(people, split, {pair: ("X",) for pair in pairs if random.random() < share_in_conflict})


@pytest.mark.parametrize(
    ("groups", "cases", "size", "share"),
    [(10, 30, 6, 0.01), (60, 5, 5, 0.02), (300, 1, 3, 0.05)],
    ids=["ten_groups_of_thirty", "sixty_groups_of_five", "each_case_its_own_group"],
)
def test_three_hundred_cases_and_sixty_people(groups, cases, size, share):
    asked = question(groups, cases, size, share)

    begun = perf_counter()
    answer = assign(asked)
    took = perf_counter() - begun

    report("allocation", groups=groups, cases=groups * cases, size=size, seconds=round(took, 2), optimal=answer.optimal)
    assert answer.optimal
    assert not answer.impossible
    assert took < BAR_S
