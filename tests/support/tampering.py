"""What somebody might do to an evidence bundle, kind by kind, at random; and where the verifier must find it.

Who tampers has everything but the signing key: as often as not the hashes in the manifest are made to fit again.
"""

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from hashlib import sha256
from random import Random
from typing import Any

from service.history import heads

Files = dict[str, bytes]
#: Code of a finding, and the details that name the place.
Place = tuple[str, dict[str, Any]]


def tampered(files: Mapping[str, bytes], kind: str, random: Random) -> tuple[Files, Place]:
    """A bundle to which this was done, and the finding that must be among the verifier's, of its code the first."""
    changed = dict(files)
    place = KINDS[kind](changed, random)
    if random.random() < 0.5 and kind not in ("manifest changed", "file removed", "signed with another key"):
        manifest = json.loads(changed["manifest.json"])
        kept = changed.keys() - {"manifest.json", "manifest.note"}
        manifest["files"] = {name: sha256(changed[name]).hexdigest() for name in kept}
        changed["manifest.json"] = json.dumps(manifest).encode()
    return changed, place


def _pick(files: Files, random: Random, least: int = 1) -> tuple[str, list[dict[str, Any]], int]:
    """An instance with at least so many events, its events, and the index of one of them."""
    found = {
        name: [json.loads(line) for line in data.splitlines()]
        for name, data in files.items()
        if name.startswith("instances/")
    }
    name = random.choice(sorted(name for name, events in found.items() if len(events) >= least))
    return name, found[name], random.randrange(len(found[name]) - least + 1)


def _put(files: Files, name: str, events: list[dict[str, Any]]) -> None:
    files[name] = b"".join(json.dumps(event).encode() + b"\n" for event in events)


def _event(name: str, index: int) -> Place:
    return "EVENT", {"instance": name[10:-6], "seq": index + 1}


def _other(text: str, random: Random, letters: str = "0123456789abcdef") -> str:
    """The text with one character exchanged."""
    at = random.randrange(len(text))
    return text[:at] + random.choice([letter for letter in letters if letter != text[at]]) + text[at + 1 :]


def _rechained(events: list[dict[str, Any]], start: int) -> None:
    previous = events[start]["previous"]
    for event in events[start:]:
        event["previous"] = previous
        event["hash"] = sha256(b"\x00" + bytes.fromhex(previous) + event["body"].encode()).hexdigest()
        previous = event["hash"]


def content_changed(files: Files, random: Random) -> Place:
    name, events, index = _pick(files, random)
    part = random.choice(("body", "previous", "hash"))
    events[index][part] = _other(events[index][part], random)
    _put(files, name, events)
    return _event(name, index)


def rewritten_and_chained_again(files: Files, random: Random) -> Place:
    name, events, index = _pick(files, random)
    body = json.loads(events[index]["body"])
    body["actor"] = random.choice(("mallory", "eve", "oscar"))
    events[index]["body"] = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    _rechained(events, index)
    _put(files, name, events)
    manifest = json.loads(files["manifest.json"])
    next(entry for entry in manifest["instances"] if entry["key"] == name[10:-6])["head"] = events[-1]["hash"]
    files["manifest.json"] = json.dumps(manifest).encode()
    return _event(name, index)


def event_dropped(files: Files, random: Random) -> Place:
    name, events, index = _pick(files, random)
    del events[index]
    if random.random() < 0.5 and index < len(events):
        events[index]["previous"] = events[index - 1]["hash"] if index else "0" * 64
        for number, event in enumerate(events[index:], start=index + 1):
            event["seq"] = number
    _put(files, name, events)
    return _event(name, index)


def end_cut_off(files: Files, random: Random) -> Place:
    name, events, index = _pick(files, random)
    _put(files, name, events[:index])
    return _event(name, index)


def events_swapped(files: Files, random: Random) -> Place:
    name, events, index = _pick(files, random, least=2)
    events[index], events[index + 1] = events[index + 1], events[index]
    _put(files, name, events)
    return _event(name, index)


def event_doubled(files: Files, random: Random) -> Place:
    name, events, index = _pick(files, random)
    _put(files, name, [*events[: index + 1], events[index], *events[index + 1 :]])
    return _event(name, index + 1)


def event_put_in(files: Files, random: Random) -> Place:
    name, events, index = _pick(files, random)
    forged = dict(events[index])
    body = json.loads(forged["body"]) | {"kind": "USER_TASK_COMPLETED", "actor": "mallory"}
    forged["body"] = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    events.insert(index, forged)
    for number, event in enumerate(events[index:], start=index + 1):
        body = json.loads(event["body"]) | {"seq": number}
        event |= {"seq": number, "body": json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))}
    _rechained(events, index)
    _put(files, name, events)
    return _event(name, index)


def proof_changed(files: Files, random: Random) -> Place:
    name, events, index = _pick(files, random)
    proof = events[index]["proof"]
    match random.randrange(4):
        case 0:
            at = random.randrange(len(proof))
            proof[at] = _other(proof[at], random)
        case 1:
            del proof[random.randrange(len(proof))]
        case 2:
            proof.insert(random.randrange(len(proof) + 1), random.choice(proof))
        case _:
            proof.reverse()
            proof.append(proof[0])
    _put(files, name, events)
    return _event(name, index)


def position_changed(files: Files, random: Random) -> Place:
    name, events, index = _pick(files, random)
    size = json.loads(files["manifest.json"])["head"]
    here = events[index]["position"]
    there = random.choice([*{here + 1, here - 1, -here - 1, size, size + here, 0} - {here}, True, None, f"{here}", 0.5])
    events[index]["position"] = there
    _put(files, name, events)
    return _event(name, index)


def head_changed(files: Files, random: Random) -> Place:
    names = sorted(name for name in files if name == "head.txt" or name.startswith("heads/"))
    name = random.choice(names)
    lines = files[name].decode().split("\n")
    match random.randrange(4):
        case 0:
            lines[1] = str(int(lines[1]) + random.choice((1, -1, 1000)))
        case 1:
            lines[2] = b64encode(random.randbytes(32)).decode()
        case 2:
            lines[3] = lines[3].replace("20", "19", 1)
        case _:
            lines[5] = lines[5][:-20] + b64encode(random.randbytes(15)).decode()
    files[name] = "\n".join(lines).encode()
    return "HEAD", {}


def file_exchanged(files: Files, random: Random) -> Place:
    folders = ("definitions/", "calendars/", "attachments/", "submissions/", "records/")
    folder = random.choice([each for each in folders if any(name.startswith(each) for name in files)])
    name = random.choice(sorted(name for name in files if name.startswith(folder)))
    data = bytearray(files[name])
    # Of what is committed to, that text itself, and not the white space around it.
    start = data.index(b'"text": "') + 9 if folder in ("submissions/", "records/") else 0
    at = start + random.randrange(20 if start else len(data))
    data[at] ^= 1 + random.randrange(7)
    files[name] = bytes(data)
    return "FILE", {"name": name}


def file_removed(files: Files, random: Random) -> Place:
    name = random.choice(sorted(files.keys() - {"manifest.json", "key.txt"}))
    del files[name]
    return "MISSING", {"name": name}


def file_added(files: Files, random: Random) -> Place:
    name = random.choice(("instances/1.jsonl", "attachments/x", "note.txt", f"definitions/{'0' * 64}"))
    files[name] = b"{}"
    return "FILE", {}


def manifest_changed(files: Files, random: Random) -> Place:
    manifest = json.loads(files["manifest.json"])
    match random.randrange(4):
        case 0:
            manifest["made"]["by"] = "mallory"
        case 1:
            manifest["documents"] = [{**each, "by": "mallory"} for each in manifest["documents"]] or [{}]
        case 2:
            random.choice(manifest["instances"])["status"] = "TERMINATED?"
        case _:
            manifest["withheld"] = ["attachments/x"]
    files["manifest.json"] = json.dumps(manifest).encode()
    return "FILE", {"name": "manifest.json"}


def signed_with_another_key(files: Files, random: Random) -> Place:
    """The whole bundle signed anew: found by who knows the key, or has kept a head."""
    signer = heads.Signer(random.randbytes(32))
    for name in [name for name in files if name == "head.txt" or name.startswith("heads/")]:
        files[name] = signer.signed(heads.read(files[name].decode())).encode()
    files["key.txt"] = signer.verifier.encode()
    manifest = json.loads(files["manifest.json"])
    manifest["files"] = {n: sha256(files[n]).hexdigest() for n in files.keys() - {"manifest.json", "manifest.note"}}
    files["manifest.json"] = json.dumps(manifest).encode()
    told = f"{signer.log}\npingshen-bundle-1\n{sha256(files['manifest.json']).hexdigest()}\n"
    files["manifest.note"] = signer.note(told).encode()
    return "KEY", {}


KINDS: Mapping[str, Callable[[Files, Random], Place]] = {
    "content changed": content_changed,
    "rewritten and chained again": rewritten_and_chained_again,
    "event dropped": event_dropped,
    "end cut off": end_cut_off,
    "events swapped": events_swapped,
    "event doubled": event_doubled,
    "event put in": event_put_in,
    "proof changed": proof_changed,
    "position changed": position_changed,
    "head changed": head_changed,
    "file exchanged": file_exchanged,
    "file removed": file_removed,
    "file added": file_added,
    "manifest changed": manifest_changed,
    "signed with another key": signed_with_another_key,
}
