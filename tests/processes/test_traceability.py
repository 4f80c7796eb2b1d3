"""Every sentence of the regulation has its place: the table of `processes/README.md`, clause by clause."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = ROOT / "processes" / "README.md"
#: Clauses of the regulation and how many numbered items each has.
CLAUSES = dict.fromkeys("一二三四七八九", 0) | {
    "五": 3, "六": 7, "十": 7, "十一": 6, "十二": 0, "十三": 5, "十四": 0, "十五": 8, "十六": 0, "十七": 0,
    "十八": 0, "十九": 6, "二十": 0, "二十一": 0, "二十二": 0, "二十三": 0,
}  # fmt: skip
NUMBERS = "一二三四五六七八"
PROOFS = {
    "processes": ROOT / "tests/processes",
    "decisions": ROOT / "tests/processes/decisions",
    "scenes": ROOT / "tests/processes/scenes",
}


def rows():
    """Clause, what it asks for, where it lives, what proves it."""
    text = README.read_text(encoding="utf-8")
    table = text[text.index("## 条款在哪里") :].split("\n\n")[2]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()[2:]]


def named(files):
    return [name for row in rows() for name in re.findall(r"`([^`]+)`", row[files])]


@pytest.fixture(scope="module")
def files():
    """File name → the one file of the award that is called so."""
    found = {}
    for folder in ("processes", "forms"):
        for path in (ROOT / folder).rglob("*"):
            found.setdefault(path.name, []).append(path)
    return found


def test_every_clause_and_every_item_has_a_row():
    wanted = {f"第{clause}条" for clause, items in CLAUSES.items() if items == 0 or clause in ("十五", "十九")}
    wanted |= {f"第{clause}条（{NUMBERS[n]}）" for clause, items in CLAUSES.items() for n in range(items)}
    wanted.add("第十一条末款")

    assert wanted <= {row[0] for row in rows()}


def test_every_row_says_where_and_what_proves_it():
    assert [row for row in rows() if not all(re.search(r"`[^`]+`", cell) for cell in row[2:4])] == []


@pytest.mark.parametrize("target", sorted(set(named(2))))
def test_a_place_exists(files, target):
    name, _, id = target.partition("#")

    [path] = files[name]
    content = path.read_text(encoding="utf-8")

    assert re.search(rf'"{re.escape(id)}"', content), f"{path} has no {id}"


@pytest.mark.parametrize("proof", sorted(set(named(3))))
def test_a_proof_exists(proof):
    folder, _, name = proof.rpartition("/")
    place = PROOFS[folder] if folder else ROOT / "processes" / "rehearsals"

    assert (place / name).is_file()
