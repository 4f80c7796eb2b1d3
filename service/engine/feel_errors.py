"""What is wrong with an expression, and at which character."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """A mistake that can be seen without running: at a 0-based character, or about the whole (None)."""

    position: int | None
    message: str


class FeelError(Exception):
    """An expression has no value. `kind` is one of: syntax, unknown variable, unknown function, type, limit,
    calendar (the reason begins with CALENDAR_MISSING), decision (a table whose rules contradict its hit policy).

    `position` is a 0-based character of `expression`, which is the text as it was handed in, its `=` included.
    """

    def __init__(
        self,
        expression: str,
        reason: str,
        *,
        kind: str = "type",
        position: int | None = None,
        variable: str | None = None,
    ) -> None:
        super().__init__(reason)
        self.expression, self.reason, self.kind = expression, reason, kind
        self.position, self.variable = position, variable

    def __str__(self) -> str:
        return f"{self.placed} [{self.expression[:200]}]"

    @property
    def placed(self) -> str:
        """The reason with the place, counted from 1: "there is no variable x (character 5)"."""
        if self.position is None:
            return self.reason
        before = self.expression[: self.position]
        line = f"line {before.count(chr(10)) + 1}, " if "\n" in self.expression else ""
        return f"{self.reason} ({line}character {self.position - before.rfind(chr(10))})"


def character(expression: str, bare: str, units: int) -> int:
    """The character of an expression at a place of its bare form, which JavaScript counts in halves of characters."""
    before = bare.encode("utf-16-le", "surrogatepass")[: 2 * units]
    return len(expression) - len(bare) + len(before.decode("utf-16-le", "replace"))
