"""Evidence bundles: whole, checked without the service, and every tampering found and located."""

import json
import subprocess
import sys
from hashlib import sha256
from random import Random
from zipfile import ZipFile

import pytest

from service import keys
from service.cli.main import main
from service.errors import NotFound
from service.history import heads, verify_bundle
from service.history.verify_bundle import Check
from service.operations import bundles, sequencing, trees
from tests.support import evidence
from tests.support.evidence import PAPER, PHONE
from tests.support.leave import MONDAY
from tests.support.tampering import KINDS, tampered

pytestmark = pytest.mark.both_databases
#: A thousand of each are run by tests/bench/test_bundles.py.
SAMPLES = 20


@pytest.fixture(scope="module")
def happened(office):
    evidence.furnish(office)
    return evidence.happen(office)


@pytest.fixture(scope="module")
def whole(office, happened):
    """The bundle of everything, as its files."""
    return evidence.bundle(office, [happened.parent, happened.booking, happened.report])


def findings(files, **given):
    check = Check(files, **given)
    return check.status, check.findings


def test_a_bundle_of_a_tree_is_whole_and_nothing_is_alarmed(office, happened, whole):
    manifest = json.loads(whole["manifest.json"])

    status, found = findings(whole)

    tree = [entry for entry in manifest["instances"] if entry["root"] == str(happened.parent)]
    assert (status, found) == (0, [])
    assert len(manifest["instances"]) == 4
    assert [entry["parent"] for entry in tree] == [None, str(happened.parent)]
    assert PAPER in [data for name, data in whole.items() if name.startswith("attachments/")]
    assert sum(PHONE.encode() in data for name, data in whole.items() if name.startswith("submissions/")) == 2
    assert any(name.startswith("records/") for name in whole)
    assert any(name.startswith("calendars/") for name in whole)
    kinds = {each["kind"] for each in manifest["definitions"]}
    assert {"process", "decision", "form", "register"} <= kinds


def test_one_instance_alone(office, happened):
    files = evidence.bundle(office, [happened.booking], replay=True)
    manifest = json.loads(files["manifest.json"])

    assert findings(files) == (0, [])
    assert [entry["key"] for entry in manifest["instances"]] == [str(happened.booking)]
    assert [each["same"] for each in manifest["replay"]] == [True]


def test_what_is_personal_may_stay_out_and_is_named(office, happened):
    files = evidence.bundle(office, [happened.parent, happened.report], personal=False)
    check = Check(files)

    withheld = json.loads(files["manifest.json"])["withheld"]
    assert (check.status, check.withheld) == (0, len(withheld) - 1)  # that of the paper stands in the submission
    assert {name.split("/")[0] for name in withheld} == {"submissions", "records", "attachments"}
    assert not any(PHONE.encode() in data or PAPER in data for data in files.values())


def test_unknown_instances_and_heads_are_refused(office, happened):
    with pytest.raises(NotFound):
        evidence.bundle(office, [happened.parent, 4711])
    with pytest.raises(NotFound):
        evidence.bundle(office, [happened.parent], heads=[10**9])


def test_heads_from_outside_are_compared(office, happened, whole):
    newest, *_, oldest = evidence.heads(office)
    other = oldest.root[:-1] + ("0" if oldest.root[-1] != "0" else "1")
    line = f"{oldest.size} 2026-11-23T09:00:00Z {oldest.root}"

    assert findings(whole, heads=[line, newest.note]) == (0, [])
    assert findings(whole, heads=["".join(f"{head.note}\n" for head in evidence.heads(office))]) == (0, [])
    assert findings(whole, heads=[line.replace(oldest.root, other)])[0] == 1
    assert findings(whole, heads=[newest.note.replace("2026", "2025", 1)])[0] == 1
    assert findings(whole, heads=[f"{newest.size + 7} 2026-11-23T09:00:00Z {oldest.root}"])[0] == 2
    assert findings(whole, heads=["what they told me"])[0] == 2


def test_a_bundle_reaches_the_head_that_somebody_holds(office, happened):
    early = sorted(head.size for head in evidence.heads(office))[0]
    bundle = evidence.bundle(office, [happened.report])
    asked = evidence.bundle(office, [happened.report], heads=[early])
    with office.database.reading() as session:
        held = [trees.head(session, early).note]

    assert findings(bundle, heads=held)[0] == 2
    assert findings(asked, heads=held) == (0, [])


def test_the_key_that_was_made_known_is_compared(whole):
    key = whole["key.txt"].decode()
    fingerprint = Check(whole).key.fingerprint

    assert findings(whole, key=key) == findings(whole, key=fingerprint) == (0, [])
    assert findings(whole, key="0" * 64)[0] == 1


@pytest.mark.parametrize("kind", KINDS)
def test_tampering_is_found_and_located(whole, kind):
    key, missed = whole["key.txt"].decode(), []
    for seed in range(SAMPLES):
        files, (code, place) = tampered(whole, kind, Random(seed))
        status, found = findings(files, key=key)
        located = [details for each, details in found if each == code]
        first = located[:1] if code == "EVENT" else located
        if status != (2 if kind == "file removed" else 1) or not any(place.items() <= d.items() for d in first):
            missed.append((seed, status, place, found))

    assert missed == []


def test_whole_history_written_anew_is_seen_by_who_kept_a_head(office, whole):
    files, _ = tampered(whole, "signed with another key", Random(1))

    kept = evidence.heads(office)[-1]
    assert findings(files)[0] == 0  # what the documentation says: the bundle alone cannot show it
    assert findings(files, heads=[kept.note])[0] == 1


def test_bundles_with_other_events_give_no_alarm(office, happened, whole):
    keys = [int(entry["key"]) for entry in json.loads(whole["manifest.json"])["instances"]]
    for seed in range(10):
        chosen = Random(seed).sample(keys, Random(seed).randint(1, len(keys)))

        assert findings(evidence.bundle(office, chosen)) == (0, [])


@pytest.mark.parametrize(
    "damage",
    [
        lambda files: files.pop("manifest.json"),
        lambda files: files.pop("key.txt"),
        lambda files: files.update({"manifest.json": b"{"}),
        lambda files: files.update({"manifest.json": b"[]"}),
        lambda files: files.update({"manifest.json": b"[" * 100_000}),
        lambda files: files.update({"manifest.json": b'{"format": "pingshen-bundle-9"}'}),
        lambda files: files.update({"manifest.json": b"\xff\xfe"}),
        lambda files: files.update({"key.txt": b"pingshen/1+00000000+AAAA"}),
        lambda files: files.update({"key.txt": b""}),
    ],
)
def test_what_is_no_bundle_is_not_read(whole, damage):
    files = dict(whole)
    damage(files)

    with pytest.raises(verify_bundle.Unreadable):
        Check(files)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("manifest.json", b'{"format": "pingshen-bundle-1"}'),
        ("manifest.json", b'{"format": "pingshen-bundle-1", "head": 1, "instances": 7, "files": {}}'),
        ("head.txt", b""),
        ("head.txt", b"\xff" * 100),
        ("manifest.note", b"\n\n"),
    ],
)
def test_damage_that_is_no_event_is_found(whole, name, data):
    assert findings({**whole, name: data})[0] == 1


@pytest.mark.parametrize("line", [b"x", b"{}", b"[]", b"null", b'{"body": 7}', b'{"body": "[]"}', b"[" * 100_000])
def test_a_line_that_is_no_event_is_the_first_bad_event(happened, whole, line):
    name = f"instances/{happened.booking}.jsonl"
    lines = whole[name].splitlines()

    status, found = findings({**whole, name: b"\n".join([lines[0], line, *lines[1:]])})

    assert status == 1
    code, details = found[0]
    assert (code, details["instance"], details["seq"]) == ("EVENT", str(happened.booking), 2)


def run(folder, *arguments):
    """The verifier as somebody outside runs it: alone, in an empty folder, without the service's modules."""
    done = subprocess.run(
        [sys.executable, "-I", "verify_bundle.py", *map(str, arguments)], cwd=folder, capture_output=True, text=True
    )
    assert done.stderr == ""
    return done.returncode, done.stdout


def test_the_verifier_runs_alone(office, happened, whole, tmp_path):
    (tmp_path / "verify_bundle.py").write_bytes(whole["verify_bundle.py"])
    zipped = evidence.packed(whole, tmp_path / "bundle.zip")
    head = tmp_path / "kept.txt"
    head.write_text(evidence.heads(office)[0].note)
    bad, _ = tampered(whole, "content changed", Random(3))
    for name, data in bad.items():
        (tmp_path / "bad" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "bad" / name).write_bytes(data)
    (tmp_path / "no.zip").write_bytes(b"PK no")
    missing = evidence.packed({n: d for n, d in whole.items() if n != "head.txt"}, tmp_path / "missing.zip")

    intact = run(tmp_path, zipped, "--head", head, "--key", Check(whole).key.fingerprint)
    tampered_with = run(tmp_path, "bad")

    assert (intact[0], intact[1].splitlines()[-1]) == (0, "结论：完好")
    assert "未给出外部留存的树头" not in intact[1]
    assert (tampered_with[0], tampered_with[1].splitlines()[-1]) == (1, "结论：被改动")
    assert "条记录不成立" in tampered_with[1]
    assert "未给出外部留存的树头" in tampered_with[1]
    assert run(tmp_path, missing)[0] == 2
    assert run(tmp_path, "no.zip")[0] == 3
    assert run(tmp_path, "nothing.zip")[0] == 3


def test_a_damaged_archive_and_a_doubled_name(whole, tmp_path):
    path = evidence.packed(whole, tmp_path / "bundle.zip")
    data = path.read_bytes()
    at = data.index(PAPER)
    path.write_bytes(data[:at] + b"?" + data[at + 1 :])
    twice = tmp_path / "twice.zip"
    with ZipFile(twice, "w") as archive:
        archive.writestr("head.txt", b"1")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("head.txt", b"2")

    status, found = findings(verify_bundle.opened(path))

    assert status == 1
    assert ("FILE", f"attachments/{sha256(PAPER).hexdigest()}") in [(code, d.get("name")) for code, d in found]
    with pytest.raises(verify_bundle.Unreadable):
        verify_bundle.opened(twice)


def test_all_cases_of_a_record(office, happened):
    with office.database.reading() as session:
        assert bundles.about(session, "rooms", "blue") == sorted([happened.booking, happened.parent])
        with pytest.raises(NotFound):
            bundles.about(session, "rooms", "yellow")


def test_the_command_line_hands_out_exports_and_verifies(office, happened, tmp_path, capsys):
    def run(*arguments):
        status = main(["history", *map(str, arguments)])
        return status, capsys.readouterr().out

    path = tmp_path / "bundle.zip"
    (keys.config().heads_dir / sequencing.FILE_NAME).unlink(missing_ok=True)  # of the other database
    assert run("heads", "--now", "--last", 2)[0] == 0
    lines = run("heads")[1].splitlines()
    note = run("heads", "--note", lines[0].split()[0])[1]
    verifier, fingerprint = run("heads", "--key")[1].splitlines()
    exported = run("export", "--record", "rooms/blue", "--file", path, "--replay")
    checked = run("verify", path, "--head", lines[0], "--key", fingerprint)
    wrong = run("verify", path, "--head", lines[0][:-4] + "beef")
    whole = run("verify")

    assert lines[0] == evidence.heads(office)[0].line
    assert note == evidence.heads(office)[0].note
    assert verifier.startswith("pingshen/")
    assert exported[0] == 0
    assert (checked[0], checked[1].splitlines()[-1]) == (0, "结论：完好")
    assert wrong[0] == 1
    assert whole[0] == 0
    assert whole[1].endswith("0 wait; 0 things do not fit\n")
    assert main(["history", "export", "--file", str(path)]) == 1


def test_a_handed_out_head_of_another_history_is_named(office, happened, tmp_path):
    sequencing.hand_out(office.database, tmp_path)
    with (tmp_path / sequencing.FILE_NAME).open("a") as file:
        file.write(trees.signer().signed(heads.Head(3, bytes(32), MONDAY)) + "\n")

    with office.database.reading() as session:
        assert sequencing.strangers(session, tmp_path) == ["head 3: tree-heads.txt has one that is not of this history"]
