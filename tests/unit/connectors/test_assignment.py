"""The allocation finds the optimum, always the same one, or says why there is none."""

from itertools import combinations, product

from hypothesis import given, settings
from hypothesis import strategies as st

from service.connectors.assignment import WEIGHTS, YEARS_THAT_COUNT, Group, Person, Question, assign, free


def cost(question, chosen):
    """What the rules say an assignment costs, counted from the rules and not from the model."""
    people = {person.id: person for person in question.people}
    most_years = max(person.years for person in question.people)
    total, loads = 0, {id: person.load for id, person in people.items()}
    for group in question.groups:
        if group.id not in chosen:
            continue
        leader, members = chosen[group.id]
        experts = [one for one in members if group.skills & people[one].skills]
        if group.skills:
            total += WEIGHTS["expertise"] * (len(members) - len(experts)) + (0 if experts else WEIGHTS["expert"])
        units = [people[one].unit for one in members if people[one].unit]
        total += WEIGHTS["unit"] * (len(units) - len(set(units)))
        total += WEIGHTS["leader"] * min(YEARS_THAT_COUNT, most_years - people[leader].years)
        for one in members:
            loads[one] += 1
            total += WEIGHTS["balance"] * (2 * loads[one] - 1)
            if people[one].most is not None and loads[one] > people[one].most:
                total += WEIGHTS["overload"]
    return total


def choices(question, group):
    """Every leader and members that the hard rules allow."""
    able = free(question, group)
    for members in combinations([person.id for person in able], group.size):
        if group.kept <= set(members):
            for person in able:
                if person.id in members and person.leads and group.leader in (None, person.id):
                    yield person.id, members


def brute_force(question):
    possible = [list(choices(question, group)) for group in question.groups]
    named = [(group.id, found) for group, found in zip(question.groups, possible, strict=True) if found]
    every = product(*(found for _, found in named))
    return min((cost(question, dict(zip([id for id, _ in named], one, strict=True))) for one in every), default=0)


@st.composite
def questions(draw):
    skills = st.frozensets(st.sampled_from("AB"), max_size=2)
    people = [
        Person(
            f"p{n}",
            draw(skills),
            draw(st.booleans()),
            draw(st.integers(0, 20)),
            draw(st.sampled_from(["", "u", "v"])),
            draw(st.integers(0, 2)),
            draw(st.sampled_from([None, 1, 2])),
        )
        for n in range(draw(st.integers(1, 5)))
    ]
    ids = [person.id for person in people]
    groups = []
    for n in range(draw(st.integers(1, 3))):
        kept = draw(st.frozensets(st.sampled_from(ids), max_size=2))
        leader = draw(st.sampled_from([None, *sorted(kept)]))
        barred = draw(st.frozensets(st.sampled_from(ids), max_size=1))
        groups.append(Group(f"g{n}", draw(st.integers(1, 3)), (f"c{n}", f"d{n}"), draw(skills), kept, leader, barred))
    pairs = st.tuples(st.sampled_from([case for group in groups for case in group.cases]), st.sampled_from(ids))
    return Question(people, groups, dict.fromkeys(draw(st.lists(pairs, max_size=6)), ("KNOWS",)))


@given(questions())
@settings(max_examples=300, deadline=None)
def test_it_is_as_good_as_trying_everything(question):
    answer = assign(question)

    impossible = {group.id for group in question.groups if not list(choices(question, group))}
    assert {blocked.group for blocked in answer.impossible} == impossible
    chosen = {group: (members[0], members) for group, members in answer.members.items()}
    for group in question.groups:
        if group.id in chosen:
            leader, members = chosen[group.id]
            assert (leader, tuple(sorted(members))) in list(choices(question, group))
    assert answer.optimal
    assert answer.cost == cost(question, chosen) == brute_force(question)


@given(questions(), st.randoms())
@settings(max_examples=60, deadline=None)
def test_the_order_of_the_question_does_not_matter(question, random):
    people, groups = list(question.people), list(question.groups)
    random.shuffle(people)
    random.shuffle(groups)

    assert assign(Question(people, groups, question.conflicts)) == assign(question)


def test_what_cannot_be_is_explained_by_case_and_conflict():
    people = [Person("ann", leads=False), Person("bob"), Person("cy")]
    groups = [Group("easy", 2), Group("hard", 3, ("mill", "port"))]

    answer = assign(Question(people, groups, {("port", "bob"): ("RELATIVE",), ("mill", "cy"): ("OWNER", "PAID")}))

    assert list(answer.members) == ["easy"]
    [blocked] = answer.impossible
    assert (blocked.group, blocked.reason, blocked.needed, blocked.free, blocked.leaders) == (
        "hard",
        "TOO_FEW",
        3,
        1,
        0,
    )
    assert blocked.cases == {"mill": {"cy": ("OWNER", "PAID")}, "port": {"bob": ("RELATIVE",)}}


def test_a_vacancy_is_filled_and_the_others_stay():
    people = [Person(name, frozenset(skill)) for name, skill in (("ann", "A"), ("bob", "B"), ("cy", "A"), ("dee", "B"))]

    answer = assign(
        Question(people, [Group("g", 3, (), frozenset("B"), frozenset({"ann", "cy"}), "cy", frozenset({"bob"}))], {})
    )

    assert answer.members == {"g": ("cy", "ann", "dee")}
