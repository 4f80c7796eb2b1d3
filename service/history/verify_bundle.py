#!/usr/bin/env python3
"""Checks an evidence bundle of 评审流程平台 without the service that made it.

    python3 verify_bundle.py BUNDLE [--head FILE_OR_LINE]... [--key FILE_OR_FINGERPRINT]

BUNDLE is the .zip, or the folder it was unpacked into. `--head` is a tree head that somebody outside has kept: a
file of notes, or the printed line `SIZE TIME ROOT`. `--key` is the public key (key.txt) or its fingerprint, as it
was made known. Without a head from outside, this shows that the bundle agrees with itself and was signed with the key
that lies in it; it cannot show that the signer has not written the history anew.

Ends with 0: intact, 1: tampered with (the first bad event is named), 2: incomplete, 3: not readable as a bundle.

Needs Python 3.9 and the package `cryptography`, and nothing of the service. Take it from somewhere else than the
bundle itself. Sources: RFC 9162 (trees and proofs), C2SP signed-note and tlog-checkpoint (heads), RFC 8032 (Ed25519).
"""

from __future__ import annotations

import argparse
import base64
import json
import re
import sys
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

FORMAT = "pingshen-bundle-1"
INTACT, TAMPERED, INCOMPLETE, UNREADABLE = 0, 1, 2, 3
MOST_BYTES = 8 * 1024**3  # an archive that swells beyond is not opened
_LINE = re.compile(r"(\d{1,18})\s+\S+\s+([0-9a-f]{64})")
#: Code of a finding → its exit status, and what is said.
TEXTS: dict[str, tuple[int, str]] = {
    "EVENT": (TAMPERED, "事项{instance}的第{seq}条记录不成立：{why}"),
    "INSTANCE": (TAMPERED, "事项{instance}不成立：{why}"),
    "FILE": (TAMPERED, "文件{name}不成立：{why}"),
    "HEAD": (TAMPERED, "树头（{size}条）不成立：{why}"),
    "KEY": (TAMPERED, "签名所用的不是所给的公钥，而是{why}"),
    "MISSING": (INCOMPLETE, "缺少文件{name}"),
    "UNPROVEN": (INCOMPLETE, "外部树头（{size}条）与本包之间没有证明，请在导出时写明该树头"),
}
VERDICTS = {INTACT: "完好", TAMPERED: "被改动", INCOMPLETE: "不完整"}


class Unreadable(Exception):
    """This is no bundle, or one that cannot be read at all."""


class Wrong(ValueError):
    """One thing does not hold; the text says why."""


#: What reading something damaged may give.
BROKEN = (ValueError, KeyError, TypeError, AttributeError, RecursionError)


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 9162, 2.1.1."""
    return sha256(b"\x01" + left + right).digest()


def climbed(here: int, last: int, proof: Iterable[bytes]) -> Iterator[tuple[bytes, bool]]:
    """The siblings on the way up, each with whether it stands to the left. Raises `Wrong` for a way of wrong length."""
    for sibling in proof:
        if last == 0:
            raise Wrong("证明过长")
        is_left = bool(here & 1) or here == last
        yield sibling, is_left
        while is_left and not here & 1 and here:
            here, last = here >> 1, last >> 1
        here, last = here >> 1, last >> 1
    if last:
        raise Wrong("证明过短")


def check_inclusion(data: bytes, position: int, size: int, root: bytes, proof: Iterable[bytes]) -> None:
    """RFC 9162, 2.1.3.2. Raises `Wrong` unless the leaf with this data stands at `position` of the tree."""
    if not 0 <= position < size:
        raise Wrong("位置不在树中")
    found = sha256(b"\x00" + data).digest()
    for sibling, is_left in climbed(position, size - 1, proof):
        found = node_hash(sibling, found) if is_left else node_hash(found, sibling)
    if found != root:
        raise Wrong("证明得不出已签名的根")


def check_consistency(old: int, old_root: bytes, new: int, new_root: bytes, proof: list[bytes]) -> None:
    """RFC 9162, 2.1.4.2. Raises `Wrong` unless the tree of `new` leaves begins with that of `old` leaves."""
    if not 0 < old <= new:
        raise Wrong("条数不合")
    if old == new:
        if proof or old_root != new_root:
            raise Wrong("同一条数有两个根")
        return
    path = [old_root, *proof] if old & (old - 1) == 0 else proof
    if not path:
        raise Wrong("证明为空")
    here, last = old - 1, new - 1
    while here & 1:
        here, last = here >> 1, last >> 1
    found_old = found_new = path[0]
    for sibling, is_left in climbed(here, last, path[1:]):
        found_old = node_hash(sibling, found_old) if is_left else found_old
        found_new = node_hash(sibling, found_new) if is_left else node_hash(found_new, sibling)
    if found_old != old_root or found_new != new_root:
        raise Wrong("后来的树不以它为开头")


class Key:
    """A public key as signed notes write it: name+id+base64(kind and key). Raises `Wrong` for anything else."""

    def __init__(self, line: str) -> None:
        try:
            self.name, told, encoded = line.strip().split("+", 2)
            raw = base64.b64decode(encoded, validate=True)
            self.id = sha256(self.name.encode() + b"\n" + raw).digest()[:4]
            if len(raw) != 33 or raw[0] != 1 or self.id.hex() != told:
                raise ValueError("no Ed25519 key, or not of this id")
            self._public = Ed25519PublicKey.from_public_bytes(raw[1:])
        except ValueError as error:
            raise Wrong(f"key.txt: {error}") from error
        self.fingerprint = sha256(raw[1:]).hexdigest()

    def opened(self, note: str) -> list[str]:
        """The signed lines of a note. Raises `Wrong`."""
        text, separator, signatures = note.rpartition("\n\n")
        wanted = f"— {self.name} "
        for line in signatures.splitlines() if separator else []:
            if line.startswith(wanted):
                try:
                    raw = base64.b64decode(line[len(wanted) :], validate=True)
                    self._public.verify(raw[4:], f"{text}\n".encode())
                except (ValueError, InvalidSignature):
                    raise Wrong("签名错误") from None
                return text.split("\n")
        raise Wrong("不是本包公钥所签")

    def head(self, note: str) -> tuple[int, bytes]:
        """Size and root of a signed head. Raises `Wrong`."""
        lines = self.opened(note)
        if len(lines) != 4 or lines[0] != self.name or not re.fullmatch(r"\d{1,18}", lines[1]):
            raise Wrong("不是树头")
        return int(lines[1]), base64.b64decode(lines[2])


class Check:
    """One check of one bundle. `files`: name → bytes. Raises `Unreadable`.

    `findings` are (code, details) in the order of looking; `known` the heads that hold: size → root.
    """

    def __init__(self, files: Mapping[str, bytes], heads: Iterable[str] = (), key: str | None = None) -> None:
        self.files, self.findings = files, list[tuple[str, dict[str, Any]]]()
        self.events = self.withheld = 0
        self._named: dict[str, str] = {}  # what events speak of: name of the file → commitment
        self._parents: dict[str, Any] = {}
        try:
            self.manifest = json.loads(files["manifest.json"])
            self.key = Key(self._text("key.txt"))
            if self.manifest["format"] != FORMAT:
                raise Wrong(f"format != {FORMAT}")
        except BROKEN as error:
            raise Unreadable(f"manifest.json, key.txt: {error}") from error
        self.size, self.root = 0, b""
        self.known: dict[int, bytes] = {}
        try:
            self._head()
            for entry in self.manifest["instances"]:
                self._instance(entry)
            self._contents()
            self._listed()
            self._other_heads()
        except BROKEN as error:
            self._find("FILE", name="manifest.json", why=error)
        if key is not None and key.strip() not in (self.key.fingerprint, self._text("key.txt").strip()):
            self._find("KEY", why=self.key.fingerprint)
        if heads:
            self._outside("\n".join(heads))

    @property
    def status(self) -> int:
        """Tampered before incomplete: what was taken out is both."""
        found = {TEXTS[code][0] for code, _ in self.findings}
        return TAMPERED if TAMPERED in found else max(found, default=INTACT)

    def _head(self) -> None:
        """The head that everything is proved against."""
        told = self.manifest["head"]
        if "head.txt" not in self.files:
            return self._find("MISSING", name="head.txt")
        try:
            self.size, self.root = self.key.head(self._text("head.txt"))
            self.known[self.size] = self.root
            if self.size != told:
                raise Wrong(f"清单写的是{told}")
        except Wrong as wrong:
            self._find("HEAD", size=told, why=wrong)

    def _instance(self, entry: dict[str, Any]) -> None:
        """Every event: chain, place, proof; and that there are as many as there should be."""
        key, name = entry["key"], f"instances/{entry['key']}.jsonl"
        if name not in self.files:
            return self._find("MISSING", name=name)
        previous, position, seq = "0" * 64, -1, 0
        for seq, line in enumerate(self.files[name].splitlines(), start=1):
            try:
                previous, position = self._event(json.loads(line), key, seq, previous, position)
            except BROKEN as error:
                return self._find("EVENT", instance=key, seq=seq, why=error)
            self.events += 1
        if seq < entry["events"]:
            self._find("EVENT", instance=key, seq=seq + 1, why="记录缺失")
        elif seq > entry["events"]:
            self._find("EVENT", instance=key, seq=entry["events"] + 1, why="清单中没有这一条")
        elif previous != entry["head"]:
            self._find("INSTANCE", instance=key, why="历史链的末端与清单不同")
        elif self._parents.get(key) not in (None, entry["parent"]):
            self._find("INSTANCE", instance=key, why="上级事项与清单不同")

    def _event(self, event: Any, key: str, seq: int, previous: str, position: int) -> tuple[str, int]:
        """One event; returns its hash and position. Raises `Wrong`, or whatever a broken line gives."""
        body = json.loads(event["body"])
        if (body["instance"], body["seq"], event["seq"]) != (key, seq, seq):
            raise Wrong("不是这一位置的记录")
        if event["previous"] != previous:
            raise Wrong("与上一条记录不相接")
        digest = sha256(b"\x00" + bytes.fromhex(previous) + event["body"].encode()).digest()
        if event["hash"] != digest.hex():
            raise Wrong("哈希与内容不符")
        if type(event["position"]) is not int or event["position"] <= position:
            raise Wrong("位置不在上一条记录之后")
        if self.root:  # without a head that holds, there is nothing to prove against
            check_inclusion(digest, event["position"], self.size, self.root, map(digest_of, event["proof"]))
        if seq == 1:
            self._parents[key] = body.get("parent")
        for name in ("definition", "calendar"):
            if isinstance(body.get(name), str):
                self._named[f"{name}s/{body[name]}"] = body[name]
        for rows in (body.get("evidence") or {}).values():
            self._named |= {f"records/{record}-{version[1:]}.json": digest for record, version, digest in rows}
        self._note(body)
        return digest.hex(), event["position"]

    def _note(self, value: Any) -> None:
        """Note what a value speaks of: documents, what was handed in with forms, decisions."""
        if isinstance(value, dict):
            digest = value.get("hash")
            if isinstance(digest, str):
                if "documentId" in value:
                    self._named[f"attachments/{digest}"] = digest
                elif "form_id" in value:
                    self._named[f"submissions/{value.get('key')}.json"] = digest
                elif "decision" in value and "rules" in value:
                    self._named[f"definitions/{digest}"] = digest
            value = list(value.values())
        for inner in value if isinstance(value, list) else []:
            self._note(inner)

    def _contents(self) -> None:
        """What events speak of is there and is what it was, unless the manifest says that it was kept back."""
        kept_back = set(self.manifest["withheld"])
        todo = sorted(self._named, key=lambda name: not name.startswith("submissions/"))
        for name in todo:
            if name in self.files:
                if self._commitment(name) != self._named[name]:
                    self._find("FILE", name=name, why="与记录中的承诺不符")
            elif name in kept_back:
                self.withheld += 1
            else:
                self._find("MISSING", name=name)
            todo += sorted(self._named.keys() - set(todo))  # a submission may speak of documents

    def _commitment(self, name: str) -> str | None:
        """The hash that an event has of a file; of records and what was handed in, over salt and text."""
        if not name.startswith(("submissions/", "records/")):
            return sha256(self.files[name]).hexdigest()
        try:
            told = json.loads(self.files[name])
            self._note(json.loads(told["text"]))
            return sha256(bytes.fromhex(told["salt"]) + told["text"].encode()).hexdigest()
        except BROKEN:
            return None

    def _listed(self) -> None:
        """The files are those of the manifest, and the manifest is signed."""
        listed = self.manifest["files"]
        for name in sorted(set(self.files) - {"manifest.json", "manifest.note"}):
            is_named_so = not re.fullmatch(r"\w+/[0-9a-f]{64}", name) or name[-64:] == listed.get(name)
            if sha256(self.files[name]).hexdigest() != listed.get(name) or not is_named_so:
                self._find("FILE", name=name, why="哈希与清单或文件名不符")
        for name in sorted(set(listed) - set(self.files)):
            if ("MISSING", {"name": name}) not in self.findings:
                self._find("MISSING", name=name)
        if "manifest.note" not in self.files:
            return self._find("MISSING", name="manifest.note")
        try:
            signed = self.key.opened(self._text("manifest.note"))
            if signed != [self.key.name, FORMAT, sha256(self.files["manifest.json"]).hexdigest()]:
                raise Wrong("签名属于另一份清单")
        except Wrong as wrong:
            self._find("FILE", name="manifest.json", why=wrong)

    def _other_heads(self) -> None:
        """Earlier heads: signed, and beginnings of the tree."""
        for name in sorted(name for name in self.files if self.root and name.startswith("heads/")):
            try:
                size, root = self.key.head(self._text(name))
                proof = self.manifest["consistency"].get(str(size), [])
                check_consistency(size, root, self.size, self.root, list(map(digest_of, proof)))
                self.known[size] = root
            except Wrong as wrong:
                self._find("HEAD", size=name, why=wrong)

    def _outside(self, text: str) -> None:
        """Heads that somebody has kept, in whatever form: notes, or printed lines."""
        kept = [(int(size), bytes.fromhex(root)) for size, root in _LINE.findall(text)]
        for note in re.findall(r"^[^\n]+\n\d{1,18}\n[^\n]+\n[^\n]+\n\n(?:— [^\n]+\n?)+", text, re.MULTILINE):
            try:
                kept.append(self.key.head(note))
            except Wrong as wrong:
                self._find("HEAD", size=note.split("\n")[1], why=wrong)
        for size, root in kept:
            if self.known.get(size, root) != root:
                self._find("HEAD", size=size, why="外部留存的树头根值不同")
        if not any(size in self.known for size, _ in kept):
            self._find("UNPROVEN", size=", ".join(str(size) for size, _ in kept[:5]) or "?")

    def _find(self, code: str, **details: Any) -> None:
        self.findings.append((code, details))

    def _text(self, name: str) -> str:
        return self.files[name].decode("utf-8", "replace")


def digest_of(text: str) -> bytes:
    """32 bytes in hexadecimal digits. Raises `Wrong`."""
    if not isinstance(text, str) or not re.fullmatch("[0-9a-f]{64}", text):
        raise Wrong("证明中有不是哈希的内容")
    return bytes.fromhex(text)


def opened(path: Path) -> dict[str, bytes]:
    """The files of a bundle. Raises `Unreadable`."""
    try:
        if path.is_dir():
            return {each.relative_to(path).as_posix(): each.read_bytes() for each in path.rglob("*") if each.is_file()}
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if len(set(names)) != len(names) or sum(info.file_size for info in archive.infolist()) > MOST_BYTES:
                raise Unreadable("the archive holds a name twice, or too much")
            return {name: _member(archive, name) for name in names if not name.endswith("/")}
    except (OSError, zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise Unreadable(str(error)) from error


def _member(archive: zipfile.ZipFile, name: str) -> bytes:
    try:
        return archive.read(name)
    except (zipfile.BadZipFile, zlib.error, EOFError):
        return b""  # damaged: its hash will not fit


def main(argv: list[str] | None = None) -> int:
    """Check, tell, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--head", action="append", default=[], help="a file, or SIZE TIME ROOT")
    parser.add_argument("--key", help="a file, or the fingerprint")
    args = parser.parse_args(argv)
    try:
        check = Check(opened(args.bundle), [_given(head) for head in args.head], args.key and _given(args.key))
    except Unreadable as error:
        print(f"无法作为证据包读取：{error}")
        return UNREADABLE
    for code, details in check.findings:
        print(f"{code} {TEXTS[code][1].format(**details)}")
    print(f"事项{len(check.manifest.get('instances', ()))}件，成立的记录{check.events}条，在{check.size}条的树头之下")
    print(f"成立的树头{len(check.known)}个；按规定未附的文件{check.withheld}个；公钥指纹 {check.key.fingerprint}")
    if not args.head:
        print("未给出外部留存的树头：保管者若整体改写历史，仅凭本包无法发现")
    print(f"结论：{VERDICTS[check.status]}")
    return check.status


def _given(text: str) -> str:
    """The content of the file of this name, or the text itself."""
    try:
        return Path(text).read_text(encoding="utf-8")
    except (OSError, ValueError):
        return text


if __name__ == "__main__":
    sys.exit(main())
