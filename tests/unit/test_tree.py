"""The tree over all events, against the definition of RFC 9162 written out, and known roots."""

from datetime import UTC, datetime
from hashlib import sha256

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from service.history import heads, tree

#: Leaves and roots of the reference implementation of Certificate Transparency (merkle_tree_test.cc).
INPUTS = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


def root_of(leaves):
    """MTH of RFC 9162, 2.1.1, over hashed leaves."""
    if len(leaves) == 1:
        return leaves[0]
    left = 1
    while left * 2 < len(leaves):
        left *= 2
    return sha256(b"\x01" + root_of(leaves[:left]) + root_of(leaves[left:])).digest()


def path_of(position, leaves):
    """PATH of RFC 9162, 2.1.3.1."""
    if len(leaves) == 1:
        return []
    left = 1
    while left * 2 < len(leaves):
        left *= 2
    if position < left:
        return [*path_of(position, leaves[:left]), root_of(leaves[left:])]
    return [*path_of(position - left, leaves[left:]), root_of(leaves[:left])]


def subproof(old, leaves, whole):
    """SUBPROOF of RFC 9162, 2.1.4.1."""
    if old == len(leaves):
        return [] if whole else [root_of(leaves)]
    left = 1
    while left * 2 < len(leaves):
        left *= 2
    if old <= left:
        return [*subproof(old, leaves[:left], whole), root_of(leaves[left:])]
    return [*subproof(old - left, leaves[left:], False), root_of(leaves[:left])]


def leaves_of(count):
    return [tree.leaf(str(number).encode()) for number in range(count)]


def stored(leaves, steps):
    """The tiles after growing by `steps` leaves at a time."""
    tiles = {}

    def read(*at):
        return tiles.get(at, b"")

    for start in range(0, len(leaves), steps):
        tiles.update(tree.grown(read, start, leaves[start : start + steps]))
    return tiles


def subtrees(tiles):
    return tree.of_tiles(lambda *at: tiles[at])


def test_the_roots_are_those_of_the_reference_implementation():
    leaves = [tree.leaf(bytes.fromhex(text)) for text in INPUTS]

    found = [tree.root(subtrees(stored(leaves, 3)), size).hex() for size in range(1, 9)]

    assert found == ROOTS
    assert tree.root(subtrees({}), 0) == sha256(b"").digest()


@pytest.mark.parametrize("steps", [1, 7, 256, 700])
def test_however_a_tree_grows_its_tiles_are_the_same(steps):
    leaves = leaves_of(700)

    assert stored(leaves, steps) == stored(leaves, 700)


def test_roots_and_proofs_of_every_size_are_those_of_the_definition():
    leaves = leaves_of(70)
    found = subtrees(stored(leaves, 9))

    for size in range(1, 71):
        assert tree.root(found, size) == root_of(leaves[:size])
        for position in range(size):
            assert tree.inclusion(found, position, size) == path_of(position, leaves[:size])
            assert tree.consistency(found, position + 1, size) == subproof(position + 1, leaves[:size], True)


@pytest.mark.parametrize(("position", "size"), [(0, 66_000), (65_535, 65_536), (65_536, 66_000), (300, 65_537)])
def test_proofs_over_several_levels_of_tiles(position, size):
    leaves = leaves_of(size)
    found = subtrees(stored(leaves, 20_000))

    assert tree.root(found, size) == root_of(leaves)
    assert tree.inclusion(found, position, size) == path_of(position, leaves)
    assert tree.consistency(found, position + 1, size) == subproof(position + 1, leaves, True)


def test_tiles_that_are_not_those_of_the_size_are_refused():
    tiles = stored(leaves_of(10), 10)

    with pytest.raises(ValueError, match="does not hold 11 hashes"):
        tree.grown(lambda *at: tiles[at], 11, leaves_of(1))


def test_a_head_is_a_signed_note():
    signer = heads.Signer(bytes(range(32)))
    head = heads.Head(1234, bytes(range(32)), MONDAY)

    note = signer.signed(head)

    name, id, key = signer.verifier.split("+", 2)
    text, signature = note[: note.index("\n\n") + 1], note.splitlines()[-1]
    raw = heads.b64decode(key)
    assert note.splitlines()[:4] == [signer.log, "1234", heads.b64encode(head.root).decode(), "2026-11-23T09:00:00Z"]
    assert signature.startswith(f"— {name} ")
    assert heads.b64decode(signature.split(" ")[2])[:4].hex() == id
    assert sha256(f"{name}\n".encode() + raw).hexdigest()[:8] == id
    public = Ed25519PublicKey.from_public_bytes(raw[1:])
    public.verify(heads.b64decode(signature.split(" ")[2])[4:], text.encode())
    with pytest.raises(InvalidSignature):
        public.verify(heads.b64decode(signature.split(" ")[2])[4:], text.replace("1234", "1235").encode())
    assert heads.read(note) == head


@pytest.mark.parametrize("text", ["", "x", "a\nb\nc\nd\n", "a\n12\n!!\n2026-11-23T09:00:00Z\n"])
def test_what_is_no_head_is_not_read(text):
    with pytest.raises(ValueError, match="no tree head"):
        heads.read(text)
