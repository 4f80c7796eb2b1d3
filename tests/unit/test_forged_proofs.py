"""Forged proofs: each claims something that is not so, and the verifier refuses every one."""

import pytest

from service.history import tree
from service.history.verify_bundle import Wrong, check_consistency, check_inclusion, climbed, node_hash

DATA = [bytes([number]) * 32 for number in range(13)]
LEAVES = [tree.leaf(data) for data in DATA]
TILES = tree.grown(lambda *at: b"", 0, LEAVES)
SUBTREES = tree.of_tiles(lambda *at: TILES[at])
SIZE = len(DATA)


def root(size=SIZE):
    return tree.root(SUBTREES, size)


def proof(position, size=SIZE):
    return tree.inclusion(SUBTREES, position, size)


def between(old, new=SIZE):
    return tree.consistency(SUBTREES, old, new)


def flipped(hashes, at=0):
    return [*hashes[:at], bytes([hashes[at][0] ^ 1]) + hashes[at][1:], *hashes[at + 1 :]]


OTHER = b"\xff" * 32
#: The root of a tree of six whose last event is another.
FORKED = node_hash(tree.root(SUBTREES, 4), node_hash(LEAVES[4], tree.leaf(OTHER)))
INNER = node_hash(LEAVES[4], LEAVES[5])
#: What is claimed → (data, position, size, root, proof).
INCLUSION = {
    "another event at the place of this": (OTHER, 4, SIZE, root(), proof(4)),
    "the event of the neighbour": (DATA[5], 4, SIZE, root(), proof(4)),
    "at the place of the neighbour": (DATA[4], 5, SIZE, root(), proof(4)),
    "a place behind the end": (DATA[4], SIZE, SIZE, root(), proof(4)),
    "a place before the beginning": (DATA[4], -1, SIZE, root(), proof(4)),
    "in a larger tree": (DATA[4], 4, SIZE + 4, root(), proof(4)),
    "in a smaller tree": (DATA[4], 4, 8, root(), proof(4)),
    "in an empty tree": (DATA[4], 0, 0, root(), []),
    "under another root": (DATA[4], 4, SIZE, root(12), proof(4)),
    "with the proof of another event": (DATA[4], 4, SIZE, root(), proof(7)),
    "with the proof of another size": (DATA[4], 4, SIZE, root(), proof(4, 12)),
    "without the first sibling": (DATA[4], 4, SIZE, root(), proof(4)[1:]),
    "without the last sibling": (DATA[4], 4, SIZE, root(), proof(4)[:-1]),
    "without any sibling": (DATA[4], 4, SIZE, root(), []),
    "with one sibling too many": (DATA[4], 4, SIZE, root(), [*proof(4), OTHER]),
    "with the siblings turned around": (DATA[4], 4, SIZE, root(), proof(4)[::-1]),
    "with a sibling altered": (DATA[4], 4, SIZE, root(), flipped(proof(4), 2)),
    "with a shortened sibling": (DATA[4], 4, SIZE, root(), [proof(4)[0][:31], *proof(4)[1:]]),
    "an inner node as an event": (LEAVES[4] + LEAVES[5], 2, 7, root(), proof(4)[1:]),
    "the hash of an inner node as an event": (INNER, 2, 7, root(), proof(4)[1:]),
    "the root as the only event": (root(), 0, 1, root(), []),
    "the last event with a proof of the full tree": (DATA[12], 12, 16, root(), proof(12)),
}
#: What is claimed → (old, old root, new, new root, proof).
CONSISTENCY = {
    "of another old root": (6, root(7), SIZE, root(), between(6)),
    "of another new root": (6, root(6), SIZE, root(12), between(6)),
    "of another old size": (7, root(6), SIZE, root(), between(6)),
    "of a full old tree of another root": (8, root(7), SIZE, root(), between(8)),
    "of another new size": (6, root(6), SIZE + 4, root(), between(6)),
    "of a tree that shrank": (SIZE, root(), 6, root(6), between(6)),
    "of the empty tree": (0, tree.EMPTY, SIZE, root(), between(6)),
    "without a proof": (6, root(6), SIZE, root(), []),
    "without the first hash": (6, root(6), SIZE, root(), between(6)[1:]),
    "without the last hash": (6, root(6), SIZE, root(), between(6)[:-1]),
    "with one hash too many": (6, root(6), SIZE, root(), [*between(6), OTHER]),
    "with a hash altered": (6, root(6), SIZE, root(), flipped(between(6), 1)),
    "with the hashes turned around": (6, root(6), SIZE, root(), between(6)[::-1]),
    "of two roots for one size": (SIZE, root(12), SIZE, root(), []),
    "of one size with a proof": (SIZE, root(), SIZE, root(), [OTHER]),
    "of a history that forked": (6, FORKED, SIZE, root(), between(6)),
}


@pytest.mark.parametrize("claim", INCLUSION)
def test_a_forged_inclusion_is_refused(claim):
    with pytest.raises(Wrong):
        check_inclusion(*INCLUSION[claim])


@pytest.mark.parametrize("claim", CONSISTENCY)
def test_a_forged_consistency_is_refused(claim):
    with pytest.raises(Wrong):
        check_consistency(*CONSISTENCY[claim])


def test_every_true_proof_is_accepted():
    for size in range(1, SIZE + 1):
        for position in range(size):
            check_inclusion(DATA[position], position, size, root(size), proof(position, size))
            check_consistency(position + 1, root(position + 1), size, root(size), between(position + 1, size))


def test_no_event_stands_at_two_places():
    for size in range(1, SIZE + 1):
        for position in range(size):
            for place in set(range(size)) - {position}:
                with pytest.raises(Wrong):
                    check_inclusion(DATA[position], place, size, root(size), proof(position, size))


def test_a_way_up_has_one_length():
    with pytest.raises(Wrong):
        list(climbed(0, 0, [OTHER]))
    assert list(climbed(0, 0, [])) == []
