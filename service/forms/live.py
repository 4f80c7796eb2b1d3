"""Which conditions and computed values a page may work out while somebody types, and what it needs for that.

The browser gets an expression only if everything it reads is on the page or is the task's own: no variable leaves the
server for the sake of a condition that its reader could not see anyway. All else waits for the server, which judges
every submission in any case.
"""

from collections.abc import Collection, Iterator, Mapping

from service.forms.model import Component, Expression, Form, expressions
from service.values import Value, to_json

_ROUND = frozenset({"this", "parent", "i"})


class Live:
    """What of a form is live in the browser. `names` are the variables that its reader may see beside the fields."""

    def __init__(self, form: Form, names: Collection[str], *, on: bool) -> None:
        self._fields = {*form.storage, "this", "parent"}
        self._known = {*form.storage, *names, *_ROUND}
        self.on = on
        self.used: set[str] = set()
        #: Whether an answer changes what only the server works out.
        self.rest = on and any(
            expression.names & self._fields and not self._worked_out_there(component, name, expression)
            for component in _all(form.components)
            for name, expression in expressions(component)
            if not name.startswith("validate.m") and name != "properties.check"
        )

    def follows(self, expression: Expression) -> bool:
        """Whether the browser works it out."""
        found = self.on and bool(expression.names & self._fields) and expression.names <= self._known
        if found:
            self.used |= expression.names
        return found

    def given(self, values: Mapping[str, Value]) -> str:
        """The variables that the expressions on the page read beside its fields, as JSON."""
        wanted = self.used - self._fields - _ROUND
        return to_json({name: values.get(name) for name in sorted(wanted)}).decode() if self.used else ""

    def _worked_out_there(self, component: Component, name: str, expression: Expression) -> bool:
        return expression.names <= self._known and (
            name == "conditional.hide" or (name == "expression" and component.computed is expression)
        )


def _all(components: tuple[Component, ...]) -> Iterator[Component]:
    for component in components:
        yield component
        yield from _all(component.children)
