"""Reading the tree over all events: its heads, its proofs, and whether the events still give its roots."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from service import keys
from service.errors import NotFound
from service.history import heads, tree
from service.models import Event, TreeHead, TreeLeaf, TreeTile

_CHUNK = 2_000


def signer() -> heads.Signer:
    """This installation's signing key, derived from the secret outside the database."""
    return heads.Signer(keys.key("tree"))


def last_head(session: Session) -> TreeHead | None:
    """The newest head, or None before the first."""
    return session.scalars(select(TreeHead).order_by(TreeHead.size.desc()).limit(1)).first()


def head(session: Session, size: int) -> TreeHead:
    """The head of the tree of `size` leaves. Raises `NotFound`."""
    found = session.get(TreeHead, size)
    if found is None:
        raise NotFound()
    return found


def newest_heads(session: Session, limit: int, *, before: int | None = None) -> list[TreeHead]:
    """Heads, the newest first; `before` a size pages on."""
    query = select(TreeHead).order_by(TreeHead.size.desc()).limit(limit)
    return list(session.scalars(query if before is None else query.where(TreeHead.size < before)))


def subtrees(session: Session) -> tree.Subtrees:
    """Hashes over whole subtrees out of the stored tiles, each read once."""
    return tree.of_tiles(tiles(session))


def tiles(session: Session, known: Mapping[tuple[int, int], bytes] | None = None) -> tree.Tiles:
    """The stored tiles, each read once; those in `known` not at all. One that is not there is empty."""
    read = dict(known or {})

    def tile(level: int, number: int) -> bytes:
        if (level, number) not in read:
            found = session.get(TreeTile, (level, number))
            read[level, number] = found.hashes if found is not None else b""
        return read[level, number]

    return tile


def positions(session: Session, instance_key: int) -> dict[int, int]:
    """Sequence number of an event of the instance → its position, for those under a head."""
    query = (
        select(Event.seq, TreeLeaf.position)
        .join(TreeLeaf, TreeLeaf.event_key == Event.key)
        .where(Event.instance_key == instance_key, TreeLeaf.position.is_not(None))
    )
    return {seq: position for seq, position in session.execute(query) if position is not None}


@dataclass(frozen=True, slots=True)
class TreeReport:
    """What recomputing the tree from the events found. Texts in `wrong` name what does not fit, the first first."""

    leaves: int
    heads: int
    waiting: int
    wrong: tuple[str, ...]


def check(session: Session, *, most: int = 20) -> TreeReport:
    """Compute the whole tree anew from the events, and compare with tiles and with every head that was signed.

    An event that was changed with its hash is named by instance and sequence number. Costs about 10 s per million
    events; nothing is locked.
    """
    wrong: list[str] = []
    signed = {row.size: row for row in session.scalars(select(TreeHead))}
    mine, stored = signer(), tiles(session)
    peaks: list[tuple[int, bytes]] = []
    size = 0
    for size, (position, key, seq, digest) in enumerate(_leaves(session), start=1):
        hashed = tree.leaf(bytes.fromhex(digest))
        start = (size - 1) % tree.TILE_WIDTH * tree.HASH_BYTES
        if position != size - 1:
            wrong.append(f"position {size - 1}: there is no event")
            break
        if stored(0, position // tree.TILE_WIDTH)[start : start + tree.HASH_BYTES] != hashed:
            wrong.append(f"position {position}: event {seq} of instance {key} is not the one that was put in")
        _push(peaks, hashed)
        if size in signed and (fault := _fault(signed.pop(size), _root(peaks), mine)):
            wrong.append(fault)
        if len(wrong) >= most:
            break
    else:
        wrong += [f"head {size}: there are fewer events" for size in sorted(signed)]
    loose = session.scalar(
        select(func.count())
        .select_from(Event)
        .outerjoin(TreeLeaf, TreeLeaf.event_key == Event.key)
        .where(TreeLeaf.id.is_(None))
    )
    if loose:
        wrong.append(f"{loose} events are no leaves: a trigger was missing when they were written")
    waiting = session.scalar(select(func.count()).select_from(TreeLeaf).where(TreeLeaf.position.is_(None))) or 0
    count = session.scalar(select(func.count()).select_from(TreeHead)) or 0
    return TreeReport(size, count, waiting, tuple(wrong[:most]))


def _leaves(session: Session) -> Iterator[tuple[int, int, int, str]]:
    """Position, instance, sequence number and hash of all events in the tree, in order."""
    after = -1
    while True:
        rows = session.execute(
            select(TreeLeaf.position, Event.instance_key, Event.seq, Event.hash)
            .join(Event, Event.key == TreeLeaf.event_key)
            .where(TreeLeaf.position > after)
            .order_by(TreeLeaf.position)
            .limit(_CHUNK)
        ).all()
        for position, key, seq, digest in rows:
            assert position is not None  # noqa: S101 - asked for
            yield position, key, seq, digest
            after = position
        if len(rows) < _CHUNK:
            return


def _fault(row: TreeHead, root: bytes, mine: heads.Signer) -> str | None:
    """What is wrong with a stored head whose tree is known to have this root."""
    if row.root != root.hex():
        return f"head {row.size}: the events give another root"
    told = heads.Head(row.size, root, row.signed_at)
    if row.note != mine.signed(told):  # Ed25519 signs the same text with the same key always alike
        return f"head {row.size}: the note is not signed by this installation's key"
    return None


def _push(peaks: list[tuple[int, bytes]], hashed: bytes) -> None:
    level = 0
    while peaks and peaks[-1][0] == level:
        hashed = tree.node(peaks.pop()[1], hashed)
        level += 1
    peaks.append((level, hashed))


def _root(peaks: list[tuple[int, bytes]]) -> bytes:
    *rest, (_, root) = peaks
    for _, left in reversed(rest):
        root = tree.node(left, root)
    return root
