"""The sequencer: puts every event into the one tree, signs its heads, hands them out.

It runs in the worker, so that a step pays nothing for it but a trigger's row. Any number of workers may run it: one
at a time gets to work, and all of them hand out.
"""

import fcntl
import logging
import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from service import db
from service.clock import machine_now
from service.db import Database
from service.history import heads, tree
from service.history.heads import Head
from service.logs import fields
from service.models import Base, Event, TreeHead, TreeLeaf, TreeTile
from service.operations import trees
from service.operations.upserts import send, upsert

log = logging.getLogger("service.tree")
#: A head is signed at the latest when this many events wait, or when the oldest has waited about this long.
BATCH, EVERY = 1_000, timedelta(seconds=60)
#: Where heads are handed out to, in the configured folder: notes, one after the other, never changed.
FILE_NAME = "tree-heads.txt"
_LOCK = "history tree"
_LEAVES = Base.metadata.tables[TreeLeaf.__tablename__]
_PLACE = _LEAVES.update().where(_LEAVES.c.id == bindparam("of")).values(position=bindparam("position"))


def sequence(database: Database, *, force: bool = False) -> int:
    """Put waiting events into the tree and sign a head per batch, if it is time; `force`: all of them, now.

    Each batch is a transaction of its own. Returns how many events were put in.
    """
    done = 0
    while True:
        with database.reading() as session:
            if not force and not _is_due(session, machine_now()):
                return done
        with database.writing() as session:
            if force:
                db.hold(session, _LOCK)
            elif not db.try_hold(session, _LOCK):
                return done
            put = _grow(session, machine_now())
            session.commit()
        done += put
        if put < BATCH:
            return done


def hand_out(database: Database, folder: Path) -> int:
    """Append the heads that the file in `folder` does not have yet. Returns how many they were.

    The file is worth what the folder is: one that the service's machine can write to and not change (a mailbox, a
    write-once share) makes a rewritten history visible.
    """
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / FILE_NAME
    with path.open("ab+") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with database.reading() as session:
            notes = _missing(session, file)
        file.write("".join(f"{note}\n" for note in notes).encode())
        file.flush()
        os.fsync(file.fileno())
    return len(notes)


def strangers(session: Session, folder: Path) -> list[str]:
    """What is wrong with the heads that were handed out to `folder`: those that are not of this history."""
    path = folder / FILE_NAME
    notes = path.read_text(encoding="utf-8").split("\n\n")[::2] if path.exists() else []
    wrong: list[str] = []
    for note in filter(None, notes):
        head = heads.read(note + "\n")
        row = session.get(TreeHead, head.size)
        if row is None or row.root != head.root.hex():
            wrong.append(f"head {head.size}: {path.name} has one that is not of this history")
    return wrong


class Sequencer:
    """What a worker calls every few seconds."""

    def __init__(self, database: Database, folder: Path) -> None:
        self._database, self._folder = database, folder
        self._handed_out: datetime | None = None

    def tick(self) -> None:
        """Sequence what is due, and hand out heads, also those that other workers signed."""
        sequence(self._database)
        with self._database.reading() as session:
            newest = session.scalar(select(func.max(TreeHead.signed_at)))
        if newest != self._handed_out:
            hand_out(self._database, self._folder)
            self._handed_out = newest


def _is_due(session: Session, now: datetime) -> bool:
    waiting = select(TreeLeaf.id).where(TreeLeaf.position.is_(None)).limit(BATCH).subquery()
    count = session.scalar(select(func.count()).select_from(waiting)) or 0
    if count in (0, BATCH):
        return count > 0
    last = trees.last_head(session)
    # The distance, whichever way: a clock that was put back must not stop the heads.
    return last is None or abs(now - last.signed_at) >= EVERY


def _grow(session: Session, now: datetime) -> int:
    """One batch: positions, tiles, head. Raises `ValueError` if the stored tiles are not those of the last head."""
    last = trees.last_head(session)
    size = last.size if last is not None else 0
    rows = session.execute(
        select(TreeLeaf.id, Event.hash)
        .join(Event, Event.key == TreeLeaf.event_key)
        .where(TreeLeaf.position.is_(None))
        .order_by(TreeLeaf.id)
        .limit(BATCH)
    ).all()
    if not rows:
        return 0
    stored = trees.tiles(session)
    if last is not None and tree.root(tree.of_tiles(stored), size).hex() != last.root:
        raise ValueError(f"the tiles of the tree are not those of its head of {size} events")
    changed = tree.grown(stored, size, (tree.leaf(bytes.fromhex(digest)) for _, digest in rows))
    connection = session.connection()
    send(connection, _PLACE, [{"of": id, "position": size + number} for number, (id, _) in enumerate(rows)])
    upsert(
        connection,
        TreeTile.__tablename__,
        [{"level": level, "tile": tile, "hashes": hashes} for (level, tile), hashes in changed.items()],
        unique=("level", "tile"),
        changes=("hashes",),
    )
    size += len(rows)
    root = tree.root(tree.of_tiles(trees.tiles(session, changed)), size)
    at = now.replace(microsecond=0)
    session.add(TreeHead(size=size, root=root.hex(), signed_at=at, note=trees.signer().signed(Head(size, root, at))))
    session.flush()
    return len(rows)


def _missing(session: Session, file: BinaryIO) -> list[str]:
    """The notes that the file does not have, in order."""
    last = _last(file)
    row = session.get(TreeHead, last.size) if last is not None else None
    notes = select(TreeHead.note).order_by(TreeHead.size)
    if last is None:
        return list(session.scalars(notes))
    if row is not None and row.root == last.root.hex():
        return list(session.scalars(notes.where(TreeHead.size > last.size)))
    log.error(
        "the heads handed out are not of this history: was an older backup restored?", extra=fields(count=last.size)
    )
    file.seek(0)
    there = set(file.read().decode("utf-8", "replace").split("\n\n"))
    return [note for note in session.scalars(notes) if note.split("\n\n")[0] not in there]


def _last(file: BinaryIO) -> Head | None:
    """The last head in the file; None for an empty one. Raises `ValueError` if the file ends with something else."""
    file.seek(max(0, file.seek(0, os.SEEK_END) - 4096))
    # A note is two parts, what was signed and the signature; another blank line stands between notes.
    parts = file.read().decode("utf-8", "replace").rstrip("\n").split("\n\n")
    return heads.read(parts[-2] + "\n") if len(parts) > 1 else None
