"""Four eyes: in production a deployment is a draft until another person, or the process that is named, releases it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import insert, or_, select
from sqlalchemy.orm import Session

from service import access, db, keys
from service.access import User
from service.engine.lint_rules.texts import Language
from service.errors import Forbidden, InvalidState, NotFound
from service.models import Account, Content, DeploymentDraft, DeploymentFile, ProcessInstance, UserTask
from service.operations import accounts, deployments, instances
from service.operations.acting import Move
from service.operations.deployments import Deployment, Examined
from service.operations.upserts import insert_ignoring
from service.releases import ReleaseLibrary, is_overtaken, latest


class NotReleased(InvalidState):
    """The deployment is kept as a draft: it needs somebody else."""

    code = "PROC_NOT_APPROVED"
    message = (
        "Kept as draft %(draft)s; nothing is deployed yet. Another person has to release it under Processes → Drafts."
    )
    keeps: ClassVar[bool] = True


class NotReleasedByProcess(NotReleased):
    """The deployment is kept as a draft, and the process that releases drafts has begun."""

    message = "Kept as draft %(draft)s; nothing is deployed yet. Case %(case)s of “%(process)s” decides on it."


class Unfounded(InvalidState):
    """The first release of a house in production has nobody who could release it but a decision on paper."""

    code = "PROC_NOT_APPROVED"
    message = (
        "In production the first release rests on a decision on paper: deploy the tree with processes/founding.json or "
        "with “pingshen deploy --founding FILE”."
    )


class OwnDraft(Forbidden):
    """Four eyes are of two people."""

    code = "SELF_APPROVAL"
    message = "You made this draft yourself; another person has to release it."


class ByProcess(InvalidState):
    """A process decides, not a button."""

    code = "PROC_NOT_APPROVED"
    message = "This draft is released by case %(case)s alone."


class Overtaken(InvalidState):
    """What the draft replaces is no longer what its author saw."""

    code = "DRAFT_OVERTAKEN"
    message = "Another release has changed the same resources meanwhile: discard this draft and deploy anew."


def submit(
    session: Session,
    files: Mapping[str, bytes],
    user: User,
    *,
    now: datetime,
    whole: bool = False,
    founding: Mapping[str, Any] | None = None,
    language: Language = "en",
) -> Deployment | DeploymentDraft:
    """Deploy in development; in production keep a draft, which the caller has to tell of (`not_released`).

    The first release of an empty house is deployed if a founding decision comes with it. Nothing changed: the release
    that is there. The same files again: the draft that is open. Raises `Forbidden`, `ModelRefused`, `Unfounded`.
    """
    if not keys.config().production:
        return deployments.deploy(session, files, user, now=now, whole=whole, founding=founding, language=language)
    return keep(session, files, user, now=now, whole=whole, founding=founding, language=language)


def keep(
    session: Session,
    files: Mapping[str, bytes],
    user: User,
    *,
    now: datetime,
    whole: bool = False,
    founding: Mapping[str, Any] | None = None,
    language: Language = "en",
) -> Deployment | DeploymentDraft:
    """As `submit` does in production."""
    if not user.deploys:
        raise Forbidden()
    db.hold(session, "deployment")
    examined = deployments.examine(session, files, whole=whole, language=language)
    if examined.before is None:
        if founding is None:
            raise Unfounded()
        return deployments.deploy(session, files, user, now=now, whole=whole, founding=founding, language=language)
    unchanged = deployments.unchanged_parts(session, examined, whole)
    if unchanged is not None:
        return Deployment(examined.before.key, unchanged, False, examined.warnings)
    return _open_twin(session, files, examined.before, whole) or _store(
        session, files, examined, examined.before, user, now=now, whole=whole
    )


def not_released(draft: DeploymentDraft) -> NotReleased:
    """What whoever deployed is told; raised at the rim, it does not roll the draft back."""
    if draft.instance_key is None:
        return NotReleased(draft=draft.key)
    return NotReleasedByProcess(draft=draft.key, case=draft.instance_key, process=keys.config().publication)


def visible(session: Session, key: int, user: User) -> DeploymentDraft:
    """A draft for who deploys, reads all, or may see its case. Raises `NotFound`."""
    draft = session.get(DeploymentDraft, key)
    if draft is None:
        raise NotFound()
    if not (user.deploys or user.reads_all):
        case = session.get(ProcessInstance, draft.instance_key) if draft.instance_key else None
        if case is None or not access.reads_instance(session, user, case):
            raise NotFound()
    return draft


def newest_first(session: Session, *, limit: int, before: int | None = None) -> list[DeploymentDraft]:
    """Drafts, the newest first, from before a key."""
    query = select(DeploymentDraft).order_by(DeploymentDraft.key.desc()).limit(limit)
    return list(session.scalars(query if before is None else query.where(DeploymentDraft.key < before)))


def files_of(session: Session, draft: DeploymentDraft) -> dict[str, bytes]:
    """Its files, by name."""
    rows = session.execute(
        select(DeploymentFile.name, Content.data)
        .join(Content, Content.hash == DeploymentFile.hash)
        .where(DeploymentFile.draft_key == draft.key)
        .order_by(DeploymentFile.name)
    )
    return {name: data for name, data in rows}  # noqa: C416 - rows have `keys`, by which dict() would read them


def approve(session: Session, key: int, user: User, *, now: datetime) -> Deployment:
    """Another person releases a draft. Raises `Forbidden`, `OwnDraft`, `ByProcess`, `Overtaken`, `ModelRefused`."""
    if not user.deploys:
        raise Forbidden()
    draft = _locked(session, key)
    if draft.instance_key is not None:
        raise ByProcess(case=draft.instance_key)
    if draft.person == user.identity:
        raise OwnDraft()
    return _release(session, draft, user.username, now)


def discard(session: Session, key: int, user: User, reason: str, *, now: datetime) -> None:
    """Whoever may deploy gives a draft up; the case that was to decide on it ends. Raises `Forbidden`."""
    if not user.deploys:
        raise Forbidden()
    draft = _locked(session, key)
    if draft.instance_key is not None:
        case = session.get(ProcessInstance, draft.instance_key)
        if case is not None and case.status == "ACTIVE":
            instances.cancel_instance(session, case.key, None, now=now, extra={"reason": reason, "by": user.username})
    draft.state, draft.decided_at, draft.decided_by, draft.reason = "DISCARDED", now, user.username, reason or None


def release_in_case(move: Move, key: int, approver: str) -> Deployment:
    """The draft's own case releases it; `approver` is somebody else than its author and did a task in that case.

    Raises `ByProcess`, `OwnDraft`, `Overtaken`, `ModelRefused`.
    """
    draft = _locked(move.session, key)
    if draft.instance_key != move.instance.root_key:
        raise ByProcess(case=draft.instance_key)
    took_part = select(UserTask.key).where(
        UserTask.root_key == move.instance.root_key, UserTask.completed_by == approver
    )
    identity = move.session.scalar(select(Account.identity).where(Account.username == approver, took_part.exists()))
    if identity is None or identity == draft.person:
        raise OwnDraft()
    return _release(move.session, draft, approver, move.setting.now)


def _release(session: Session, draft: DeploymentDraft, by: str, now: datetime) -> Deployment:
    if is_overtaken(session, draft):
        raise Overtaken()
    files = files_of(session, draft)
    accounts.ensure_groups(session, [(g["name"], g["title"]) for g in deployments.groups_of(files)])
    done = deployments.put(session, files, draft.drafted_by, now=now, whole=draft.whole)
    draft.state, draft.decided_at, draft.decided_by, draft.release_key = "RELEASED", now, by, done.release_key
    return done


def _locked(session: Session, key: int) -> DeploymentDraft:
    db.hold(session, "deployment")
    query = select(DeploymentDraft).where(DeploymentDraft.key == key).with_for_update()
    draft = session.scalars(query.execution_options(populate_existing=True)).one_or_none()
    if draft is None:
        raise NotFound()
    if draft.state != "OPEN":
        raise InvalidState(reason=draft.state)
    return draft


def _open_twin(
    session: Session, files: Mapping[str, bytes], before: ReleaseLibrary, whole: bool
) -> DeploymentDraft | None:
    return session.scalars(
        select(DeploymentDraft).where(
            DeploymentDraft.content_hash == deployments.content_hash(files),
            DeploymentDraft.state == "OPEN",
            DeploymentDraft.whole == whole,
            DeploymentDraft.base_release_key == before.key,
        )
    ).first()


def drafted_before(session: Session, files: Mapping[str, bytes]) -> bool:
    """Whether these very files were drafted at some time and are undecided or were refused."""
    of_these = DeploymentDraft.content_hash == deployments.content_hash(files)
    decided = or_(DeploymentDraft.state == "OPEN", DeploymentDraft.state == "DISCARDED")
    return session.scalar(select(DeploymentDraft.key).where(of_these, decided).limit(1)) is not None


def _store(
    session: Session,
    files: Mapping[str, bytes],
    examined: Examined,
    before: ReleaseLibrary,
    user: User,
    *,
    now: datetime,
    whole: bool,
) -> DeploymentDraft:
    draft = DeploymentDraft(
        key=db.new_key(session),
        state="OPEN",
        content_hash=deployments.content_hash(files),
        whole=whole,
        base_release_key=before.key,
        resources=_compared(before, examined, whole),
        warnings=[f"{fault.path}: {fault.message}" for fault in examined.warnings],
        drafted_at=now,
        drafted_by=user.username,
        person=user.identity,
    )
    session.add(draft)
    session.flush()
    hashes = {name: deployments.hash_of(data) for name, data in files.items()}
    contents = {hashes[name]: data for name, data in files.items()}
    insert_ignoring(session.connection(), Content.__tablename__, [{"hash": h, "data": d} for h, d in contents.items()])
    rows = [{"draft_key": draft.key, "name": name, "hash": h} for name, h in hashes.items()]
    session.execute(insert(DeploymentFile), rows)
    process_id = keys.config().publication
    if process_id is not None:
        draft.instance_key = _begin(session, process_id, draft, user, now)
    session.flush()
    return draft


def _begin(session: Session, process_id: str, draft: DeploymentDraft, user: User, now: datetime) -> int:
    """Start the process that decides, for whoever deployed: they need not be of those who may start it."""
    process = latest(session, "process", process_id)
    if process is None:
        raise InvalidState(reason=f"PINGSHEN_PUBLICATION: {process_id}?")
    given = {"draft_key": str(draft.key), "drafter": user.username}
    return instances.start_instance(session, process, given, None, now=now, cause=user).key


def _compared(before: ReleaseLibrary, examined: Examined, whole: bool) -> list[dict[str, str]]:
    rows = []
    for part in examined.parts:
        old = before.get(part.kind, part.resource_id)
        change = "added" if old is None else "same" if old.hash == part.hash else "changed"
        rows.append(_row(part.kind, part.resource_id, part.name, part.file_name, change))
    if whole:
        held = {(part.kind, part.resource_id) for part in examined.parts}
        rows += [
            _row(old.kind, old.resource_id, old.name, old.file_name, "removed")
            for old in before.everything()
            if (old.kind, old.resource_id) not in held
        ]
    return rows


def _row(kind: str, id: str, name: str, file: str, change: str) -> dict[str, str]:
    return {"kind": kind, "id": id, "name": name, "file": file, "change": change}
