"""Evidence bundles: histories with everything that somebody outside needs to check them without the service."""

import zipfile
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Any

import orjson
from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from service import __version__, access, db
from service.access import User
from service.clock import machine_now
from service.db import Database
from service.errors import Forbidden, NotFound
from service.history import tree, verify_bundle
from service.models import Event, ProcessInstance, RecordVersion, TreeHead, TreeLeaf
from service.operations import contents, histories, instances, recomputing, sequencing, trees
from service.registers import reading
from service.releases import newest

#: A larger bundle is kept in a file until it is sent.
MOST_IN_MEMORY = 16 * 1024**2
_README = """评审流程平台 · 证据包

instances/    每件事项的记录，一行一条：正文、与上一条相接的哈希、在记录树中的位置和证明
head.txt      已签名的树头，全部记录由它证明；heads/ 为更早的树头，manifest.json 有与它的一致性证明
definitions/  当时所用的流程图、决策表、表单等，文件名即内容的哈希；calendars/ 为当时的工作日历
submissions/  随表单提交的内容；records/ 决策时读取的登记册记录；attachments/ 附件
manifest.json 清单，manifest.note 为对它的签名，key.txt 为公钥

校验（需要 Python 3.9 和 cryptography；verify_bundle.py 应从本包以外的来源取得）：
    python3 verify_bundle.py 本包.zip --head "留存的树头" --key 公布的公钥指纹
结果：0 完好，1 被改动（指出第一条不成立的记录），2 不完整，3 无法读取
"""


@dataclass(frozen=True, slots=True)
class Wish:
    """What a bundle is to hold besides the instances and all that they called.

    `heads`: sizes of tree heads that somebody outside holds. Without `personal`, what was handed in, records and
    attachments stay out. `replay`: run all acts again and write down what came of it; takes as long as it did.
    """

    keys: Sequence[int]
    by: str | None
    heads: Sequence[int] = ()
    personal: bool = True
    replay: bool = False


def may_export(user: User) -> bool:
    """Whether the user may take evidence out of the house: it holds what is personal."""
    return user.is_one_of(access.AUDITOR, access.ADMIN)


def download(session: Session, key: int, user: User, *, heads: Sequence[int] = (), personal: bool = True) -> IO[bytes]:
    """The bundle of an instance for whoever may export it: auditors and administrators, as a file at its beginning.

    Raises `NotFound`, `Forbidden`, also for whoever is recused from an instance that was called.
    """
    instances.visible_instance(session, key, user)
    keys = [each.key for each in _instances(session, [key])]
    if not may_export(user) or access.readable_inside(session, user, keys) < len(keys):
        raise Forbidden()
    target = SpooledTemporaryFile(max_size=MOST_IN_MEMORY)  # noqa: SIM115 - closed with the answer
    write(db.of(session), target, Wish([key], user.username, heads, personal))
    target.seek(0)
    return target


def write(database: Database, target: IO[bytes], wish: Wish) -> None:
    """Write a bundle as a zip archive. All that happened until now is put under a head first.

    Raises `NotFound` for an unknown instance or head.
    """
    sequencing.sequence(database, force=True)
    with database.reading() as session, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        _Bundle(session, archive, wish).write()


def about(session: Session, register_id: str, record_id: str) -> list[int]:
    """The roots of the instances that wrote a record, or records that refer to it: all the cases of a cycle.

    Raises `NotFound` for an unknown record.
    """
    record, release = reading.find(session, register_id, record_id), newest(session)
    if record is None or release is None:
        raise NotFound()
    written = {record.key}
    for declared in (reading.declared(release, each.resource_id) for each in release.all("register")):
        for each in declared.fields.values():
            if each.type == "reference" and each.register == register_id:
                written |= {row.key for row in reading.search(session, declared, {each.key: record_id}).rows}
    chosen = sorted(written)
    roots: set[int] = set()
    for start in range(0, len(chosen), 500):
        query = (
            select(ProcessInstance.root_key)
            .join(RecordVersion, RecordVersion.instance_key == ProcessInstance.key)
            .where(RecordVersion.record_key.in_(chosen[start : start + 500]))
        )
        roots |= set(session.scalars(query))
    return sorted(roots)


@dataclass
class _Bundle:
    session: Session
    archive: zipfile.ZipFile
    wish: Wish
    files: dict[str, str] = field(default_factory=dict)

    def write(self) -> None:
        head = trees.last_head(self.session)
        if head is None:
            raise NotFound()
        subtrees = trees.subtrees(self.session)
        spoken_of = contents.SpokenOf()
        found = list(_instances(self.session, self.wish.keys))
        entries, positions = [], []
        for instance in found:
            rows = _events(self.session, instance.key, head.size)
            lines = [_line(row, tree.inclusion(subtrees, row.position, head.size)) for row in rows]
            self.add(f"instances/{instance.key}.jsonl", b"".join(lines))
            entries.append(_entry(instance, rows))
            positions += [row.position for row in rows]
            for row in rows:
                spoken_of.note(orjson.loads(row.body))
        told = contents.add(self.session, found, spoken_of, self.add, personal=self.wish.personal)
        earlier = _earlier_heads(self.session, positions, self.wish.heads, head.size)
        for old in earlier:
            self.add(f"heads/{old.size}.txt", old.note.encode())
        self.add("head.txt", head.note.encode())
        self.add("key.txt", f"{trees.signer().verifier}\n".encode())
        self.add("verify_bundle.py", Path(verify_bundle.__file__).read_bytes())
        self.add("README.txt", _README.encode())
        self.finish(
            {
                "format": verify_bundle.FORMAT,
                "made": {"at": machine_now().isoformat(), "by": self.wish.by, "version": __version__},
                "head": head.size,
                "consistency": {
                    str(old.size): [digest.hex() for digest in tree.consistency(subtrees, old.size, head.size)]
                    for old in earlier
                },
                "instances": entries,
                **told,
                **({"replay": [_replayed(self.session, each) for each in found]} if self.wish.replay else {}),
            }
        )

    def add(self, name: str, data: bytes) -> None:
        """Write a file and note its hash for the manifest."""
        self.files[name] = sha256(data).hexdigest()
        self.archive.writestr(name, data)

    def finish(self, manifest: dict[str, Any]) -> None:
        """The manifest, and the signature on it."""
        written = orjson.dumps(manifest | {"files": self.files}, option=orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS)
        signer = trees.signer()
        text = f"{signer.log}\n{verify_bundle.FORMAT}\n{sha256(written).hexdigest()}\n"
        self.archive.writestr("manifest.json", written)
        self.archive.writestr("manifest.note", signer.note(text))


def _instances(session: Session, keys: Sequence[int]) -> Iterator[ProcessInstance]:
    """The instances, and all that they called, in the order of their making; each once."""
    seen: set[int] = set()
    layer = list(session.scalars(select(ProcessInstance).where(ProcessInstance.key.in_(keys))))
    if {instance.key for instance in layer} != set(keys):
        raise NotFound()
    while layer:
        fresh = [instance for instance in sorted(layer, key=lambda each: each.key) if instance.key not in seen]
        yield from fresh
        seen |= {instance.key for instance in fresh}
        parents = [instance.key for instance in fresh]
        layer = list(session.scalars(select(ProcessInstance).where(ProcessInstance.parent_key.in_(parents))))


def _events(session: Session, key: int, size: int) -> Sequence[Row[Any]]:
    """The events of an instance that are under the head; later ones are for another bundle."""
    query = (
        select(Event.seq, Event.body, Event.previous, Event.hash, TreeLeaf.position)
        .join(TreeLeaf, TreeLeaf.event_key == Event.key)
        .where(Event.instance_key == key, TreeLeaf.position < size)
    )
    rows: Sequence[Row[Any]] = session.execute(query.order_by(Event.seq)).all()  # type: ignore[assignment]
    return rows


def _line(row: Row[Any], proof: Sequence[bytes]) -> bytes:
    line = {**row._mapping, "proof": [sibling.hex() for sibling in proof]}
    return orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE)


def _entry(instance: ProcessInstance, rows: Sequence[Row[Any]]) -> dict[str, Any]:
    return {
        "key": str(instance.key),
        "process": instance.process_id,
        "case": instance.business_id,
        "parent": str(instance.parent_key) if instance.parent_key is not None else None,
        "root": str(instance.root_key),
        "status": instance.status,
        "started": instance.started_at.isoformat(),
        "ended": instance.ended_at.isoformat() if instance.ended_at is not None else None,
        "events": len(rows),
        "head": rows[-1].hash if rows else None,
    }


def _earlier_heads(session: Session, positions: Sequence[int], asked: Sequence[int], size: int) -> list[TreeHead]:
    """The first head over each event, the last of each day, and those that were asked for. Raises `NotFound`."""
    signed = session.execute(select(TreeHead.size, TreeHead.signed_at).order_by(TreeHead.size)).all()
    sizes = [row.size for row in signed]
    if not set(asked) <= set(sizes):
        raise NotFound()
    chosen = {sizes[bisect_right(sizes, position)] for position in positions}
    chosen |= {last for _, last in {row.signed_at.date(): row.size for row in signed}.items()}
    wanted = sorted((chosen | set(asked)) - {size})
    return [trees.head(session, each) for each in wanted if each < size]


def _replayed(session: Session, instance: ProcessInstance) -> dict[str, Any]:
    again, over = histories.replay(session, instance), recomputing.recompute(session, instance)
    return {
        "instance": str(instance.key),
        "evaluations": over.evaluations,
        "evaluationsGone": over.gone,
        "evaluationsDifferent": list(over.different),
        "steps": again.steps,
        "same": again.same,
        "firstDifference": again.first_difference,
        "build": again.build,
    }
