"""The Merkle tree over all events: roots, inclusion and consistency proofs.

A leaf's data is an event's hash, which covers the event's body and with it its instance and sequence number.
Stored are tiles: up to 256 neighbouring hashes of every eighth level, so that a proof over a million leaves reads
three rows, and a thousand new leaves write half a dozen.

Source: RFC 9162, section 2.1. The tiles are those of the C2SP draft "tiled transparency logs".
"""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from hashlib import sha256

HASH_BYTES = 32
#: The root of a tree without leaves.
EMPTY = sha256(b"").digest()
#: Levels between two tiles on the way up, and how many hashes a full tile has.
TILE_LEVELS = 8
TILE_WIDTH = 1 << TILE_LEVELS

#: The hash over a whole subtree: (level, number) → over the leaves number·2^level up to (number + 1)·2^level.
Subtrees = Callable[[int, int], bytes]
#: The hashes of a tile as they are stored, one after the other: (level, tile) →
Tiles = Callable[[int, int], bytes]


def leaf(data: bytes) -> bytes:
    """The hash of a leaf."""
    return sha256(b"\x00" + data).digest()


def node(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees under one node; the other first byte keeps nodes and leaves apart."""
    return sha256(b"\x01" + left + right).digest()


def root(subtrees: Subtrees, end: int, first: int = 0) -> bytes:
    """The hash over the leaves `first` … `end - 1`, as RFC 9162 splits them."""
    width = end - first
    if width == 0:
        return EMPTY
    if width & (width - 1) == 0:
        return subtrees(width.bit_length() - 1, first // width)
    middle = first + _left(width)
    return node(root(subtrees, middle, first), root(subtrees, end, middle))


def inclusion(subtrees: Subtrees, position: int, size: int) -> list[bytes]:
    """The proof that the leaf at `position` is in the tree of `size` leaves: siblings from the leaf up to the root."""
    first, end = 0, size
    path: list[bytes] = []
    while end - first > 1:
        middle = first + _left(end - first)
        if position < middle:
            path.append(root(subtrees, end, middle))
            end = middle
        else:
            path.append(root(subtrees, middle, first))
            first = middle
    return path[::-1]


def consistency(subtrees: Subtrees, old: int, new: int) -> list[bytes]:
    """The proof that the tree of `new` leaves begins with the tree of `old` leaves; 0 < old <= new."""
    first, end = 0, new
    path: list[bytes] = []
    while end != old:
        middle = first + _left(end - first)
        if old <= middle:
            path.append(root(subtrees, end, middle))
            end = middle
        else:
            path.append(root(subtrees, middle, first))
            first = middle
    if first:  # otherwise the old tree is itself a subtree, and whoever checks has its root
        path.append(root(subtrees, end, first))
    return path[::-1]


def of_tiles(tiles: Tiles) -> Subtrees:
    """Whole subtrees out of tiles that do not change meanwhile; each is computed once, since proofs share most."""

    @cache
    def subtree(level: int, number: int) -> bytes:
        row, height = divmod(level, TILE_LEVELS)
        if height:
            return node(subtree(level - 1, 2 * number), subtree(level - 1, 2 * number + 1))
        start = number % TILE_WIDTH * HASH_BYTES
        return tiles(row, number // TILE_WIDTH)[start : start + HASH_BYTES]

    return subtree


def folded(hashes: bytes) -> bytes:
    """The hash over neighbouring subtrees; their number is a power of two."""
    layer = [hashes[at : at + HASH_BYTES] for at in range(0, len(hashes), HASH_BYTES)]
    while len(layer) > 1:
        layer = [node(*pair) for pair in zip(layer[::2], layer[1::2], strict=True)]
    return layer[0]


def grown(tiles: Tiles, size: int, leaves: Iterable[bytes]) -> dict[tuple[int, int], bytes]:
    """The tiles that change when leaves (their hashes) are put behind the `size` that there are.

    Raises `ValueError` if a stored tile does not hold what `size` says.
    """
    changed: dict[tuple[int, int], bytes] = {}
    level, fresh = 0, list(leaves)
    while fresh:
        changed_here, full = _extended(tiles, level, size >> (TILE_LEVELS * level), fresh)
        changed |= changed_here
        level, fresh = level + 1, full
    return changed


def _extended(
    tiles: Tiles, level: int, start: int, fresh: Sequence[bytes]
) -> tuple[dict[tuple[int, int], bytes], list[bytes]]:
    """The changed tiles of one level, and the hashes over those that have become full."""
    changed: dict[tuple[int, int], bytes] = {}
    full: list[bytes] = []
    for number, digest in enumerate(fresh, start):
        at, filled = (level, number // TILE_WIDTH), number % TILE_WIDTH
        if at not in changed:
            changed[at] = tiles(*at) if filled else b""
            if len(changed[at]) != filled * HASH_BYTES:
                raise ValueError(f"tile {at[1]} of level {level} does not hold {filled} hashes")
        changed[at] += digest
        if filled == TILE_WIDTH - 1:
            full.append(folded(changed[at]))
    return changed, full


def _left(width: int) -> int:
    """How many of `width` leaves lie to the left: the largest power of two below it."""
    return 1 << (width - 1).bit_length() - 1
