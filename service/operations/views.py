"""Views over records: which rows somebody sees, and what the columns say of them.

A view's groups are the right to what its columns show. Two things hold all the same: who is recused from a record finds
it neither as a row nor among the records beside one, and fields marked `personal` are empty for who may not read their
register, unless the view is public, where each column is a publication.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select, true
from sqlalchemy.orm import Session

from service import access
from service.access import User
from service.engine.feel import FeelError, Moment, host
from service.errors import BadArgument, NotFound
from service.models import ProcessInstance, RecordVersion, Urn, Variable
from service.operations import cases, moments, people, records
from service.operations.cases import Work
from service.registers import Register, RegisterFault, reading
from service.registers.reading import Row
from service.releases import ReleaseLibrary, newest
from service.values import Value, Variables, from_json, tag
from service.views.declaration import parse
from service.views.view import Choice, Column, Join, View

PAGE_SIZE = 50
#: Options of a choice.
MOST_OPTIONS = 200
#: Ballot boxes, or cases whose variable is read.
MOST_BESIDE = 200


@dataclass(frozen=True, slots=True)
class Chosen:
    """A choice of the view with what may be chosen; `value` is None where there is nothing."""

    name: str
    title: str
    value: str | None
    #: Ids with what they are called.
    options: Sequence[tuple[str, Value]]


@dataclass(frozen=True, slots=True)
class Line:
    """A record of the view and what its columns say; `context` is what expressions see of it."""

    row: Row
    context: Mapping[str, Value]
    values: Sequence[Value] = ()


@dataclass(frozen=True, slots=True)
class Loaded:
    """A view with the records that the reader may see, in its order."""

    view: View
    choices: Sequence[Chosen]
    lines: Sequence[Line]
    moment: Moment
    session: Session

    def valued(self, lines: Sequence[Line], columns: Sequence[Column]) -> list[Line]:
        """These lines with what the columns say of them; persons by their names. One statement where there are any."""
        expressions = [column.value for column in columns]
        told = [evaluated(expressions, line.context, self.moment) for line in lines]
        persons = [number for number, column in enumerate(columns) if column.type == "person"]
        listed = [name for values in told for number in persons for name in _texts(values[number])]
        names = people.account_names(self.session, listed)
        for values in told:
            for number in persons:
                shown: list[Value] = [names.get(name, name) for name in _texts(values[number])]
                values[number] = shown if isinstance(values[number], list) else next(iter(shown), None)
        return [replace(line, values=values) for line, values in zip(lines, told, strict=True)]

    def page(self, after: str | None = None, size: int = PAGE_SIZE) -> tuple[list[Line], str | None]:
        """The lines behind the record with this key, with their values, and where to go on."""
        start = next((n + 1 for n, line in enumerate(self.lines) if str(line.row.key) == after), 0)
        shown = self.lines[start : start + size]
        more = start + size < len(self.lines)
        return self.valued(shown, self.view.columns), str(shown[-1].row.key) if more else None


def open_work(session: Session, user: User, line: Line) -> list[Work]:
    """The open tasks of the case that began a record and of what it called, as far as the reader may know of them."""
    query = select(RecordVersion.instance_key).filter_by(record_key=line.row.key, version=1)
    key = session.scalar(query)
    instance = session.get(ProcessInstance, key) if key is not None else None
    found = cases.work(session, user, instance) if instance is not None else []
    return [each for each in found if each.task.ended_at is None]


def seen_by(session: Session, user: User) -> list[View]:
    """The views of the newest release that are there for a group of the user, by title."""
    library = newest(session)
    declared = [parse(found.data) for found in library.all("view")] if library else []
    mine = [view for view in declared if isinstance(view, View) and _may_see(view, user)]
    return sorted(mine, key=lambda view: view.title)


def view_of(session: Session, view_id: str, user: User | None) -> View:
    """The view as it is in the newest release, if the user may see it; None is who did not sign in. `NotFound`."""
    library = newest(session)
    found = library.get("view", view_id) if library is not None else None
    view = parse(found.data) if found is not None else None
    if not isinstance(view, View) or not _may_see(view, user):
        raise NotFound()
    return view


def load(session: Session, view: View, user: User | None, chosen: Mapping[str, str], *, now: datetime) -> Loaded:
    """The records of a view over records, and what was chosen, or can be. A statement for each register."""
    library = _library(session)
    moment = Moment(now, moments.calendar(session))
    source = Source(session, library, user, view.public, moment)
    choices = [_choice(source, each, chosen) for each in view.choices]
    known: dict[str, Value] = {each.name: each.value for each in choices}
    known["user"] = {"username": user.username, "groups": [*sorted(user.groups)]} if user else None
    register = reading.declared(library, view.register)
    rows = source.rows(register, view.where, known, view.order)
    beside = [source.beside(join, known, rows) for join in view.joins]
    lines = []
    for row in rows:
        context = {**known, "record": source.seen(register, row)}
        context |= {join.name: of(context["record"]) for join, of in zip(view.joins, beside, strict=True)}
        if not view.when or evaluated([view.when], context, moment)[0] is True:
            lines.append(Line(row, context))
    return Loaded(view, choices, lines, moment, session)


@dataclass
class Source:
    """Reads registers for one reader."""

    session: Session
    library: ReleaseLibrary
    user: User | None
    public: bool
    moment: Moment

    def rows(
        self, register: Register, where: Mapping[str, Value], known: Mapping[str, Value], order: Sequence[str] = ()
    ) -> Sequence[Row]:
        """The records that fit `where` and from which the reader is not recused."""
        asked = {name: self._told(value, known) for name, value in where.items()}
        keep = records.keeper(self.session, self.user, register) if self.user else None
        try:
            return reading.search(self.session, register, asked, order=order, keep=keep).rows
        except RegisterFault as fault:
            raise BadArgument(reason=fault.reason) from fault

    def seen(self, register: Register, row: Row) -> Variables:
        """A record as expressions see it; personal fields only for who may read them."""
        found = reading.seen(register, row) | {"changed_at": row.changed_at.isoformat()}
        if self.public or (self.user is not None and records.may_read(self.user, register)):
            return found
        return {name: None if _is_personal(register, name) else value for name, value in found.items()}

    def beside(self, join: Join, known: Mapping[str, Value], rows: Sequence[Row]) -> Callable[[Value], Value]:
        """What gives of a record what a join puts beside it."""
        if join.case:
            return self._cases(join.case, rows)
        if not join.register:
            listed = self._ballots(join.ballots) if join.ballots else self._variables(join.process, join.variable)
            return lambda _: listed
        register = reading.declared(self.library, join.register)
        by: dict[tuple[bytes, ...], list[Value]] = {}
        for found in (self.seen(register, row) for row in self.rows(register, join.where, known)):
            for held in _keys([found.get(name) for name in join.on]):
                by.setdefault(held, []).append(found)

        def of(record: Value) -> Value:
            mine = record if isinstance(record, dict) else {}
            wanted = _keys([mine.get(name) for name in join.on.values()])
            return [found for held in wanted for found in by.get(held, ())]

        return of

    def _cases(self, names: Sequence[str], rows: Sequence[Row]) -> Callable[[Value], Value]:
        """Variables of the case that began each record; null where there is none, or it is not for the reader."""
        mine = access.unrecused(self.user, RecordVersion.instance_key) if self.user else true()
        found: dict[int, Variables] = {row.key: dict.fromkeys(names) for row in rows}
        query = (
            select(RecordVersion.record_key, Variable.name, Variable.value)
            .join(Variable, Variable.scope_key == RecordVersion.instance_key)
            .where(RecordVersion.record_key.in_(found), RecordVersion.version == 1, Variable.name.in_(names), mine)
        )
        for key, name, value in self.session.execute(query):
            found[key][name] = from_json(value)
        by_id: dict[Value, Variables] = {row.id: found[row.key] for row in rows}
        return lambda record: by_id.get(record.get("id")) if isinstance(record, dict) else None

    def _ballots(self, prefix: str) -> list[Value]:
        """How far the ballots are whose boxes' names begin so, of cases from which the reader is not recused."""
        mine = access.unrecused(self.user, Urn.instance_key) if self.user else true()
        query = select(Urn.name, Urn.electorate, Urn.voted, Urn.closed_at)
        query = query.where(Urn.name.startswith(prefix, autoescape=True), mine).order_by(Urn.key).limit(MOST_BESIDE)
        return [
            {
                "name": name,
                "eligible": Decimal(len(electorate)),
                "voted": Decimal(len(voted)),
                "waiting": [*sorted({*electorate} - {*voted})],
                "closed_at": closed_at.isoformat() if closed_at else None,
            }
            for name, electorate, voted, closed_at in self.session.execute(query)
        ]

    def _variables(self, process: str, name: str) -> list[Value]:
        """The values of a variable of the cases of a process that the reader may know of, the newest first."""
        if self.user is None:
            return []
        query = (
            select(ProcessInstance.started_at, Variable.value)
            .join(ProcessInstance, ProcessInstance.key == Variable.scope_key)
            .where(ProcessInstance.process_id == process, Variable.name == name, access.instance_scope(self.user))
            .order_by(ProcessInstance.started_at.desc())
            .limit(MOST_BESIDE)
        )
        return [
            {"started_at": started_at.isoformat(), "value": from_json(value)}
            for started_at, value in self.session.execute(query)
        ]

    def _told(self, value: Value, known: Mapping[str, Value]) -> Value:
        if isinstance(value, str) and value.startswith("="):
            return evaluated([value[1:]], known, self.moment)[0]
        return value


def evaluated(expressions: Sequence[str], context: Mapping[str, Value], moment: Moment) -> list[Value]:
    """The values of a view's expressions; a mistake in one is the view's, and told as such."""
    try:
        return host().evaluate_many(expressions, context, moment)
    except FeelError as error:
        raise BadArgument(reason=str(error)) from error


def _choice(source: "Source", choice: Choice, chosen: Mapping[str, str]) -> Chosen:
    register = reading.declared(source.library, choice.register)
    rows = source.rows(register, {}, {}, choice.order)[:MOST_OPTIONS]
    options = [
        (row.id, evaluated([choice.label], {"record": source.seen(register, row)}, source.moment)[0]) for row in rows
    ]
    asked = chosen.get(choice.name)
    value = asked if any(id == asked for id, _ in options) else next((id for id, _ in options), None)
    return Chosen(choice.name, choice.title, value, options)


def _may_see(view: View, user: User | None) -> bool:
    return view.public or (user is not None and (user.reads_all or user.is_one_of(*view.groups)))


def _library(session: Session) -> ReleaseLibrary:
    library = newest(session)
    if library is None:
        raise NotFound()
    return library


def _is_personal(register: Register, name: str) -> bool:
    return name in register.fields and register.fields[name].personal


def _texts(value: Value) -> list[str]:
    return [each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str)]


def _keys(values: Sequence[Value]) -> list[tuple[bytes, ...]]:
    """Under what a record is found by the values of some fields: a list stands for each of its elements."""
    found: list[tuple[bytes, ...]] = [()]
    for value in values:
        each = value if isinstance(value, list) else [value]
        found = [(*held, tag(one)) for held in found for one in each if one is not None]
    return list(dict.fromkeys(found))
