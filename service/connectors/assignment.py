"""Who goes into which group: a mixed-integer programme, solved to the optimum by HiGHS.

Hard: every group has exactly its size, one leader among them, and nobody who may not. Soft, as costs: no expert in a
group, two people of one unit, more groups than a person wants, an uneven load, few years of a leader. Loads are soft,
so groups compete but never exclude one another: a group is impossible only by itself, and `impossible` says why.
The same question has the same answer: everything is sorted, one thread, a fixed seed.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import highspy
import numpy as np

#: What one of each costs. Not an expert in the group, and nobody of its field at all; each further person of one unit;
#: each group beyond a person's most; unevenness (the n-th group of a person costs 2n - 1 times this); and each year by
#: which a leader has less experience than the one with most, up to ten.
WEIGHTS: Mapping[str, int] = {"expertise": 3, "expert": 100, "unit": 100, "overload": 1000, "balance": 5, "leader": 1}
YEARS_THAT_COUNT = 10
TIME_LIMIT_S = 50.0


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can be assigned. `load` are groups of before; `most` how many there should be at most."""

    id: str
    skills: frozenset[str] = frozenset()
    leads: bool = True
    years: int = 0
    unit: str = ""
    load: int = 0
    most: int | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Cases that the same people look at. `kept` are members already, `leader` is one of them; `barred` may not be."""

    id: str
    size: int
    cases: tuple[str, ...] = ()
    skills: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()
    leader: str | None = None
    barred: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Question:
    """`conflicts` says for a case and a person why that person may not see it."""

    people: Sequence[Person]
    groups: Sequence[Group]
    conflicts: Mapping[tuple[str, str], Sequence[str]]
    weights: Mapping[str, int] = field(default_factory=lambda: WEIGHTS)


@dataclass(frozen=True, slots=True)
class Blocked:
    """Why it cannot be: how many are free and how many of them could lead, and the cases with their conflicts."""

    group: str
    reason: str
    needed: int
    free: int
    leaders: int
    cases: Mapping[str, Mapping[str, Sequence[str]]]


@dataclass(frozen=True, slots=True)
class Answer:
    """Members by group, the leader first; what is impossible; whether the optimum was proved in time, and its cost."""

    members: Mapping[str, tuple[str, ...]]
    impossible: Sequence[Blocked]
    optimal: bool
    cost: int


def assign(question: Question) -> Answer:
    """The cheapest assignment of everybody to every group that is possible."""
    people = sorted(question.people, key=lambda person: person.id)
    groups = sorted(question.groups, key=lambda group: group.id)
    impossible, possible = [], []
    for group in groups:
        why = _blocked(question, people, group)
        if why is None:
            possible.append(group)
        else:
            impossible.append(why)
    if not possible:
        return Answer({}, impossible, True, 0)
    model = _Model(question, people, possible)
    members, optimal, cost = model.solved()
    return Answer(members, impossible, optimal, cost)


def free(question: Question, group: Group) -> list[Person]:
    """Who may be in the group, by id."""
    return [
        person
        for person in sorted(question.people, key=lambda person: person.id)
        if person.id not in group.barred and not any((case, person.id) in question.conflicts for case in group.cases)
    ]


def _blocked(question: Question, people: Sequence[Person], group: Group) -> Blocked | None:
    able = free(question, group)
    names = {person.id for person in able}
    leaders = [person for person in able if person.leads and group.leader in (None, person.id)]
    if group.kept - names:
        reason = "KEPT_IN_CONFLICT"
    elif len(able) < group.size or len(group.kept) > group.size:
        reason = "TOO_FEW"
    elif not leaders or (len(group.kept) == group.size and not group.kept & {person.id for person in leaders}):
        reason = "NO_LEADER"
    else:
        return None
    cases = {
        case: found
        for case in group.cases
        if (found := {p.id: question.conflicts[case, p.id] for p in people if (case, p.id) in question.conflicts})
    }
    return Blocked(group.id, reason, group.size, len(able), len(leaders), cases)


class _Model:
    """Columns: member and leader for each pair that may be, load steps of each person, slacks of the soft rules."""

    def __init__(self, question: Question, people: Sequence[Person], groups: Sequence[Group]) -> None:
        self.weights = {**WEIGHTS, **question.weights}
        self.groups = groups
        self.costs: list[float] = []
        self.lower: list[float] = []
        self.upper: list[float] = []
        self.whole: list[bool] = []
        self.rows: list[tuple[float, float, list[int], list[float]]] = []
        self.member: dict[tuple[str, str], int] = {}
        self.leader: dict[tuple[str, str], int] = {}
        self.most_years = max((person.years for person in people), default=0)
        seats: dict[str, list[int]] = {person.id: [] for person in people}
        for group in groups:
            self._group(group, free(question, group), seats)
        places = sum(group.size for group in groups)
        for person in people:
            self._load(person, seats[person.id], 2 * -(-places // len(people)) + 5)

    def _column(self, cost: float, lower: float, upper: float, *, whole: bool = True) -> int:
        self.costs.append(cost)
        self.lower.append(lower)
        self.upper.append(upper)
        self.whole.append(whole)
        return len(self.costs) - 1

    def _row(self, lower: float, upper: float, columns: Sequence[int], factors: Sequence[float]) -> None:
        self.rows.append((lower, upper, list(columns), list(factors)))

    def _group(self, group: Group, able: Sequence[Person], seats: Mapping[str, list[int]]) -> None:
        members, leaders = [], []
        for person in able:
            is_expert = not group.skills or bool(group.skills & person.skills)
            column = self._column(0 if is_expert else self.weights["expertise"], float(person.id in group.kept), 1)
            self.member[group.id, person.id] = column
            members.append(column)
            seats[person.id].append(column)
            if person.leads and group.leader in (None, person.id):
                short = min(YEARS_THAT_COUNT, self.most_years - person.years)
                leads = self._column(self.weights["leader"] * short, 0, 1)
                self.leader[group.id, person.id] = leads
                leaders.append(leads)
                self._row(0, 1, [column, leads], [1, -1])  # who leads is a member
        self._row(group.size, group.size, members, [1] * len(members))
        self._row(1, 1, leaders, [1] * len(leaders))
        self._soft(group, able)

    def _soft(self, group: Group, able: Sequence[Person]) -> None:
        experts = [self.member[group.id, person.id] for person in able if group.skills & person.skills]
        if group.skills:
            missing = self._column(self.weights["expert"], 0, 1)
            self._row(1, highspy.kHighsInf, [*experts, missing], [1] * (len(experts) + 1))
        for unit, same in groupby(sorted(able, key=lambda p: (p.unit, p.id)), key=lambda p: p.unit):
            columns = [self.member[group.id, person.id] for person in same]
            if unit and len(columns) > 1:
                more = self._column(self.weights["unit"], 0, len(columns), whole=False)
                self._row(-highspy.kHighsInf, 1, [*columns, more], [*[1] * len(columns), -1])

    def _load(self, person: Person, seats: Sequence[int], steps: int) -> None:
        """The load as a sum of steps that become dearer: a convex cost needs no whole numbers of its own."""
        if not seats:
            return
        columns = []
        for step in range(1, min(len(seats), steps) + 1):
            load = person.load + step
            over = self.weights["overload"] if person.most is not None and load > person.most else 0
            is_last = step == min(len(seats), steps)
            room = len(seats) - step + 1 if is_last else 1
            columns.append(self._column(self.weights["balance"] * (2 * load - 1) + over, 0, room, whole=False))
        self._row(0, 0, [*seats, *columns], [*[1] * len(seats), *[-1] * len(columns)])

    def solved(self) -> tuple[dict[str, tuple[str, ...]], bool, int]:
        """Members by group, whether that is the optimum, and its cost. Raises `RuntimeError` if none was found."""
        solver = highspy._Highs()  # type: ignore[attr-defined]  # `Highs` prints a banner when it arms its callbacks
        for option, value in (
            ("output_flag", False),
            ("threads", 1),
            ("random_seed", 0),
            ("mip_rel_gap", 0.0),
            ("time_limit", TIME_LIMIT_S),
        ):
            solver.setOptionValue(option, value)
        solver.passModel(self._programme())
        solver.run()
        status = solver.getModelStatus()
        if solver.getInfo().primal_solution_status != 2:  # kSolutionStatusFeasible
            raise RuntimeError(f"the solver found nothing: {solver.modelStatusToString(status)}")
        values = solver.getSolution().col_value
        found = {group.id: tuple(self._of(group.id, values)) for group in self.groups}
        cost = round(solver.getInfo().objective_function_value)
        return found, status == highspy.HighsModelStatus.kOptimal, cost

    def _of(self, group_id: str, values: Sequence[float]) -> Iterator[str]:
        chosen = [p for (g, p), column in self.leader.items() if g == group_id and values[column] > 0.5]
        yield from chosen
        for (group, person), column in self.member.items():
            if group == group_id and values[column] > 0.5 and person not in chosen:
                yield person

    def _programme(self) -> highspy.HighsLp:
        programme = highspy.HighsLp()
        programme.num_col_, programme.num_row_ = len(self.costs), len(self.rows)
        programme.col_cost_ = np.array(self.costs)
        programme.col_lower_, programme.col_upper_ = np.array(self.lower), np.array(self.upper)
        programme.row_lower_ = np.array([row[0] for row in self.rows])
        programme.row_upper_ = np.array([row[1] for row in self.rows])
        whole, part = highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous
        programme.integrality_ = [whole if is_whole else part for is_whole in self.whole]
        matrix = programme.a_matrix_
        matrix.format_ = highspy.MatrixFormat.kRowwise
        matrix.start_ = np.cumsum([0, *(len(row[2]) for row in self.rows)])
        matrix.index_ = np.array([column for row in self.rows for column in row[2]])
        matrix.value_ = np.array([factor for row in self.rows for factor in row[3]], dtype=float)
        return programme
