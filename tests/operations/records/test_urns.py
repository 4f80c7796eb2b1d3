"""A ballot box counts; who chose what is nowhere."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

import pytest
from sqlalchemy import inspect, select, text

from service import db, urns
from service.errors import FormInvalid, NotFound
from service.models import Urn
from service.urns import AlreadyVoted, NotEntitled, UrnClosed, UrnFault
from tests.support.records import MONDAY, call, instance, people

VOTERS = ["ada", "bob", "cleo"]
CHOICES = {"motion": ["yes", "no", "abstain"]}


@pytest.fixture(autouse=True)
def keys(tmp_path):
    """The folder of the boxes' keys."""
    urns.configure(tmp_path, b"s" * 32)
    return tmp_path / "urns"


@pytest.fixture
def box(session):
    urn = urns.open(session, "box", instance(session).key, VOTERS, CHOICES)
    session.commit()
    return urn


def everything(session) -> dict[str, list]:
    """Every row of every table, the sealed content by its size only: its bytes differ each time by their nonce."""
    session.flush()
    tables = inspect(session.connection()).get_table_names()
    rows = {name: [tuple(row) for row in session.execute(text(f"SELECT * FROM {name}"))] for name in tables}
    sealed = session.scalars(select(Urn.sealed)).all()
    rows["urns"] = [
        tuple(len(value) if value in sealed and value is not None else value for value in row) for row in rows["urns"]
    ]
    return rows


@pytest.mark.both_databases
def test_a_box_counts_what_was_cast(session, keys):
    opened = call(session, "urn.open", {"name": "box", "electorate": VOTERS, "choices": CHOICES})
    session.commit()
    for name, choice in (("cleo", "yes"), ("ada", "no")):
        urns.cast(session, "box", name, {"motion": choice})
        session.commit()

    closed = call(session, "urn.close", {"name": "box"})
    session.commit()

    assert opened == {"urn": {"name": "box", "electorate": VOTERS}}
    assert closed == {
        "counts": {"motion": {"abstain": Decimal(0), "no": Decimal(1), "yes": Decimal(1)}},
        "voted": ["ada", "cleo"],
        "electorate": VOTERS,
    }
    urn = session.scalars(select(Urn)).one()
    assert (urn.sealed, urn.closed_at) == (None, MONDAY)
    assert list(keys.iterdir()) == []


@pytest.mark.both_databases
def test_two_votes_swapped_leave_the_same_bytes_everywhere(store):
    """Both ways round are cast from the same state; only the encryption's nonce may differ."""
    seen = []
    with store.writing() as session:
        urns.open(session, "box", instance(session).key, VOTERS, CHOICES)
        session.commit()
    for ada, bob in (("yes", "no"), ("no", "yes")):
        with store.writing() as session:
            urns.cast(session, "box", "ada", {"motion": ada})
            after_one = everything(session)
            urns.cast(session, "box", "bob", {"motion": bob})
            after_both = everything(session)
            urns.close(session, "box", now=MONDAY)
            seen.append((after_one, after_both, everything(session)))
            session.rollback()

    assert seen[0] == seen[1]


def test_the_order_of_voting_is_not_kept(store):
    seen = []
    with store.writing() as session:
        urns.open(session, "box", instance(session).key, VOTERS, CHOICES)
        session.commit()
    for order in (VOTERS, VOTERS[::-1]):
        with store.writing() as session:
            for name in order:
                urns.cast(session, "box", name, {"motion": "yes" if name == "ada" else "no"})
            seen.append(everything(session))
            session.rollback()

    assert seen[0] == seen[1]


def test_the_content_has_one_size_whatever_is_in_it(session, box):
    sizes, contents = {len(box.sealed)}, {box.sealed}
    for name, choice in zip(VOTERS, CHOICES["motion"], strict=True):
        urns.cast(session, "box", name, {"motion": choice})
        sizes.add(len(box.sealed))
        contents.add(box.sealed)

    assert len(sizes) == 1
    assert len(contents) == 4
    assert not any(word in content for content in contents for word in (b"yes", b"abstain", b"motion"))


@pytest.mark.parametrize(
    ("name", "answers", "error"),
    [
        ("dan", {"motion": "yes"}, NotEntitled),
        ("ada", {"motion": "perhaps"}, FormInvalid),
        ("ada", {"motion": ["yes"]}, FormInvalid),
        ("ada", {}, FormInvalid),
        ("ada", {"motion": "yes", "other": "yes"}, FormInvalid),
    ],
)
def test_what_does_not_belong_in_the_box_is_refused(session, box, name, answers, error):
    with pytest.raises(error):
        urns.cast(session, "box", name, answers)

    assert box.voted == []


def test_one_ballot_each(session, box):
    urns.cast(session, "box", "ada", {"motion": "yes"})

    with pytest.raises(AlreadyVoted) as refused:
        urns.cast(session, "box", "ada", {"motion": "no"})

    assert (refused.value.code, refused.value.status) == ("ALREADY_VOTED", 409)
    assert urns.close(session, "box", now=MONDAY).counts["motion"]["yes"] == 1


def test_a_closed_box_takes_nothing_and_answers_the_same_again(session, box):
    urns.cast(session, "box", "ada", {"motion": "yes"})
    counted = urns.close(session, "box", now=MONDAY).counts

    with pytest.raises(UrnClosed):
        urns.cast(session, "box", "bob", {"motion": "yes"})
    assert urns.close(session, "box", now=MONDAY).counts == counted


def test_an_unknown_box_is_not_found(session):
    with pytest.raises(NotFound):
        urns.cast(session, "box", "ada", {"motion": "yes"})


@pytest.mark.parametrize(
    ("electorate", "choices", "reason"),
    [
        ([], CHOICES, "electorate"),
        (["ada", "nobody"], CHOICES, "does not exist"),
        (["ada", "ada_at_home"], CHOICES, "two accounts of one person"),
        (VOTERS, {}, "questions"),
        (VOTERS, {"motion": []}, "choices"),
        (VOTERS, {"motion": ["yes", "yes"]}, "differ"),
    ],
)
def test_a_box_that_makes_no_sense_is_not_opened(session, electorate, choices, reason):
    people(session, "ada_at_home", ada_at_home="ada")

    with pytest.raises(UrnFault, match=reason):
        urns.open(session, "box", instance(session).key, electorate, choices)


def test_a_box_is_opened_once(session, box):
    with pytest.raises(UrnFault, match="already"):
        urns.open(session, "box", box.instance_key, VOTERS, CHOICES)


def test_the_content_of_another_box_is_noticed(session, box):
    other = urns.open(session, "other", box.instance_key, VOTERS, CHOICES)
    box.sealed = other.sealed

    with pytest.raises(UrnFault, match="tampered"):
        urns.cast(session, "box", "ada", {"motion": "yes"})


def test_an_older_content_put_back_is_noticed_at_the_count(session, box):
    empty = box.sealed
    urns.cast(session, "box", "ada", {"motion": "yes"})
    box.sealed = empty

    with pytest.raises(UrnFault, match="as many ballots"):
        urns.close(session, "box", now=MONDAY)


def test_without_its_key_the_content_stays_shut(session, box, keys):
    [key] = keys.iterdir()
    assert key.stat().st_mode & 0o777 == 0o600
    content = key.read_bytes()
    key.unlink()
    with pytest.raises(UrnFault, match="not on this machine"):
        urns.cast(session, "box", "ada", {"motion": "yes"})
    key.write_bytes(content)
    urns.configure(keys.parent, b"t" * 32)  # the key alone is not enough either: another installation's secret

    with pytest.raises(UrnFault, match="its key is another one"):
        urns.cast(session, "box", "ada", {"motion": "yes"})


def test_the_key_goes_with_the_commit_of_closing_and_stays_with_its_rollback(session, box, keys):
    urns.close(session, "box", now=MONDAY)
    session.rollback()
    session.execute(select(Urn))
    session.commit()
    assert len(list(keys.iterdir())) == 1

    urns.close(session, "box", now=MONDAY)
    session.commit()

    assert list(keys.iterdir()) == []


def test_keys_that_no_open_box_needs_are_swept(session, box, keys):
    closed = urns.open(session, "closed", box.instance_key, VOTERS, CHOICES)
    (keys / f"{closed.key}.key").rename(keys / "kept")
    (keys / "kept").rename(keys / f"{closed.key}.key")
    copy = (keys / f"{closed.key}.key").read_bytes()
    urns.close(session, "closed", now=MONDAY)
    session.commit()
    (keys / f"{closed.key}.key").write_bytes(copy)  # as if the process had died between commit and deletion
    for orphan, age_s in ((1, 90_000), (2, 60)):
        (keys / f"{orphan}.key").write_bytes(b"")
        os.utime(keys / f"{orphan}.key", (time.time() - age_s,) * 2)

    assert urns.sweep(session) == 2
    assert {path.stem for path in keys.iterdir()} == {str(box.key), "2"}


@pytest.mark.both_databases
def test_ballots_cast_at_once_are_all_counted(store):
    names = [f"voter{number:02}" for number in range(20)]
    with store.writing() as session:
        people(session, *names)
        urns.open(session, "box", instance(session).key, names, {"motion": ["yes", "no"]})
        session.commit()
    together = Barrier(10)

    def vote(number: int) -> None:
        if number < 10:
            together.wait()
        with store.writing() as session:
            urns.cast(session, "box", names[number], {"motion": "yes" if number % 4 else "no"})
            session.commit()

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(vote, range(20)))

    with store.writing() as session:
        urn = urns.close(session, "box", now=MONDAY)
        assert urn.counts == {"motion": {"no": Decimal(5), "yes": Decimal(15)}}
        assert urn.voted == names


def test_a_key_is_a_number_of_the_database(box):
    assert box.key % (1 << db.KEY_SHIFT) == 0
