"""The marshmallow schema of a form: one class per form, one field per component with a value.

marshmallow finds unknown keys, nests, and collects every error; the fields here ask the `Scope` of the
submission (a context variable, since a schema is shared by all requests) what is hidden, read-only
or required at this moment, and `checks` for the rules.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, missing
from marshmallow.exceptions import SCHEMA
from marshmallow.fields import Field

from service.engine.feel import FeelError
from service.forms.checks import MAX_FILES, check, rows_problems, rule_broken
from service.forms.leaves import Problem, Wrong, is_empty, read
from service.forms.model import Component, Expression, fields
from service.forms.scope import Scope
from service.values import Value, Variables


@dataclass(frozen=True, slots=True)
class Loading:
    """Where the schema is in a submission."""

    scope: Scope
    language: str


_LOADING: ContextVar[Loading] = ContextVar("form_loading")


class FormSchema(Schema):
    """Base of the compiled schemas."""

    class Meta:
        unknown = RAISE

    error_messages: dict[str, Any] = {  # noqa: RUF012 - marshmallow's way
        "unknown": Problem("UNKNOWN_FIELD"),
        "type": Problem("NOT_AN_OBJECT"),
    }

    def answers(self, data: Mapping[str, Value], scope: Scope, language: str) -> Variables:
        """The cleaned values of `scope`. Raises marshmallow's `ValidationError` with `Problem`s."""
        with _at(scope, language):
            loaded: Variables = self.load(data)
            return loaded


def compile_schema(components: tuple[Component, ...]) -> FormSchema:
    """The schema of one scope, inner scopes included."""
    # Keys of forms may be any name, so they are kept out of the class's attributes.
    declared = {f"field_{index}": _field(component) for index, component in enumerate(components)}
    return FormSchema.from_dict(dict(declared), name="CompiledFormSchema")()  # type: ignore[return-value]


@contextmanager
def _at(scope: Scope, language: str) -> Iterator[None]:
    token = _LOADING.set(Loading(scope, language))
    try:
        yield
    finally:
        _LOADING.reset(token)


def _field(component: Component) -> "Answer":
    kinds = {"group": GroupAnswer, "dynamiclist": RowsAnswer}
    return kinds.get(component.type, Answer)(component)


class Answer(Field[Any]):
    """The answer to one component."""

    def __init__(self, component: Component) -> None:
        super().__init__(data_key=component.key, attribute=component.key)
        self.component = component

    def deserialize(self, value: Any, attr: str | None = None, data: Any = None, **kwargs: Any) -> Any:
        """The cleaned value, or `missing` for what is not the sender's to say.

        Raises `ValidationError` with every problem.
        """
        loading = _LOADING.get()
        scope, component = loading.scope, self.component
        try:
            if scope.hidden(component):
                return self._refused(value, "HIDDEN", missing)
            if scope.read_only(component):
                return self._refused(value, "READ_ONLY", self._carried(scope))
            cleaned = self.clean(value, scope, loading.language)
            if broken := rule_broken(component, scope, loading.language):
                raise ValidationError([broken])
            return cleaned
        except Wrong as wrong:
            raise ValidationError([wrong.problem]) from None
        except FeelError as error:
            raise ValidationError([Problem("EXPRESSION", {"reason": error.reason})]) from None

    def clean(self, value: Any, scope: Scope, _language: str) -> Any:
        """The value of a visible, writable component. Raises `Wrong`, `ValidationError`, `FeelError`."""
        cleaned = _true_files(self.component, read(self.component, None if value is missing else value), scope)
        # "No" is an answer to a question with options, and none to a box that must be ticked.
        if is_empty(cleaned) and not (cleaned is False and self.component.choices):
            if scope.required(self.component):
                raise Wrong("REQUIRED")
            return cleaned
        if problems := list(check(self.component, cleaned, scope)):
            raise ValidationError(problems)
        return cleaned

    def _refused(self, value: Any, code: str, instead: Any) -> Any:
        if value is not missing:
            raise Wrong(code)
        return instead

    def _carried(self, scope: Scope) -> Any:
        """What stands in for a read-only value.

        A computed value is worked out here. At the top level nothing: the variable stays as it is. Inside an
        object or row the object is written as a whole, so that what was given goes along.
        """
        component = self.component
        if component.computed is not None:
            return scope.evaluate(component.computed)
        return missing if scope.parent is None else scope.data.get(component.key or "")


def _true_files(component: Component, value: Value, scope: Scope) -> Value:
    """References to documents as the store knows them: name, size and hash are not the sender's to say."""
    look_up = scope.setting.documents
    if component.type != "filepicker" or look_up is None or not isinstance(value, list) or len(value) > MAX_FILES:
        return value
    found = [look_up(str(item["documentId"])) for item in value if isinstance(item, dict)]
    if None in found:
        raise Wrong("NOT_A_FILE")
    return list(found)


class GroupAnswer(Answer):
    """A group with a path: an object."""

    def __init__(self, component: Component) -> None:
        super().__init__(component)
        self.inner = compile_schema(tuple(fields(component.children)))

    def clean(self, value: Any, scope: Scope, language: str) -> Any:
        """The object."""
        value = {} if value is missing or value is None else value
        if not isinstance(value, dict):
            raise Wrong("NOT_AN_OBJECT")
        [inner] = scope.inner[self.component.key or ""]
        return self.inner.answers(value, inner, language)


class RowsAnswer(Answer):
    """A dynamic list: a list of objects."""

    def __init__(self, component: Component) -> None:
        super().__init__(component)
        self.inner = compile_schema(tuple(fields(component.children)))

    def clean(self, value: Any, scope: Scope, language: str) -> Any:
        """The rows; rules over columns are checked when every row is well formed."""
        value = [] if value is missing or value is None else value
        if not isinstance(value, list):
            raise Wrong("NOT_A_LIST")
        scopes = scope.inner[self.component.key or ""]
        self._count(len(value), len(scopes), scope)
        loaded: list[Variables] = []
        errors: dict[int | str, Any] = {}
        for index, (row, inner) in enumerate(zip(value, scopes, strict=True)):
            try:
                loaded.append(self.inner.answers(row, inner, language))
            except ValidationError as error:
                errors[index] = error.messages
        if not errors and (found := list(rows_problems(self.component, loaded, scope))):
            errors[SCHEMA] = found
        if errors:
            raise ValidationError(errors)
        return loaded

    def _count(self, count: int, expected: int, scope: Scope) -> None:
        rows = self.component.rows
        if rows is None:
            return
        if isinstance(rows.expression, Expression):
            scope.evaluate(rows.expression)  # a list that cannot be worked out is a problem, not an empty list
        if not rows.may_change and count != expected:
            raise Wrong("FIXED_ROWS", limit=expected)
        least = max(rows.minimum, 1) if scope.required(self.component) else rows.minimum
        if count < least:
            raise Wrong("REQUIRED") if least == 1 else Wrong("TOO_FEW_ROWS", limit=least)
        if count > rows.maximum:
            raise Wrong("TOO_MANY_ROWS", limit=rows.maximum)
