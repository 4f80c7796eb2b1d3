"""Who may do what: the one place that answers, for single things and for lists.

Lists are scoped by the same rule as SQL (`…_scope`), so that what one may not know of is neither
shown nor counted. Everything is asked again under the lock. System groups: `admin` may everything that is
not a person's own act, `deployer` deploys, `operator` mends (incidents, cancel, messages), `auditor` reads
everything and writes nothing, `worker` takes jobs. Recusal comes before all of it: who is recused from an instance
knows nothing of it in any role, nor of anything it called, whatever account they use.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, literal, or_, select, true
from sqlalchemy.orm import Session

from service.models import Account, Candidate, Membership, ProcessInstance, Recusal, Resource, Substitution, UserTask

ADMIN, DEPLOYER, OPERATOR, AUDITOR, WORKER = "admin", "deployer", "operator", "auditor", "worker"
#: Erases personal values whose time has passed, and may nothing else: who runs a procedure does not clean up after it.
ARCHIVIST = "archivist"
#: Keeps accounts, groups of the procedure, parties and the calendar, and sees no case.
SYSADMIN = "sysadmin"
SYSTEM_GROUPS = (ADMIN, DEPLOYER, OPERATOR, AUDITOR, WORKER, ARCHIVIST, SYSADMIN)
#: Before the name of a group that may read a task, in models.Candidate.who; such a row outlives the task's end.
READER = "reader:"
#: Before an identity, in models.Recusal.who.
PERSON = "identity:"


@dataclass(frozen=True, slots=True)
class Absent:
    """Somebody whose tasks a substitute may do: as themselves (models.Candidate.who) and as a person."""

    username: str
    identity: str
    who: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class User:
    """Who acts. `identity` is the person behind the account: several accounts may share one."""

    username: str
    name: str
    identity: str
    groups: frozenset[str]
    language: str = "zh-CN"
    #: Whether anybody ever named the user as substitute and did not take it back: only then somebody may be absent.
    named: bool = False
    #: Those for whom the user stands in today.
    absent: tuple["Absent", ...] = ()
    #: Somebody without an account: whoever sends a public form, or has a one-time link.
    anonymous: bool = False

    def is_one_of(self, *groups: str) -> bool:
        """Whether the user belongs to any of these groups."""
        return not self.groups.isdisjoint(groups)

    @property
    def reads_all(self) -> bool:
        """Operators and auditors see every instance with its history."""
        return self.is_one_of(ADMIN, OPERATOR, AUDITOR)

    @property
    def operates(self) -> bool:
        """May mend: resolve incidents, cancel, set variables, publish messages."""
        return self.is_one_of(ADMIN, OPERATOR)

    @property
    def deploys(self) -> bool:
        """May deploy resources."""
        return self.is_one_of(ADMIN, DEPLOYER)

    @property
    def keeps_accounts(self) -> bool:
        """May make and change accounts, memberships, parties and the calendar."""
        return self.is_one_of(ADMIN, SYSADMIN)

    @property
    def works(self) -> bool:
        """May take and finish jobs as an outside worker."""
        return self.is_one_of(ADMIN, WORKER)

    @property
    def who(self) -> list[str]:
        """The names under which tasks are offered to this user (models.Candidate.who)."""
        return [f"user:{self.username}", *(f"group:{group}" for group in sorted(self.groups))]

    @property
    def person(self) -> str:
        """The name under which this person is recused, with any of their accounts (models.Recusal.who)."""
        return f"{PERSON}{self.identity}"

    @property
    def reads_as(self) -> list[str]:
        """The names under which tasks may be read by this user though they are not offered (`readGroups`)."""
        return [f"{READER}{group}" for group in sorted(self.groups)]


#: `User.named`, as a column of a statement that reads the account.
NAMED = exists().where(Substitution.substitute == Account.username, Substitution.ended_at.is_(None)).label("named")


def load_user(session: Session, username: str) -> User | None:
    """The active account with its groups, in one statement; None if there is none."""
    rows = session.execute(
        select(Account, Membership.group_name, NAMED)
        .outerjoin(Membership, Membership.username == Account.username)
        .where(Account.username == username, Account.active)
    ).all()
    return user_of(rows[0][0], (group for _, group, _ in rows), named=rows[0].named) if rows else None


def user_of(account: Any, groups: Iterable[str | None], *, named: bool) -> User:
    """A `User` from rows that were read together: the account, or its columns of the same names, and `NAMED`."""
    mine = frozenset(group for group in groups if group)
    return User(account.username, account.name, account.identity, mine, account.language, named)


# --- user tasks -------------------------------------------------------------------------------


def is_candidate(user: User, task: UserTask) -> bool:
    """Whether the task is offered to this user."""
    return user.username in task.candidate_users or not user.groups.isdisjoint(task.candidate_groups)


def reads_task(session: Session, user: User, task: UserTask, *, recused: bool | None = None) -> bool:
    """Whether the user may know of the task at all. `recused`: whether they are from its instance, if known already."""
    named = (
        user.reads_all
        or task.assignee == user.username
        or user.username in (task.completed_by, task.delegated_by)
        or (task.ended_at is None and is_candidate(user, task))
        or not user.groups.isdisjoint(names_in(task.properties.get("readGroups")))
        or administers(session, user, task.definition_key)
        or on_behalf(session, user, task) is not None
    )
    return named and not (is_recused(session, user, task.instance_key) if recused is None else recused)


def may_complete(user: User, task: UserTask) -> bool:
    """Who may fill it in completes it, unless it was handed to them for preparation only."""
    return task.delegated_by is None and may_fill(user, task)


def may_fill(user: User, task: UserTask) -> bool:
    """The assignee fills in, or who stands in for them where the task allows it. Who is recused sees no task."""
    return task.assignee == user.username or any(
        task.assignee == each.username and task.properties.get("substitutes") == "true" for each in user.absent
    )


def on_behalf(session: Session, user: User, task: UserTask) -> Absent | None:
    """For whom the user does this task: None where it is theirs by themselves, or nobody's for whom they stand in."""
    if not user.absent or (task.assignee == user.username and is_candidate(user, task)):
        return None
    for each in user.absent:
        stands = _stands_in(each, offered=is_candidate(user, task))
        if session.scalar(select(UserTask.key).where(UserTask.key == task.key, stands)) is not None:
            return each
    return None


def _stands_in(absent: Absent, *, offered: bool = False) -> ColumnElement[bool]:
    """The tasks that a substitute does for somebody: those of theirs that say so and of which they are not recused.

    `offered`: the substitute may take offered ones anyway, so that only what the absent has taken counts.
    """
    theirs = UserTask.assignee == absent.username
    if not offered:
        theirs = or_(theirs, exists().where(Candidate.task_key == UserTask.key, Candidate.who.in_(absent.who)))
    return and_(
        UserTask.properties["substitutes"].as_string() == "true",
        theirs,
        ~recusal(f"{PERSON}{absent.identity}", absent.identity, UserTask.instance_key),
    )


def may_claim(user: User, task: UserTask) -> bool:
    """Candidates may take a task, and who stands in for one; its assignee has it already."""
    named = {f"user:{name}" for name in task.candidate_users} | {f"group:{name}" for name in task.candidate_groups}
    stands_in = task.properties.get("substitutes") == "true" and any(named & set(each.who) for each in user.absent)
    return is_candidate(user, task) or task.assignee == user.username or stands_in


def may_assign(session: Session, user: User, task: UserTask) -> bool:
    """Who operates may give a task to others; the assignee and candidates only to and from themselves."""
    return user.operates or administers(session, user, task.definition_key)


def task_scope(user: User) -> ColumnElement[bool]:
    """The tasks that the user may know of, as a condition on `UserTask`."""
    return and_(_part_in(user), unrecused(user, UserTask.instance_key))


def _part_in(user: User) -> ColumnElement[bool]:
    if user.reads_all:
        return true()
    named = exists().where(Candidate.task_key == UserTask.key, Candidate.who.in_([*user.who, *user.reads_as]))
    return or_(
        UserTask.assignee == user.username,
        UserTask.completed_by == user.username,
        UserTask.delegated_by == user.username,
        named,
        UserTask.definition_key.in_(_processes_naming(user, "adminGroups")),
        *map(_stands_in, user.absent),
    )


def readers(properties: Mapping[str, str]) -> list[str]:
    """The rows of models.Candidate that a task's `readGroups` ask for."""
    return [f"{READER}{group}" for group in dict.fromkeys(names_in(properties.get("readGroups")))]


def offered_scope(user: User, *, alone: bool = False) -> ColumnElement[bool]:
    """Open tasks that are offered to the user and that nobody has taken. `alone`: not as somebody's substitute."""
    own = UserTask.key.in_(select(Candidate.task_key).where(Candidate.who.in_(user.who)))
    offered = own if alone else or_(own, *map(_stands_in, user.absent))
    return and_(
        UserTask.ended_at.is_(None), UserTask.assignee.is_(None), offered, unrecused(user, UserTask.instance_key)
    )


def held_scope(user: User, *, alone: bool = False) -> ColumnElement[bool]:
    """Open tasks that are the user's, or, unless `alone`, of somebody for whom they stand in."""
    held = (
        []
        if alone
        else [and_(UserTask.assignee == each.username, _stands_in(each, offered=True)) for each in user.absent]
    )
    mine = or_(UserTask.assignee == user.username, *held)
    return and_(mine, UserTask.ended_at.is_(None), unrecused(user, UserTask.instance_key))


def delegated_scope(user: User) -> ColumnElement[bool]:
    """Open tasks that the user handed on for preparation and will get back."""
    mine = UserTask.delegated_by == user.username
    return and_(mine, UserTask.ended_at.is_(None), unrecused(user, UserTask.instance_key))


def stood_in_scope(user: User) -> ColumnElement[bool]:
    """Open tasks that the user may do only as somebody's substitute."""
    own = exists().where(Candidate.task_key == UserTask.key, Candidate.who.in_(user.who), UserTask.assignee.is_(None))
    theirs = or_(UserTask.assignee.is_(None), UserTask.assignee != user.username)
    return and_(
        or_(false(), *map(_stands_in, user.absent)),
        theirs,
        ~own,
        UserTask.ended_at.is_(None),
        unrecused(user, UserTask.instance_key),
    )


def assignable_scope(user: User) -> ColumnElement[bool]:
    """Open tasks that the user may give to others."""
    if not (user.operates or user.groups):
        return false()
    theirs = true() if user.operates else UserTask.definition_key.in_(_processes_naming(user, "adminGroups"))
    return and_(theirs, UserTask.ended_at.is_(None), unrecused(user, UserTask.instance_key))


# --- process instances ------------------------------------------------------------------------


def instance_scope(user: User) -> ColumnElement[bool]:
    """The instances that the user may know of: all; or those that they began with what these called, those in whose
    own tasks they take part, and those of processes that their groups may read or administer.

    Who takes part in one of many cases that an instance called knows nothing of the others.
    """
    mine = unrecused(user, ProcessInstance.key)
    if user.reads_all:
        return mine
    part = exists().where(UserTask.instance_key == ProcessInstance.key, _part_in(user))
    root = ProcessInstance.__table__.alias("root")
    begun = exists().where(root.c.key == ProcessInstance.root_key, root.c.started_by == user.username)
    by_groups = ProcessInstance.definition_key.in_(_processes_naming(user, "readGroups", "adminGroups"))
    return and_(or_(ProcessInstance.started_by == user.username, part, begun, by_groups), mine)


def _processes_naming(user: User, *properties: str) -> Any:
    """The keys of process definitions of which one of these properties names a group of the user."""
    named = [
        (literal(",") + func.replace(Resource.facts["properties"][name].as_string(), " ", "") + ",").contains(
            f",{group},", autoescape=True
        )
        for name in properties
        for group in sorted(user.groups)
    ]
    return select(Resource.key).where(Resource.kind == "process", or_(false(), *named))


def administers(session: Session, user: User, definition_key: int) -> bool:
    """Whether a group of the user may administer instances of this process (`adminGroups`)."""
    found = _processes_naming(user, "adminGroups").where(Resource.key == definition_key)
    return bool(user.groups) and session.scalar(found) is not None


def may_operate(session: Session, user: User, instance: ProcessInstance) -> bool:
    """Whether the user may cancel the instance, resolve its incidents, move its tokens, set its variables."""
    return user.operates or administers(session, user, instance.definition_key)


def reads_instance(session: Session, user: User, instance: ProcessInstance) -> bool:
    """Whether the user may know of the instance."""
    return bool(
        session.scalar(
            select(ProcessInstance.key).where(ProcessInstance.key == instance.key, instance_scope(user)).limit(1)
        )
    )


def may_start(user: User, properties: dict[str, str]) -> bool:
    """Who may start a process: its `startGroups`, or, where it names none, who operates or deploys.

    Somebody without an account: if it has `publicStart`.
    """
    if user.anonymous:
        return properties.get("publicStart") == "true"
    groups = names_in(properties.get("startGroups"))
    return user.operates or user.deploys or not user.groups.isdisjoint(groups)


def inner_scope(user: User, instance_key: Any) -> ColumnElement[bool]:
    """What lies inside instances (incidents, decisions, jobs, variables): not for those who only take part in one.

    `instance_key` is the column that says in which.
    """
    if user.reads_all:
        return unrecused(user, instance_key)
    if not user.groups:
        return false()
    administered = ProcessInstance.definition_key.in_(_processes_naming(user, "adminGroups"))
    return and_(instance_key.in_(select(ProcessInstance.key).where(administered)), unrecused(user, instance_key))


def reads_inside(session: Session, user: User, instance: ProcessInstance) -> bool:
    """Whether the user may look inside the instance, as `inner_scope` says it for lists."""
    mine = inner_scope(user, ProcessInstance.key)
    return session.scalar(select(ProcessInstance.key).where(ProcessInstance.key == instance.key, mine)) is not None


def readable_inside(session: Session, user: User, instance_keys: Sequence[int]) -> int:
    """How many of these instances the user may look inside."""
    mine = inner_scope(user, ProcessInstance.key)
    query = select(func.count()).select_from(ProcessInstance)
    return session.scalar(query.where(ProcessInstance.key.in_(instance_keys), mine)) or 0


# --- recusal ----------------------------------------------------------------------------------


def unrecused(user: User, instance_key: Any) -> ColumnElement[bool]:
    """That the user is not recused from the instance with this key: a condition for every list."""
    return ~recusal(user.person, user.identity, instance_key)


def recusal(person: Any, identity: Any, instance_key: Any) -> ColumnElement[bool]:
    """Whether somebody is recused from an instance: by themselves, or by a party that an account of theirs acts for.

    `person` and `identity` as in `User`, as values or as parameters of a statement that is built once.
    """
    parties = select(Membership.group_name).join(Account, Account.username == Membership.username)
    return exists().where(
        Recusal.instance_key == instance_key,
        or_(Recusal.who == person, Recusal.who.in_(parties.where(Account.identity == identity))),
    )


def is_recused(session: Session, user: User, instance_key: int) -> bool:
    """Whether the user may know nothing of this instance."""
    return bool(session.scalar(select(recusal(user.person, user.identity, instance_key))))


def recused_among(session: Session, user: User, instance_keys: Iterable[int]) -> set[int]:
    """Of which of these instances the user may know nothing."""
    mine = recusal(user.person, user.identity, ProcessInstance.key)
    return set(session.scalars(select(ProcessInstance.key).where(ProcessInstance.key.in_(set(instance_keys)), mine)))


def names_in(text: str | None) -> list[str]:
    return [name.strip() for name in (text or "").split(",") if name.strip()]
