"""What a template is told: its inputs, what it reads by itself, and what is worked out of both."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from service import keys
from service.documents.declaration import Declaration, Query
from service.documents.masks import MASKS
from service.engine.feel import FeelError, Moment, host
from service.models import Account
from service.registers import reading
from service.registers.declaration import Register
from service.registers.reading import Row
from service.registers.refusals import RegisterFault
from service.releases import ReleaseLibrary
from service.values import Value, Variables


class DocumentFault(Exception):
    """A document cannot be made of what is there; the text is for whoever mends it, in Chinese, as the template is."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a template is told; `evidence` has key, version and hash of every record that was read."""

    data: Variables
    evidence: list[Value]


def told(
    session: Session, library: ReleaseLibrary, document: Declaration, inputs: Mapping[str, Value], moment: Moment
) -> Told:
    """Everything the declaration promises the template. Raises `DocumentFault`, which names document and field."""
    known: Variables = {"platform": {"base_url": keys.config().base_url}}
    for declared in document.inputs:
        value = inputs.get(declared.key)
        if value in (None, "") and not declared.optional:
            raise DocumentFault(f"文书“{document.title}”缺少输入“{declared.title}”（{declared.key}）。")
        known[declared.key] = value
    evidence: list[Value] = []
    for query in document.queries:
        try:
            known[query.name] = _answer(session, library, document, query, known, moment, evidence)
        except (RegisterFault, FeelError) as error:
            raise DocumentFault(f"文书“{document.title}”读取“{query.name}”时出错：{error}") from error
    return Told(known | worked_out(document, known, moment), evidence)


def example(document: Declaration, over: Variables, moment: Moment) -> Variables:
    """What a template is told in its declaration's own example, with `over` laid over it. Raises `DocumentFault`."""
    if document.example is None:
        raise DocumentFault(f"文书“{document.title}”没有样例（example）。")
    known: Variables = {declared.key: None for declared in document.inputs if declared.optional}
    known |= {"platform": {"base_url": keys.config().base_url}, **document.example, **over}
    return known | worked_out(document, known, moment)


def worked_out(document: Declaration, known: Variables, moment: Moment) -> Variables:
    """The declared values, each over what is known and the values before it. Raises `DocumentFault`."""
    values: Variables = {}
    for name, expression in document.values.items():
        key = name.removesuffix("?")
        values[key] = evaluated(document, f"values.{key}", expression, known | values, moment)
        if values[key] is None and key == name:
            raise DocumentFault(f"文书“{document.title}”的“{key}”没有值（{expression}）。")
    return values


def evaluated(document: Declaration, place: str, expression: str, known: Variables, moment: Moment) -> Value:
    """One expression of the declaration. Raises `DocumentFault`."""
    try:
        return host().evaluate(expression, known, moment)
    except FeelError as error:
        raise DocumentFault(f"文书“{document.title}”的“{place}”无法计算：{error}") from error


def _answer(
    session: Session,
    library: ReleaseLibrary,
    document: Declaration,
    query: Query,
    known: Variables,
    moment: Moment,
    evidence: list[Value],
) -> Value:
    if query.kind == "decision":
        source = library.decision(query.decision or "")
        if source is None:
            raise RegisterFault(f"发布中没有决策“{query.decision}”")
        return host().decide(source, known, moment).result
    if query.kind == "accounts":
        return _accounts(session, host().evaluate((query.usernames or "").removeprefix("="), known, moment))
    register = reading.declared(library, query.register or "")
    where = {
        key: host().evaluate(value[1:], known, moment) if isinstance(value, str) and value.startswith("=") else value
        for key, value in query.where.items()
    }
    rows = reading.search(session, register, where, order=query.order).rows
    evidence += [[str(row.key), Decimal(row.version), row.hash] for row in rows]
    if query.kind == "count":
        return Decimal(len(rows))
    if query.kind == "exists":
        return bool(rows)
    shown: list[Value] = [_shown(document, query, register, row) for row in rows]
    if query.kind == "list":
        return shown
    if len(rows) > 1 and not query.order:
        raise RegisterFault(f"登记表“{register.title}”中符合条件的有{len(rows)}条，应为一条")
    if not rows and not query.optional:
        raise RegisterFault(f"登记表“{register.title}”中没有这条记录（{where}）")
    return shown[0] if shown else None


def _shown(document: Declaration, query: Query, register: Register, row: Row) -> Variables:
    """The named fields, masked where the declaration says so, with `id`, `state`, and which version this is."""
    record = reading.seen(register, row)
    shown: Variables = {"id": row.id, "state": row.state, "version": Decimal(row.version), "hash": row.hash}
    for name in query.fields:
        key = name.removesuffix("?")
        value = record[key]
        if value in (None, "") and key == name:
            raise DocumentFault(
                f"文书“{document.title}”需要登记表“{register.title}”的“{key}”，而记录{row.id}中是空的。"
            )
        if isinstance(value, str) and key in query.masks:
            value = MASKS[query.masks[key]](value)
        shown[key] = value
    return shown


def _accounts(session: Session, usernames: Value) -> list[Value]:
    """Accounts in the order of their usernames as given: username and the person's name."""
    wanted = [str(name) for name in (usernames if isinstance(usernames, list) else [usernames]) if name]
    rows = session.execute(select(Account.username, Account.name).where(Account.username.in_(wanted))).all()
    names: dict[str, str] = {row.username: row.name for row in rows}
    return [{"username": name, "name": names.get(name, name)} for name in wanted]
