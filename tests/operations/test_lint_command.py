"""`pingshen lint`: everything wrong with a tree at once, for people and for programs."""

import json

import pytest

from service.cli.main import main
from tests.unit.engine import builder as b


@pytest.fixture
def tree(tmp_path):
    """A tree of processes with a diagram that is wrong, one that is right, and one that cannot be read."""
    wrong = b.process(
        b.start(), b.tag("serviceTask", id="work", name="盖章"), b.end(), b.chain("s", "work", "e"), id="bad"
    )
    right = b.process(b.start(), b.end(), b.chain("s", "e"), id="good")
    for name, data in {"bad": wrong.xml, "good": right.xml, "torn": b"<x"}.items():
        folder = tmp_path / "processes" / name
        folder.mkdir(parents=True)
        (folder / f"{name}.bpmn").write_bytes(data)
    (tmp_path / "forms").mkdir()
    return tmp_path


@pytest.mark.parametrize(("language", "said"), [("en", "does not say what it does"), ("zh", "没有说明做什么")])
def test_findings_for_programs(tree, capsys, language, said):
    assert main(["lint", "--root", str(tree), "--json", "--language", language]) == 1

    rows = json.loads(capsys.readouterr().out)
    errors = {(row["resource"], row["rule"]): row for row in rows if row["severity"] == "error"}
    assert errors.keys() == {("processes/bad/bad.bpmn", "TASK_KIND"), ("processes/torn/torn.bpmn", "XML_BROKEN")}
    work = errors["processes/bad/bad.bpmn", "TASK_KIND"]
    assert (work["elementId"], work["elementName"], work["line"]) == ("work", "盖章", 1)
    assert said in work["problem"]
    assert work["remedy"]


def test_findings_for_people(tree, capsys):
    assert main(["lint", "--root", str(tree)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("error:TASK_KIND") and "bad.bpmn work (盖章):1" in line for line in lines)


def test_warnings_alone_pass(tree):
    for name in ("bad", "torn"):
        (tree / "processes" / name / f"{name}.bpmn").unlink()
    assert main(["lint", "--root", str(tree)]) == 0
