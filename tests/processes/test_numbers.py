"""Every number that the regulation itself gives stands in exactly one place: a row of the parameters, marked 【法】.

What is executed (cells, expressions, conditions, mappings, limits of fields) names the parameter; what people read says
"within the period laid down", so that a changed number cannot leave a wrong text behind.
"""

import json
import re
from pathlib import Path

import pytest
from lxml import etree

ROOT = Path(__file__).parents[2]
PARAMETERS = ROOT / "processes" / "shared" / "parameters.dmn"
#: The regulation's numbers by parameter, with their articles, written down here once more on purpose.
REGULATION = {
    "cap_org": ("3", "第七条"),
    "cap_person": ("2", "第七条"),
    "validity_years": ("3", "第七条"),
    "reapply_years": ("3", "第七条"),
    "perf_years": ("3", "第七条"),
    "org_min_years": ("5", "第十条（一）"),
    "incident_window_years": ("3", "第十条（六）"),
    "person_min_years": ("10", "第十一条（一）"),
    "assessor_min_years": ("5", "第十三条（二）"),
    "panel_min": ("3", "第十五条（三）"),
    "bonus_org": ("300000", "第十六条"),
    "bonus_person": ("10000", "第十六条"),
    "art19_window_years": ("2", "第十九条"),
    "art19_ban": ("5", "第十九条"),
    "art20_ban": ("10", "第二十条"),
}
#: Numbers in expressions that are none of the regulation's, each with its reason.
OTHERS = {
    "comprehensive_total_expr": "the survey's hundred points become a thousand",
    "NP2_o1": "【默】 days of the notice of accepted filings",
    "NP2_o2": "【默】 working days of it",
    "individual_facts_expr": "grades of accidents in order",
    "org_facts_expr": "grades of accidents in order",
    "score_band_in1_expr": "【默】 the step of percents",
    "SD1_i2": "a difference needs two scores",
    "SD2_i2": "a difference needs two scores",
}
#: Tables whose own numbers are all 【默】.
DEFAULTS = {"task_deadlines.dmn"}
NUMBER = re.compile(r"(?<![\w.\-])(2|3|5|10|300000|10000)(?![\w.])")
DURATION = re.compile(r"P(2|3|5|10)Y|months duration")
#: How the regulation says its numbers; a quotation of it is an annotation, not a text of ours.
SAID = re.compile(r"30 ?万元|1 ?万元|叁拾万|壹万元|[满近前](3|三|5|五|10|十)年|[23二两三]年内|3名以上|三名以上")
#: Names that the requirements give to fields and kinds of evidence.
NAMES = {"五、近三年指标", "近3年审计报告/财务报表", "四、前三年质量业绩"}


def strings(tree):
    return re.sub(r'"(?:[^"\\]|\\.)*"', "", tree)


def rows():
    """Key → (value, description) of every parameter."""
    found = {}
    for rule in etree.parse(PARAMETERS).iter("{*}rule"):
        key, value = (entry.findtext("{*}text").strip() for entry in rule.iter("{*}outputEntry"))
        found.setdefault(key.strip('"'), []).append((value, rule.findtext("{*}description")))
    return found


@pytest.mark.parametrize("key", REGULATION)
def test_a_number_of_the_regulation_is_one_row_with_its_article(key):
    value, article = REGULATION[key]

    [(found, description)] = rows()[key]

    assert found == value
    assert description.startswith(f"【法】{article}")


def tables():
    return sorted(path for path in (ROOT / "processes").rglob("*.dmn") if path != PARAMETERS)


@pytest.mark.parametrize("path", tables(), ids=lambda path: path.stem)
def test_no_table_has_a_number_of_its_own(path):
    found = []
    for text in etree.parse(path).iter("{*}text"):
        place = text.getparent().get("id")
        said = strings(text.text or "")
        if (NUMBER.search(said) or DURATION.search(text.text or "")) and place not in OTHERS:
            found.append((place, said.strip()[:80]))

    assert found == [] or path.name in DEFAULTS


@pytest.mark.parametrize("path", sorted((ROOT / "processes").rglob("*.bpmn")), ids=lambda path: path.stem)
def test_no_diagram_has_a_number_of_its_own(path):
    found = []
    for element in etree.parse(path).iter(etree.Element):
        for value in [*element.attrib.values(), element.text or ""]:
            if value.strip().startswith("=") and (NUMBER.search(strings(value)) or DURATION.search(value)):
                found.append(value.strip()[:80])

    assert found == []


def texts(part, key=""):
    if isinstance(part, dict):
        for name, value in part.items():
            yield from texts(value, name)
    elif isinstance(part, list):
        for value in part:
            yield from texts(value, key)
    elif isinstance(part, str):
        yield part


@pytest.mark.parametrize(
    "path", [*sorted((ROOT / "forms").rglob("*.form")), *sorted((ROOT / "processes").rglob("*.register.json"))],
    ids=lambda path: path.name,
)  # fmt: skip
def test_no_form_or_register_says_a_number_of_its_own(path):
    content = json.loads(path.read_text(encoding="utf-8"))

    assert [text for text in texts(content) if SAID.search(text) and text not in NAMES] == []


@pytest.mark.parametrize("path", [*tables(), *sorted((ROOT / "processes").rglob("*.bpmn"))], ids=lambda path: path.name)
def test_no_text_for_people_says_a_number_of_its_own(path):
    """Annotations quote the regulation; results and names do not."""
    found = []
    for element in etree.parse(path).iter(etree.Element):
        if etree.QName(element).localname in ("description", "documentation"):
            continue
        for value in [element.get("name", ""), element.get("source", ""), element.text or ""]:
            if SAID.search(value) and not any(name in value for name in NAMES):
                found.append(value.strip()[:80])

    assert found == []
