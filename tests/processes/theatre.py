"""Scenes: short scripts of the rehearsal's format, played in this process on a copy of a prepared database.

A scene may begin with `given`: records that are simply there (`{"register", "id", "state", "values"}`), as if a year
had been played before it. They go past guards and initial states, types and unique keys hold. With `break_in` (true)
`break_in.bpmn` is deployed too: a procedure that writes what it is told to into any register, as a diagram might that
somebody drew without a thought. At the end a scene's `papers`, `{"template", "count", "readers"}`, must have
been issued: each is addressed to the `readers` among others, and to nobody of `not_for`. `told`,
`{"title", "text", "to"}`, says which letters have been told to whom, and to nobody else: how the title begins, and what
the text holds. No letter gives its text away in its title, which goes into a mail.
"""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from sqlalchemy import select

from service import db, values
from service.cli.deploy import console
from service.cli.rehearsal.indoors import Indoors
from service.cli.rehearsal.player import Player
from service.cli.rehearsal.script import evaluate, read
from service.cli.rehearsal.stage import prepare, settings
from service.clock import machine_now
from service.errors import Invalid
from service.models import Document, Notification
from service.operations import deployments, moments
from service.registers import reading, writing
from service.registers.refusals import Authority
from service.releases import newest

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = ROOT / "processes" / "rehearsals" / "samples.json"
SCENES = Path(__file__).parent / "scenes"
#: The procedure's own codes: everything that its table of reasons explains.
CODES = set(re.findall(r'id="RR_(\w+?)_o1"', (ROOT / "processes/shared/refusal_reasons.dmn").read_text("utf-8")))
BREAK_IN = SCENES / "break_in.bpmn"


class Watched(Indoors):
    """Sees to it that whoever is refused reads why, by which article, and what to do, in Chinese."""

    def _send(self, username, method, path, data, content_type):
        answer = super()._send(username, method, path, data, content_type)
        if answer.code in CODES:
            told = [answer.body["detail"], answer.body.get("article", ""), answer.body.get("remedy", "")]
            assert all(any("\u4e00" <= sign <= "\u9fff" for sign in text) for text in told), answer.body
        return answer


class Theatre:
    """Prepares the award once for every day on which scenes begin, and plays each on a copy."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._prepared = {}

    def play(self, path: Path) -> Player:
        """Play a scene to its end. Raises `Unexpected` at the first step that comes out differently."""
        with self.opened(path) as player:
            player.play()
        return player

    @contextmanager
    def opened(self, path: Path) -> Iterator[Player]:
        """A player before its first step; `player.stage` is the stage, `player.tell` hears what is said."""
        content = values.normalise(json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal))
        script = read(path, {})
        script = replace(script, samples={**json.loads(SAMPLES.read_text(encoding="utf-8")), **script.samples})
        with self._stage((script.starts_at, content.get("break_in", False)), path.stem) as stage:
            with db.database(stage.database_url).writing() as session:
                give(session, script, content.get("given", []), stage.moment())
                session.commit()
            yield Player(script, stage, print)
            with db.database(stage.database_url).reading() as session:
                refuse_missing(session, content.get("papers", []))
                refuse_untold(session, content.get("told", []))

    @contextmanager
    def _stage(self, kind, name):
        original, tokens, passwords = self._original(*kind)
        folder = self._folder / name
        shutil.copytree(original, folder)
        url = f"sqlite:///{folder}/scene.db"
        with settings({"DATABASE_URL": url, "PINGSHEN_DATA": str(folder)}):
            try:
                yield Watched("", url, dict(tokens), dict(passwords))
            finally:
                db.database(url).dispose()
                shutil.rmtree(folder)

    def _original(self, at, break_in):
        if (at, break_in) not in self._prepared:
            folder = self._folder / f"original-{len(self._prepared)}"
            folder.mkdir(parents=True)
            url = f"sqlite:///{folder}/scene.db"
            with settings({"DATABASE_URL": url, "PINGSHEN_DATA": str(folder)}):
                self._prepared[at, break_in] = folder, *prepare(url, ROOT, at)
                if break_in:
                    with db.database(url).writing() as session:
                        deployments.deploy(session, {BREAK_IN.name: BREAK_IN.read_bytes()}, console(), now=at)
                        session.commit()
                db.database(url).dispose()
        return self._prepared[at, break_in]


def refuse_missing(session, papers) -> None:
    """See that the papers that a scene promises were issued, to the very people."""
    for paper in papers:
        found = list(session.scalars(select(Document).where(Document.template == paper["template"])))
        assert len(found) == paper["count"], f"{paper['template']}: {len(found)} issued"
        for document in found:
            readers = set(document.readers)
            assert readers >= set(paper["readers"]), f"{document.file_name} is addressed to {sorted(readers)}"
            assert readers.isdisjoint(paper.get("not_for", [])), (
                f"{document.file_name} is addressed to {sorted(readers)}"
            )


def refuse_untold(session, told) -> None:
    """See that letters were told to whom they concern, and that what a mail holds of them gives nothing away."""
    letters = session.scalars(select(Notification).filter_by(kind="letter")).all()
    for letter in letters:
        assert not [line for line in (letter.text or "").splitlines() if line and line in letter.title], letter.title
    for each in told:
        found = {row.username for row in letters if row.title.startswith(each["title"]) and each["text"] in row.text}
        assert found == set(each["to"]), f"{each['title']}: told to {sorted(found)}"


def give(session, script, given, moment) -> None:
    """Put the scene's `given` records where they are said to be already."""
    library = newest(session)
    authority = Authority(library, moments.calendar(session), moments.now(session, machine_now()))
    for entry in evaluate(given, script.variables, moment):
        register = replace(reading.declared(library, entry["register"]), guard=None)
        data = {name: value for name, value in entry["values"].items() if value is not None}
        try:
            writing.types.refuse_faults(register, data, data)
        except Invalid as error:
            raise AssertionError(f"given {entry['register']} {entry['id']}: {error.errors}") from error
        plan = writing._Plan(register, "create", db.new_key(session), entry["id"], entry.get("state"), data, "given")
        writing._write(session, authority, plan, None)
