"""Ballot boxes: who voted is known, what anybody answered is not, and nothing anywhere could tell.

A box is one row. Under its lock the counts are decrypted, an answer is counted in, and they are encrypted anew at the
same size; the list of voters is kept sorted. No row, no order and no hash per ballot exists. The box's key lies in a
file outside the database and is destroyed when the box is closed, so that even old copies of the row stay shut. See
docs/decisions/0006-urns.md for what this does and does not protect from.
"""

import json
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TypeAlias

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import select
from sqlalchemy.orm import Session

from service import db
from service.errors import Fault, Forbidden, FormInvalid, InvalidState, NotFound
from service.models import Account, Urn
from service.registers.refusals import RuleRefused
from service.urns import keys
from service.urns.keys import UrnFault, configure
from service.values import variables

__all__ = [
    "CAST",
    "AlreadyVoted",
    "NotEntitled",
    "UrnClosed",
    "UrnFault",
    "cast",
    "close",
    "configure",
    "open",
    "sweep",
]

Counts: TypeAlias = dict[str, dict[str, int]]

#: Set in a session's `info` once a ballot was cast in it: whoever keeps anything of a request must not keep this one.
CAST = "ballot_cast"

NONCE_BYTES = 12
#: Digits of a count under encryption: fixed, so that the size says nothing.
DIGITS = 7
MAX_ELECTORATE = 10**DIGITS - 1


class AlreadyVoted(RuleRefused):
    """One ballot each."""

    code = "ALREADY_VOTED"
    message = "You have already voted; a ballot cannot be changed."


class NotEntitled(Forbidden):
    """The person does not belong to the box's electorate."""

    code = "NOT_ENTITLED"
    message = "You are not entitled to vote here."


class UrnClosed(InvalidState):
    """The box was counted."""

    code = "URN_CLOSED"
    message = "This ballot is closed."


def open(
    session: Session,
    name: str,
    instance_key: int,
    electorate: Sequence[str],
    questions: Mapping[str, Sequence[str]],
) -> Urn:
    """A new box: everybody in `electorate` may answer every one of `questions` with one of its choices, once.

    The electorate is fixed from now on. The key's file is made at once; if the act is rolled back it is swept later.
    Raises `UrnFault`.
    """
    counts = _empty(questions)
    voters = sorted(set(electorate))
    _refuse_electorate(session, voters)
    if session.scalar(select(Urn.key).where(Urn.name == name)) is not None:
        raise UrnFault(f"there is already a ballot box “{name}”")
    urn = Urn(key=db.new_key(session), name=name, instance_key=instance_key, electorate=voters, voted=[])
    keys.make(urn.key)
    urn.sealed = _seal(urn, counts)
    session.add(urn)
    session.flush()
    return urn


def cast(session: Session, name: str, username: str, answers: Mapping[str, object]) -> Urn:
    """Count one person's ballot in. The caller commits and must store nothing of `answers`, not even their hash.

    Raises `NotFound`, `UrnClosed`, `NotEntitled`, `AlreadyVoted`, `FormInvalid` (an answer is missing or is no choice).
    """
    urn = _locked(session, name)
    if urn is None:
        raise NotFound()
    if urn.sealed is None:
        raise UrnClosed()
    if username not in urn.electorate:
        raise NotEntitled()
    if username in urn.voted:
        raise AlreadyVoted()
    counts = _unseal(urn, urn.sealed)
    _refuse_answers(counts, answers)
    for question, choice in answers.items():
        counts[question][str(choice)] += 1
    urn.sealed = _seal(urn, counts)
    urn.voted = sorted([*urn.voted, username])
    session.info[CAST] = True
    session.flush()
    return urn


def close(session: Session, name: str, *, now: datetime) -> Urn:
    """Count the box and destroy its key once this is committed; `counts` of the answer is question → choice → number.

    Closing a closed box answers the same again. Raises `UrnFault` if there is none, or its content is not what the
    ballots made it.
    """
    urn = _locked(session, name)
    if urn is None:
        raise UrnFault(f"there is no ballot box “{name}”")
    if urn.sealed is None:
        return urn
    counts = _unseal(urn, urn.sealed)
    if any(sum(choices.values()) != len(urn.voted) for choices in counts.values()):
        raise UrnFault(f"“{name}” does not hold as many ballots as people voted")
    urn.counts = variables(counts)
    urn.sealed, urn.closed_at = None, now
    session.flush()
    keys.destroy_after_commit(session, urn.key)
    return urn


def sweep(session: Session) -> int:
    """Delete the keys that no open box needs, and say how many.

    Such keys stay behind when an act that opened a box is rolled back, or a process dies right after closing one.
    """
    return keys.sweep(
        {row.key: row.open for row in session.execute(select(Urn.key, Urn.sealed.is_not(None).label("open")))}
    )


def _locked(session: Session, name: str) -> Urn | None:
    return session.scalar(
        select(Urn).where(Urn.name == name).with_for_update().execution_options(populate_existing=True)
    )


def _empty(questions: Mapping[str, Sequence[str]]) -> Counts:
    if not questions or not all(choices and len(set(choices)) == len(choices) for choices in questions.values()):
        raise UrnFault("a ballot needs questions, each with choices that differ")
    return {question: dict.fromkeys(sorted(choices), 0) for question, choices in sorted(questions.items())}


def _refuse_electorate(session: Session, voters: Sequence[str]) -> None:
    """One ballot per person, however many accounts the person has."""
    if not voters or len(voters) > MAX_ELECTORATE:
        raise UrnFault("a ballot needs an electorate")
    identities = session.scalars(select(Account.identity).where(Account.username.in_(voters))).all()
    if len(identities) != len(voters):
        raise UrnFault("the electorate names an account that does not exist")
    if len(set(identities)) != len(voters):
        raise UrnFault("the electorate holds two accounts of one person")


def _refuse_answers(counts: Counts, answers: Mapping[str, object]) -> None:
    faults = [Fault(question, "There is no such question.", "UNKNOWN_FIELD") for question in answers.keys() - counts]
    for question, choices in counts.items():
        if question not in answers:
            faults.append(Fault(question, "This field is required.", "REQUIRED"))
        elif answers[question] not in list(choices):  # a list: an answer may be of a type that has no hash
            faults.append(Fault(question, "Choose one of the options.", "NOT_IN_LIST"))
    if faults:
        raise FormInvalid(errors=sorted(faults, key=lambda fault: fault.path))


def _seal(urn: Urn, counts: Counts) -> bytes:
    digits = {
        question: {choice: f"{n:0{DIGITS}}" for choice, n in choices.items()} for question, choices in counts.items()
    }
    content = json.dumps(digits, sort_keys=True, ensure_ascii=True).encode()
    nonce = os.urandom(NONCE_BYTES)
    return nonce + AESGCM(keys.read(urn.key)).encrypt(nonce, content, _bound(urn))


def _unseal(urn: Urn, sealed: bytes) -> Counts:
    try:
        content = AESGCM(keys.read(urn.key)).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], _bound(urn))
    except InvalidTag as error:
        raise UrnFault(f"the ballot box “{urn.name}” was tampered with, or its key is another one") from error
    digits: dict[str, dict[str, str]] = json.loads(content)
    return {question: {choice: int(n) for choice, n in choices.items()} for question, choices in digits.items()}


def _bound(urn: Urn) -> bytes:
    """What the content belongs to: a box's row cannot be given another box's content."""
    return f"{urn.key}/{urn.name}".encode()
