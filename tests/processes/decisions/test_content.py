"""What stands beside the diagrams: decision files, forms, lint profile, groups, demo accounts, standards."""

import json
from collections import Counter
from pathlib import Path

import pytest

from service.access import SYSTEM_GROUPS
from service.engine.decisions import decision_ids, required_names
from service.engine.lint import lint_dmn, lint_form_profile, profile_problems
from service.forms import parse

ROOT = Path(__file__).parents[3]
PROCESSES, FORMS = ROOT / "processes", ROOT / "forms"
PROFILE = json.loads((PROCESSES / "lint.json").read_text(encoding="utf-8"))
DECISION_FILES = sorted(PROCESSES.rglob("*.dmn"))
FORM_FILES = sorted(FORMS.rglob("*.form"))
#: Lists without inputs, which other decisions pick from.
LISTS = {"letterhead_rows", "parameter_rows", "refusal_reason_rows"}


def named(path):
    return path.stem


def standard(kind):
    seed = json.loads((PROCESSES / "registers/seed/standards.json").read_text(encoding="utf-8"))
    [record] = [record for record in seed["records"] if record["kind"] == kind]
    return record


@pytest.mark.parametrize("path", DECISION_FILES, ids=named)
def test_a_decision_file_keeps_the_rules_of_the_procedure(path):
    assert lint_dmn(path.read_bytes(), resource=path.name, profile=PROFILE) == ()


@pytest.mark.parametrize("path", FORM_FILES, ids=named)
def test_a_form_can_be_used_and_asks_for_no_fee(path):
    form = parse(path.read_bytes())

    assert form.id == path.stem
    assert lint_form_profile(json.loads(path.read_bytes()), PROFILE, resource=path.name) == ()


def test_a_fee_field_on_a_form_is_refused_by_its_code():
    form = {"id": "x", "components": [{"type": "number", "key": "fee", "label": "评审费（元）"}]}

    [finding] = lint_form_profile(form, PROFILE)

    assert (finding.rule, finding.element_id) == ("FEE_FIELD_FORBIDDEN", "fee")
    assert finding.text("zh") == "收费或发票字段：市长质量奖的评定不收取任何费用（第八条）。"


def test_the_lint_profile_says_nothing_unknown():
    assert profile_problems(PROFILE) == ()


def test_no_two_forms_share_an_id():
    assert max(Counter(path.stem for path in FORM_FILES).values()) == 1


def test_the_choices_of_a_ballot_are_secret_and_nothing_else_is():
    secret = {path.stem for path in FORM_FILES if "secret" in parse(path.read_bytes()).storage.values()}

    assert secret == {"candidate_ballot"}
    assert parse((FORMS / "committee_decision/candidate_ballot.form").read_bytes()).storage == {"choice": "secret"}


@pytest.mark.parametrize(("form", "personal"), [("application_person", "name id_no birth mobile perf quality_work"),
                                                ("score_sheet", "items"), ("payee", "account_name account_no"),
                                                ("objection", "objector_name objector_id_no facts")])  # fmt: skip
def test_personal_data_scores_and_narratives_are_kept_in_registers(form, personal):
    [path] = [path for path in FORM_FILES if path.stem == form]

    assert {parse(path.read_bytes()).storage[key] for key in personal.split()} == {"record"}


@pytest.mark.parametrize("path", FORM_FILES, ids=named)
def test_a_form_has_its_keys_in_the_readme(path):
    text = (path.parent / "README.md").read_text(encoding="utf-8")
    section = text.partition(f"## `{path.stem}` ")[2].partition("\n## ")[0]

    assert {key for key in parse(path.read_bytes()).storage if f"| `{key}` |" not in section} == set()


@pytest.mark.parametrize("path", [path for path in DECISION_FILES if path.parent.name != "registers"], ids=named)
def test_a_decision_has_its_inputs_in_the_list_of_decisions(path):
    text = (PROCESSES / "decisions.md").read_text(encoding="utf-8")

    for decision, _ in decision_ids(path.read_bytes()):
        section = text.partition(f"## `{decision}` ")[2].partition("\n## ")[0]
        inputs = required_names(path.read_bytes(), decision)
        assert decision in LISTS or {name for name in inputs if f"| `{name}` |" not in section} == set()


def test_the_demo_knows_every_role_and_only_declared_ones():
    demo = json.loads((PROCESSES / "demo.json").read_text(encoding="utf-8"))
    groups = json.loads((PROCESSES / "groups.json").read_text(encoding="utf-8"))["groups"]
    declared = {group["name"] for group in groups}
    users = [user["username"] for user in demo["users"]]

    held = {group for user in demo["users"] for group in user["groups"]}
    assert declared <= held <= declared | set(SYSTEM_GROUPS)
    assert len(users) == len(set(users))
    assert {member for party in demo["parties"] for member in party["members"]} <= set(users)


@pytest.mark.parametrize(("kind", "leaves"), [("ORG", 23), ("PERSON", 10)])
def test_a_shipped_standard_has_a_thousand_points(kind, leaves):
    items = standard(kind)["items"]

    assert len({item["code"] for item in items}) == len(items) == leaves
    assert sum(item["points"] for item in items) == standard(kind)["total_points"] == 1000


def test_the_organisations_standard_gives_400_points_to_results():
    points = Counter()
    for item in standard("ORG")["items"]:
        points[item["item_type"]] += item["points"]

    assert points == {"过程": 600, "结果": 400}  # GB/T 19580-2012, requirements section 8.1


@pytest.mark.parametrize("path", sorted((PROCESSES / "registers/seed").glob("*.json")), ids=named)
def test_a_first_record_fits_its_register(path):
    seed = json.loads(path.read_text(encoding="utf-8"))
    register = json.loads((PROCESSES / f"registers/{seed['register']}.register.json").read_text(encoding="utf-8"))
    declared = {field["key"] for field in register["fields"]}
    required = {field["key"] for field in register["fields"] if field.get("required")}

    for record in seed["records"]:
        assert required <= set(record) - {"id", "state"} <= declared
        assert record["state"] in {state["id"] for state in register["states"]}
