"""Who may do what: the one place that answers, for single things and for lists.

Lists are scoped by the same rule as SQL (`…_scope`), so that what one may not know of is neither
shown nor counted. Everything is asked again under the lock. System groups: `admin` may everything that is
not a person's own act, `deployer` deploys, `operator` mends (incidents, cancel, messages), `auditor` reads
everything and writes nothing, `worker` takes jobs.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, literal, or_, select, true
from sqlalchemy.orm import Session

from service.models import Account, Candidate, Membership, ProcessInstance, Resource, UserTask

ADMIN, DEPLOYER, OPERATOR, AUDITOR, WORKER = "admin", "deployer", "operator", "auditor", "worker"
SYSTEM_GROUPS = (ADMIN, DEPLOYER, OPERATOR, AUDITOR, WORKER)
#: Before the name of a group that may read a task, in models.Candidate.who; such a row outlives the task's end.
READER = "reader:"


@dataclass(frozen=True, slots=True)
class User:
    """Who acts. `identity` is the person behind the account: several accounts may share one."""

    username: str
    name: str
    identity: str
    groups: frozenset[str]
    language: str = "zh-CN"

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
    def works(self) -> bool:
        """May take and finish jobs as an outside worker."""
        return self.is_one_of(ADMIN, WORKER)

    @property
    def who(self) -> list[str]:
        """The names under which tasks are offered to this user (models.Candidate.who)."""
        return [f"user:{self.username}", *(f"group:{group}" for group in sorted(self.groups))]

    @property
    def reads_as(self) -> list[str]:
        """The names under which tasks may be read by this user though they are not offered (`readGroups`)."""
        return [f"{READER}{group}" for group in sorted(self.groups)]


def load_user(session: Session, username: str) -> User | None:
    """The active account with its groups, in one statement; None if there is none."""
    rows = session.execute(
        select(Account, Membership.group_name)
        .outerjoin(Membership, Membership.username == Account.username)
        .where(Account.username == username, Account.active)
    ).all()
    return user_of(rows[0][0], (group for _, group in rows)) if rows else None


def user_of(account: Any, groups: Iterable[str | None]) -> User:
    """A `User` from rows that were read together: the account, or its columns of the same names."""
    return User(account.username, account.name, account.identity, frozenset(g for g in groups if g), account.language)


# --- user tasks -------------------------------------------------------------------------------


def is_candidate(user: User, task: UserTask) -> bool:
    """Whether the task is offered to this user."""
    return user.username in task.candidate_users or not user.groups.isdisjoint(task.candidate_groups)


def reads_task(user: User, task: UserTask) -> bool:
    """Whether the user may know of the task at all."""
    return (
        user.reads_all
        or task.assignee == user.username
        or task.completed_by == user.username
        or (task.ended_at is None and is_candidate(user, task))
        or not user.groups.isdisjoint(_names(task.properties.get("readGroups")))
    )


def may_complete(user: User, task: UserTask) -> bool:
    """Only the assignee completes, nobody on somebody's behalf."""
    return task.assignee == user.username


def may_claim(user: User, task: UserTask) -> bool:
    """Candidates may take a task; its assignee has it already."""
    return is_candidate(user, task) or task.assignee == user.username


def may_assign(user: User, task: UserTask) -> bool:
    """Who operates may give a task to others; the assignee and candidates only to and from themselves."""
    return user.operates


def task_scope(user: User) -> ColumnElement[bool]:
    """The tasks that the user may know of, as a condition on `UserTask`."""
    if user.reads_all:
        return true()
    named = exists().where(Candidate.task_key == UserTask.key, Candidate.who.in_([*user.who, *user.reads_as]))
    return or_(UserTask.assignee == user.username, UserTask.completed_by == user.username, named)


def readers(properties: Mapping[str, str]) -> list[str]:
    """The rows of models.Candidate that a task's `readGroups` ask for."""
    return [f"{READER}{group}" for group in dict.fromkeys(_names(properties.get("readGroups")))]


def offered_scope(user: User) -> ColumnElement[bool]:
    """Open tasks that are offered to the user and that nobody has taken."""
    offered = UserTask.key.in_(select(Candidate.task_key).where(Candidate.who.in_(user.who)))
    return and_(UserTask.ended_at.is_(None), UserTask.assignee.is_(None), offered)


# --- process instances ------------------------------------------------------------------------


def instance_scope(user: User) -> ColumnElement[bool]:
    """The instances that the user may know of: all; or those that they began with what these called, those in whose
    own tasks they take part, and those of processes that their groups may read.

    Who takes part in one of many cases that an instance called knows nothing of the others.
    """
    if user.reads_all:
        return true()
    part = exists().where(UserTask.instance_key == ProcessInstance.key, task_scope(user))
    root = ProcessInstance.__table__.alias("root")
    begun = exists().where(root.c.key == ProcessInstance.root_key, root.c.started_by == user.username)
    return or_(ProcessInstance.started_by == user.username, part, begun, _read_by_groups(user))


def _read_by_groups(user: User) -> ColumnElement[bool]:
    """Instances of processes whose `readGroups` name a group of the user."""
    listed = literal(",") + func.replace(Resource.facts["properties"]["readGroups"].as_string(), " ", "") + ","
    named = [listed.contains(f",{group},", autoescape=True) for group in sorted(user.groups)]
    processes = select(Resource.key).where(Resource.kind == "process", or_(false(), *named))
    return ProcessInstance.definition_key.in_(processes)


def takes_part(session: Session, user: User, instance: ProcessInstance) -> bool:
    """Whether the user has to do with anything in the instance's tree: who assesses reads what others handed in."""
    if reads_instance(session, user, instance):
        return True
    part = select(UserTask.key).where(UserTask.root_key == instance.root_key, task_scope(user)).limit(1)
    return session.scalar(part) is not None


def reads_instance(session: Session, user: User, instance: ProcessInstance) -> bool:
    """Whether the user may know of the instance."""
    if user.reads_all or instance.started_by == user.username:
        return True
    return bool(
        session.scalar(
            select(ProcessInstance.key).where(ProcessInstance.key == instance.key, instance_scope(user)).limit(1)
        )
    )


def may_start(user: User, properties: dict[str, str]) -> bool:
    """Who may start a process: its `startGroups`, or, where it names none, who operates or deploys."""
    groups = _names(properties.get("startGroups"))
    return user.operates or user.deploys or not user.groups.isdisjoint(groups)


def inner_scope(user: User) -> ColumnElement[bool]:
    """What lies inside instances (incidents, evaluated decisions, jobs): not for those who only take part in one."""
    return true() if user.reads_all else false()


def _names(text: str | None) -> list[str]:
    return [name.strip() for name in (text or "").split(",") if name.strip()]
