"""A form on a page: decode what was posted, keep its files, and show it again as it was typed."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from flask import g, request, url_for

from service import forms
from service.access import User
from service.engine.feel import Moment
from service.errors import Fault, FormInvalid, ServiceError
from service.forms import Form, RenderedForm
from service.forms.shown import ShownField
from service.operations import documents, moments, submissions
from service.operations.submissions import Manner
from service.pages.layout import language
from service.releases import ReleaseLibrary, newest
from service.values import Value, Variables
from service.web.problems import text_of

FILE = "_file:"


@dataclass
class Filled:
    """What was posted. `faults` are files that were not taken; `action` is a button other than the final one."""

    answers: dict[str, Value]
    action: forms.Action | None
    manner: Manner
    faults: list[Fault] = field(default_factory=list)


def read(
    form: Form,
    *,
    instance_key: int | None = None,
    task_key: int | None = None,
    user: User | None = None,
    with_files: bool = True,
) -> Filled:
    """The posted answers, with the files that came along stored and put in, as `user`'s (None: who is signed in)."""
    decoded = forms.from_html(form, request.form)
    manner = Manner(language(), decoded.passwords, request.remote_addr or "")
    filled = Filled(decoded.answers, decoded.action, manner)
    for name in request.files if with_files else ():
        if not name.startswith(FILE):
            continue
        for upload in request.files.getlist(name):
            if not upload.filename:
                continue
            upload.stream.seek(0)  # a request that met another transaction is run again
            try:
                document = documents.store(
                    g.session,
                    upload.filename,
                    upload.stream.read(),
                    user or g.user,
                    now=g.now,
                    instance_key=instance_key,
                    task_key=task_key,
                    secrecy=request.form.get(f"_class:{name.removeprefix(FILE)}") or documents.UNCLASSED,
                )
            except ServiceError as error:
                filled.faults.append(Fault(name.removeprefix(FILE), text_of(error), error.code))
            else:
                _put(filled.answers, name.removeprefix(FILE), documents.reference(document))
    return filled


def pressed(form: Form, filled: Filled, given: Mapping[str, Value]) -> None:
    """Carry out the button that was pressed; for the final one drop what conditions hide now."""
    if filled.action is not None:
        filled.answers = forms.apply(form, filled.answers, filled.action)
        if filled.action.kind == "paste":
            filled.faults += _pasted_faults(form, filled, given)
    else:
        filled.answers = forms.prune(form, filled.answers, given=given, moment=moment())


def _pasted_faults(form: Form, filled: Filled, given: Mapping[str, Value]) -> list[Fault]:
    """What is wrong in the table that something was pasted into; the rest of the form is not finished yet."""
    release = newest(g.session)
    sources = submissions.sources(g.session, release, g.user) if release else forms.no_sources
    path = filled.action.path if filled.action else ""
    try:
        forms.validate(form, filled.answers, given=dict(given), moment=moment(), sources=sources, language=language())
    except FormInvalid as error:
        return [fault for fault in error.errors if fault.path == path or fault.path.startswith(f"{path}[")]
    return []


def as_text(form: RenderedForm) -> str:
    """A form with its answers as plain text, to be copied."""
    return "\n".join(_lines(form.fields, ""))


def _lines(fields: Iterable[ShownField], indent: str) -> Iterator[str]:
    for one in fields:
        head = f"{indent}{one.label or one.name}"
        if one.rows and one.type == "dynamiclist":
            for row in one.rows:
                yield f"{head} {row.number}"
                yield from _lines(row.cells, f"{indent}  ")
        elif one.children:
            if one.label:
                yield head
            yield from _lines(one.children, f"{indent}  " if one.label else indent)
        elif one.name and (text := "、".join(file.name for file in one.files) or one.text):
            yield f"{head}: {text}"


def shown(
    form: Form,
    release: ReleaseLibrary,
    given: Variables,
    answers: Mapping[str, Value],
    *,
    faults: Sequence[Fault] = (),
    read_only: bool = False,
    user: User | None = None,
    local: Collection[str] = (),
) -> RenderedForm:
    """The form for the template, as `user` sees it (None: who is signed in); `local` as in `forms.context`."""
    rendered = forms.context(
        form,
        {**given, **answers},
        given=given,
        moment=moment(),
        faults=faults,
        language=language(),
        read_only=read_only,
        sources=submissions.sources(g.session, release, user or g.user),
        document_url=None if user else lambda id: url_for("pages_attachments.download", id=id),
        preview_url=None if user else lambda id: url_for("pages_attachments.preview", id=id),
        local=local,
    )
    return replace(rendered, passwords=user is None)


def moment() -> Moment:
    """The time and calendar that the form's expressions see."""
    return Moment(g.now, moments.calendar(g.session))


def _put(answers: dict[str, Any], path: str, value: Value) -> None:
    """Append a file to the list at a path such as `rows[0].scan`; a path that leads nowhere is left alone."""
    holder: Any = answers
    *outer, last = path.replace("[", ".[").split(".")
    for step in outer:
        if step.startswith("["):
            index = int(step[1:-1]) if step[1:-1].isdigit() else -1
            holder = holder[index] if isinstance(holder, list) and 0 <= index < len(holder) else None
        elif isinstance(holder, dict):
            holder = holder.setdefault(step, {})
    if isinstance(holder, dict):
        files = holder.get(last)
        holder[last] = [*(files if isinstance(files, list) else []), value]
