"""A submission against its form: cleaned values, or every fault at once."""

from collections.abc import Iterator, Mapping
from typing import Any

from marshmallow import ValidationError
from marshmallow.exceptions import SCHEMA

from service.engine.feel import Moment
from service.errors import Fault, FormInvalid
from service.forms.leaves import Problem
from service.forms.messages import answer_text
from service.forms.model import Form
from service.forms.scope import Documents, Setting, Sources, draft, no_sources
from service.values import NotAValue, Value, Variables, variables

#: Deeper than any form can ask for; refused before anything walks down it.
MAX_DEPTH = 40


def validate(
    form: Form,
    answers: Mapping[str, Any],
    *,
    given: Mapping[str, Value],
    moment: Moment,
    sources: Sources = no_sources,
    documents: Documents | None = None,
    language: str = "zh",
) -> Variables:
    """The cleaned values of exactly the declared, visible, writable fields.

    `given` are the task's visible variables: what conditions and options read beside the answers,
    and what read-only fields hold. Fields left out hold the empty value of their type, as the
    form-js viewer sends it. Expressions with a key are worked out here, never taken from the sender.
    Objects and rows carry their read-only values along, since they are written as a whole.
    `documents` looks up each document that a file field refers to, and its answer is what is checked and
    kept; without it references are kept as sent, and the caller must see that they are true.
    A signature comes back as true or false: see `service.forms.signatures`.

    Raises `FormInvalid` with one `Fault` for each thing wrong; paths look like `table[0].name`.
    """
    try:
        if _too_deep(answers, MAX_DEPTH):
            raise NotAValue("", "nested too deep")
        read = variables(answers)
    except NotAValue as error:
        raise FormInvalid(
            errors=[_fault(error.path, Problem("NOT_A_VALUE", {"reason": error.reason}), language)]
        ) from None
    scope = draft(form, read, Setting(given, moment, sources, documents))
    try:
        return form.schema.answers(read, scope, language)
    except ValidationError as error:
        found = sorted(_flatten(error.messages, ""), key=lambda place: place[0])
        raise FormInvalid(errors=[_fault(path, problem, language) for path, problem in found]) from None


def _fault(path: str, problem: Problem, language: str) -> Fault:
    # A lone surrogate in a key could not be written into any answer.
    path = path.encode("utf-8", "replace").decode()
    return Fault(path, problem.text or answer_text(problem.code, language, problem.params), problem.code)


def _flatten(messages: Any, path: str) -> Iterator[tuple[str, Problem]]:
    """marshmallow's nested errors as places; `_schema` stands for the object itself."""
    if isinstance(messages, Problem):
        yield path, messages
    elif isinstance(messages, list):
        for message in messages:
            yield from _flatten(message, path)
    elif isinstance(messages, dict):
        for key, inner in messages.items():
            if key == SCHEMA:
                yield from _flatten(inner, path)
            elif isinstance(key, int):
                yield from _flatten(inner, f"{path}[{key}]")
            else:
                yield from _flatten(inner, f"{path}.{key}" if path else str(key))


def _too_deep(value: Any, left: int) -> bool:
    if isinstance(value, Mapping):
        return left == 0 or any(_too_deep(item, left - 1) for item in value.values())
    if isinstance(value, list | tuple):
        return left == 0 or any(_too_deep(item, left - 1) for item in value)
    return False
