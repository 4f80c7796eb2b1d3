"""The page docs/reference/bpmn.md: written from the lint's tables, complete by the schema, each row with its test."""

import ast
import tomllib
from functools import cache
from pathlib import Path

import pytest

from service.engine.lint_rules.language import ELEMENTS
from tests.unit.engine.bpmn_schema import SCHEMA
from tools import bpmn_page, lint_page

HERE = Path(__file__).parent
ROOT = HERE.parents[2]


def test_the_page_is_written_from_the_tables():
    written = bpmn_page.PAGE.read_text(encoding="utf-8")
    assert written == bpmn_page.render(), "the page is out of date: python -m tools.bpmn_page"


@pytest.mark.parametrize("element", sorted(SCHEMA))
def test_every_element_and_attribute_of_the_schema_is_decided(element):
    words = tomllib.loads(bpmn_page.WORDS.read_text(encoding="utf-8"))
    entry = ELEMENTS[element]
    if entry.state != "refused":
        undecided = set(SCHEMA[element]) - set(entry.attributes)
        assert undecided <= {name.partition(".")[2] for name in words["refused_attributes"] if name.startswith(element)}


def test_no_row_speaks_of_what_is_not_in_the_tables():
    words = tomllib.loads(bpmn_page.WORDS.read_text(encoding="utf-8"))
    assert set(words["elements"]) == {name for name, entry in ELEMENTS.items() if entry.state != "refused"}
    known = {attribute for entry in ELEMENTS.values() for attribute in entry.attributes}
    assert {name.rpartition(".")[2] for name in words["attributes"]} <= known


@cache
def functions(path: Path) -> frozenset[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize(("row", "proof"), list(bpmn_page.proofs()), ids=lambda text: text[:60])
def test_every_row_names_a_test_that_exists(row, proof):
    place, _, name = proof.partition("::")
    path = HERE / place if "/" not in place else ROOT / place
    assert path.is_file(), row
    assert name.partition("[")[0] in functions(path), row


def test_the_list_of_rules_is_written_from_their_texts():
    written = lint_page.PAGE.read_text(encoding="utf-8")
    assert written == lint_page.render(), "the page is out of date: python -m tools.lint_page"
