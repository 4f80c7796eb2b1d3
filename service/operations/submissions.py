"""What a form's answers become: variables of the process, a submission, a ballot. Pages and REST interface share it."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from service import db, registers, urns, values
from service.access import User
from service.clock import machine_now
from service.engine.feel import FeelError, Moment, host
from service.errors import BadArgument, Fault, FormInvalid, NotFound, Stumbled
from service.forms import Form, Sources, signatures, validate
from service.forms.messages import answer_text
from service.identities import group_of
from service.models import Party, Submission, UserTask
from service.operations import accounts, documents, moments, records, views
from service.registers import reading
from service.releases import ReleaseLibrary, library, resource
from service.values import Value, Variables

_NAMING = ("text", "long")
#: The register that the platform itself keeps: organisations and persons for whom accounts act.
_PARTIES = "parties"


@dataclass(frozen=True, slots=True)
class Manner:
    """How answers were handed in: the reader's language, the passwords given with signatures, the sender's address."""

    language: str = "zh"
    passwords: Mapping[str, str] = field(default_factory=dict)
    address: str = ""


#: By a program that says nothing more.
PLAINLY = Manner()


class SignatureRefused(FormInvalid):
    """A signature's password is wrong. The caller may count it: `accounts.count_failure`."""

    code = "SIGNATURE_REFUSED"
    message = "The password of a signature is wrong."


def store(
    session: Session, task: UserTask, answers: Mapping[str, Any], visible: Variables, user: User, moment: Moment,
    manner: Manner,
) -> Variables:  # fmt: skip
    """Put each answer where its storage class says; return what the engine is given. Raises `FormInvalid`."""
    found = resource(session, task.form_key) if task.form_key else None
    if found is None:
        return values.variables(answers)
    release = library(session, found.release_key)
    by_class: dict[str, Variables] = {"variable": {}, "record": {}, "secret": {}}
    cleaned = checked(session, found.form, release, answers, visible, user, moment, manner, root_key=task.root_key)
    documents.hand_in(session, cleaned, task.instance_key, task.key)
    for name, value in cleaned.items():
        by_class[found.form.storage.get(name, "variable")][name] = value
    result = by_class["variable"]
    if by_class["record"]:
        result["submission"] = _submit(session, task, found.form, by_class["record"], user, moment.now)
    if by_class["secret"]:
        _cast(session, task, by_class["secret"], visible, user, moment)
    return result


def checked(
    session: Session, form: Form, release: ReleaseLibrary, answers: Mapping[str, Any], visible: Variables, user: User,
    moment: Moment, manner: Manner, *, root_key: int | None,
) -> Variables:  # fmt: skip
    """The cleaned answers with signatures sealed. Raises `FormInvalid`, or `SignatureRefused`."""
    plain, passwords = signatures.split(form, answers)
    cleaned = validate(
        form,
        plain,
        given=visible,
        moment=moment,
        sources=sources(session, release, user),
        documents=documents.lookup(session, user, root_key),
        language=manner.language,
    )
    signed = signatures.given(form, cleaned)
    if signed and not user.anonymous:  # without an account a signature is the ticked box, by nobody's name
        _check_passwords(session, signed, {**passwords, **manner.passwords}, user, moment.now, manner)
    return signatures.seal(form, cleaned, by=user.username, moment=moment) if form.signatures else cleaned


def sources(session: Session, release: ReleaseLibrary, user: User) -> Sources:
    """The options that registers give to a form: record ids, shown with the record's first text. Each is read once.

    Without those from which the user is recused.
    """
    known: dict[str, list[tuple[str, str]] | None] = {}

    def look_up(source: str) -> Iterable[tuple[str, str]] | None:
        if source not in known:
            kind, _, id = source.partition(":")
            known[source] = view_options(session, id, user) if kind == "view" else _options(session, release, user, id)
        return known[source]

    return look_up


def _options(session: Session, release: ReleaseLibrary, user: User, register_id: str) -> list[tuple[str, str]] | None:
    if user.anonymous:  # what a register holds is not for everybody; a public view says what is
        return None
    if register_id == _PARTIES:
        known = session.scalars(select(Party).order_by(Party.name, Party.key))
        own_first = sorted(known, key=lambda party: group_of(party) not in user.groups)
        return [(party.key, party.name) for party in own_first]
    if release.get("register", register_id) is None:
        return None
    register = reading.declared(release, register_id)
    name = _naming_field(register)
    rows = reading.search(session, register, keep=records.keeper(session, user, register)).rows
    return [(row.id, f"{row.data[name]}（{row.id}）" if name and row.data.get(name) else row.id) for row in rows]


def view_options(session: Session, view_id: str, user: User) -> list[tuple[str, str]] | None:
    """The records that a view shows, told by its first columns: also for people without an account, if it is public."""
    try:
        view = views.view_of(session, view_id, None if user.anonymous else user)
    except NotFound:
        return None
    loaded = views.load(session, view, None if user.anonymous else user, {}, now=moments.now(session, machine_now()))
    lines = loaded.valued(loaded.lines, view.columns[:2])
    told = [(line.row.id, [str(value) for value in line.values if value not in (None, "")]) for line in lines]
    return [(id, f"{words[0]}（{'、'.join(words[1:])}）" if words[1:] else "".join(words) or id) for id, words in told]


def _naming_field(register: registers.Register) -> str | None:
    texts = [f.key for f in register.fields.values() if f.type in _NAMING and f.key != register.id_field]
    return next((key for key in texts if key == "name" or key.endswith("_name")), texts[0] if texts else None)


def _check_passwords(
    session: Session, signed: Iterable[str], passwords: Mapping[str, str], user: User, now: datetime, manner: Manner
) -> None:
    right: set[str] = set()  # one password for all signatures of a form is hashed once
    for key in signed:
        password = passwords.get(key, "")
        if password in right:
            continue
        try:
            accounts.check_password(session, user.username, password, manner.address, at=now)
        except accounts.WrongPassword:
            raise SignatureRefused(
                errors=[Fault(key, answer_text("SIGNATURE", manner.language, {}), "SIGNATURE")]
            ) from None
        right.add(password)


def _submit(session: Session, task: UserTask, form: Form, data: Variables, user: User, now: datetime) -> Value:
    salt = secrets.token_bytes(16)
    digest = sha256(salt + values.tag(data)).hexdigest()
    key = db.new_key(session)
    session.execute(
        insert(Submission),
        [
            {
                "key": key,
                "task_key": task.key,
                "instance_key": task.instance_key,
                "form_key": task.form_key,
                "data": data,
                "hash": digest,
                "salt": salt.hex(),
                "erased_at": None,
                "submitted_by": user.username,
                "submitted_at": now,
            }
        ],
    )
    return {"key": str(key), "hash": digest, "form_id": form.id, "by": user.username, "at": now.isoformat()}


def _cast(session: Session, task: UserTask, ballot: Variables, visible: Variables, user: User, moment: Moment) -> None:
    """Count a ballot in, in the box that the property `secret` names: a text, or FEEL over what the task sees."""
    name: Value = task.properties.get("secret")
    try:
        if isinstance(name, str) and name.startswith("="):
            name = host().evaluate(name[1:], visible, moment)
        if not isinstance(name, str) or not name:
            raise BadArgument(reason="the task has a secret field but names no ballot box (property “secret”)")
        urns.cast(session, name, user.username, ballot)
    except (FeelError, urns.UrnFault) as error:
        raise Stumbled(element=task.name, reason=str(error)) from error
