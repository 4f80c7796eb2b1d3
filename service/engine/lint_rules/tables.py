"""What is said of a decision table that contradicts itself, leaves cases out, or has rows that never count."""

import re

from lxml import etree

from service.engine.dmn_logic import OTHERWISE, child, children, properties, text_in
from service.engine.lint_rules.disjoint import MAX_ROWS, Case, Grid, gap, never, overlaps
from service.engine.lint_rules.dmn_file import DecisionFile
from service.engine.lint_rules.dmn_logic import is_catch_all
from service.engine.lint_rules.domains import grid_of
from service.engine.lint_rules.samples import ANOTHER, Allowance, TooLarge, differ, is_literal

#: Pairs of one table that are told; whoever has more has one mistake, not many.
_MAX_TOLD = 20


def check_table(
    file: DecisionFile, owner: etree._Element, table: etree._Element, allowance: Allowance, *, disjoint: bool
) -> None:
    """The analysis of one table. `disjoint`: rows of a UNIQUE table that may overlap are refused without proof."""
    rules = children(table, "rule")
    policy = table.get("hitPolicy") or "UNIQUE"
    if not rules:
        return
    try:
        if len(rules) > MAX_ROWS:
            raise TooLarge
        grid = grid_of(file, owner, table, rules, allowance)
    except TooLarge:
        if disjoint and policy == "UNIQUE":
            file.flaw("DMN_TOO_LARGE", owner, table)
        return
    _Told(file, owner, table, rules, grid).tell(policy, trusting=disjoint)


class _Told:
    """The findings of one table."""

    def __init__(
        self, file: DecisionFile, owner: etree._Element, table: etree._Element, rules: list[etree._Element], grid: Grid
    ) -> None:
        self.file, self.owner, self.table, self.rules, self.grid = file, owner, table, rules, grid
        self.labels = [_label(each) for each in children(table, "input")]

    def tell(self, policy: str, *, trusting: bool) -> None:
        if policy == "UNIQUE":
            self._overlaps(trusting=trusting)
        if policy == "ANY":
            self._contradictions()
        if policy in ("UNIQUE", "ANY", "FIRST", "PRIORITY"):
            self._gap()
        self._never(policy)

    def _overlaps(self, *, trusting: bool) -> None:
        last = len(self.rules) - 1
        rest = last if is_catch_all(self.rules[last]) else None
        rows = range(last if OTHERWISE in properties(self.table) else last + 1)
        for count, (one, other, case) in enumerate(overlaps(self.grid, rows, trusting=trusting), 1):
            if count > _MAX_TOLD:
                return
            rule = "DMN_OVERLAP_REST" if other == rest else "DMN_OVERLAP"
            self._put(rule, other, row=one + 1, other=other + 1, **self._words(case))
            if rule == "DMN_OVERLAP_REST":
                return

    def _contradictions(self) -> None:
        results = [[text_in(entry) or "" for entry in children(rule, "outputEntry")] for rule in self.rules]
        told = 0
        for one, other, case in overlaps(self.grid, range(len(self.rules))):
            pairs = zip(results[one], results[other], strict=False)
            if told < _MAX_TOLD and any(_contradict(a, b) for a, b in pairs):
                self._put("DMN_CONTRADICTION", other, row=one + 1, other=other + 1, **self._words(case))
                told += 1

    def _gap(self) -> None:
        if any(child(output, "defaultOutputEntry") is not None for output in children(self.table, "output")):
            return
        case = gap(self.grid)
        if case is not None:
            self._put("DMN_GAP", None, **self._words(case))

    def _never(self, policy: str) -> None:
        above = self._before(policy)
        for number, before in enumerate(above):
            if never(self.grid, number, []):
                self._put("DMN_ROW_IMPOSSIBLE", number, row=number + 1)
            elif before and never(self.grid, number, before):
                self._put("DMN_ROW_SHADOWED", number, row=number + 1)

    def _before(self, policy: str) -> list[list[int]]:
        """For each row, the rows that win over it wherever both fit."""
        count = len(self.rules)
        if policy == "FIRST":
            return [list(range(number)) for number in range(count)]
        ranks = self._ranks() if policy == "PRIORITY" else [None] * count
        known = [(number, rank) for number, rank in enumerate(ranks) if rank is not None]
        return [[] if mine is None else [number for number, rank in known if rank < mine] for mine in ranks]

    def _ranks(self) -> list[tuple[int, ...] | None]:
        """The place of each row's outputs among the output values; None where that is not plain to see."""
        orders = []
        for output in children(self.table, "output"):
            values = text_in(child(output, "outputValues"))
            orders.append([each.strip() for each in _split(values)] if values else None)
        ranks: list[tuple[int, ...] | None] = []
        for rule in self.rules:
            results = [text_in(entry) or "" for entry in children(rule, "outputEntry")]
            known = [(order, text) for order, text in zip(orders, results, strict=False) if order is not None]
            plain = known and len(known) == len(results) and all(text in order for order, text in known)
            ranks.append(tuple(order.index(text) for order, text in known) if plain else None)
        return ranks

    def _put(self, rule: str, at: int | None, **params: object) -> None:
        self.file.flaw(rule, self.owner, self.table if at is None else self.rules[at], **params)

    def _words(self, case: Case) -> dict[str, str]:
        """A case in words, in both languages."""
        english, chinese = [], []
        for label, found, sample in zip(self.labels, self.grid.columns, case, strict=True):
            if sample is None or found is None:
                continue
            value = found.values[sample]
            other = value == f'"{ANOTHER}"'
            english.append(f"{label} = {'another text' if other else value}")
            chinese.append(f"{label} = {'其他文本' if other else value}")
        return {"case": " and ".join(english) or "every case", "case_zh": "、".join(chinese) or "任何情形"}


def _split(values: str) -> list[str]:
    """A list of values at its commas, those inside texts aside."""
    return re.findall(r'(?:[^,"]|"(?:[^"\\]|\\.)*")+', values)


def _contradict(one: str, other: str) -> bool:
    return one != other and is_literal(one) and is_literal(other) and differ(one, other)


def _label(input: etree._Element) -> str:
    return input.get("label") or text_in(child(input, "inputExpression")) or ""
