"""What a page shows of a form, as data and as HTML."""

from decimal import Decimal
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from lxml import html
from werkzeug.datastructures import MultiDict

from service.errors import Fault
from service.forms import context, from_html, parse
from service.values import variables

from .conftest import sources

TEMPLATES = Path(__file__).parents[3] / "service" / "templates"
PAGE = "{% from 'forms/form.html' import render %}<form>{{ render(form) }}</form>"
VALUES = variables(
    {
        "cities": [{"label": "营口", "value": "yk"}, {"label": "大石桥", "value": "dsq"}],
        "organisation": {"name": "<b>厂</b>", "code": "91210800MA0TETT01K", "postcode": ""},
        "capital": Decimal("1234.5"),
        "day": "2026-04-30",
        "moment": "2026-11-24T01:30:00Z",
        "agreed": True,
        "size": 1,
        "city": "dsq",
        "fields": ["yk"],
        "tags": ["a", "b"],
        "proof": [{"documentId": "d1", "fileName": "证明.pdf", "size": 10}],
        "locked": "固定",
        "awards": [{"title": "甲"}, {"title": "乙"}],
        "papers": [{"documentId": "d2", "fileName": "材料.pdf"}],
    }
)


@pytest.fixture
def page(form_named, moment):
    """The rendered HTML of a form as a tree."""
    environment = Environment(loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined)

    def show(name, values, **options):
        form = form_named(name) if isinstance(name, str) else name
        data = context(form, values, moment=moment, sources=sources, document_url=lambda key: f"/doc/{key}", **options)
        return html.fromstring(environment.from_string(PAGE).render(form=data))

    return show


def browser(tree):
    """What a browser would post for a page if nothing was touched."""
    data = MultiDict()
    for field in tree.xpath("//input|//textarea|//select"):
        name, kind = field.get("name"), field.get("type")
        if (kind in {"checkbox", "radio"} and field.get("checked") is None) or kind == "file":
            continue
        value = field.value if field.tag != "input" else field.get("value", "")
        data.add(name, value.removeprefix("\n") if field.tag == "textarea" else value or "")
    return data


def test_an_untouched_page_posts_the_values_it_was_given(form_named, page, submit):
    form = form_named("everything")

    decoded = from_html(form, browser(page("everything", VALUES)))

    cleaned = submit("everything", decoded.answers, VALUES)
    assert decoded.action is None
    for key in ("organisation", "capital", "day", "agreed", "size", "city", "fields", "tags", "proof", "awards"):
        assert cleaned[key] == VALUES[key], key
    assert cleaned["moment"] == "2026-11-24T09:30:00+08:00"


@pytest.mark.parametrize(("name", "given"), [
    ("everything", VALUES),
    ("leave_request", {"balance": Decimal(10), "applicant": "王", "kind": "sick"}),
    ("shares", {"holders": [{"code": "A", "phones": [{}]}, {"code": "B", "phones": [{"number": "1"}]}]}),
    ("scores", {"items": [{"code": "1.1", "points": Decimal(30)}]}),
])  # fmt: skip
@pytest.mark.parametrize("read_only", [False, True])
def test_every_input_has_a_label_and_every_reference_a_target(page, name, given, read_only):
    tree = page(name, given, faults=[Fault("kind", "错误"), Fault("organisation.name", "错误")], read_only=read_only)

    ids = tree.xpath("//@id")
    assert len(ids) == len(set(ids))
    for control in tree.xpath("//input[not(@type='hidden')]|//select|//textarea"):
        assert not read_only
        labelled = control.get("aria-label") or tree.xpath("//label[@for=$id]", id=control.get("id"))
        assert labelled or control.xpath("ancestor::label"), control.get("name")
    for described in tree.xpath("//@aria-describedby"):
        assert set(described.split()) <= set(ids)
    for target in tree.xpath("//*[contains(@class,'form-summary')]//a/@href"):
        assert target.removeprefix("#") in ids
    for group in tree.xpath("//fieldset"):
        assert group.xpath("./legend") or group.get("aria-label") or group.get("role") == "presentation"
    assert not tree.xpath("//button[not(@hidden) and not(normalize-space())]")


def test_values_are_text_never_markup(page):
    tree = page("everything", VALUES)

    assert not tree.xpath("//b")
    assert tree.xpath("//input[@name='organisation.name']/@value") == ["<b>厂</b>"]


def test_faults_stand_at_the_field_and_in_a_summary_that_links_to_it(page):
    faults = [Fault("awards[1].title", "请填写此项。", "REQUIRED"), Fault("nowhere", "表单中没有此项。")]

    tree = page("everything", VALUES, faults=faults)

    links = tree.xpath("//*[contains(@class,'form-summary')]//li")
    assert [line.text_content() for line in links] == ["名称: 请填写此项。", "nowhere: 表单中没有此项。"]
    [field] = tree.xpath("//input[@name='awards[1].title']")
    assert field.get("aria-invalid") == "true"
    assert tree.get_element_by_id(field.get("aria-describedby")).text_content().strip() == "请填写此项。"


def test_a_wrong_answer_is_shown_again_as_it_was_typed(page):
    tree = page("everything", VALUES | {"capital": "12,x", "day": "gestern"})

    assert tree.xpath("//input[@name='capital']/@value") == ["12,x"]
    assert tree.xpath("//input[@name='day']/@value") == ["gestern"]


def test_hidden_fields_are_not_on_the_page_and_required_ones_are_marked_in_words(page):
    given = variables({"balance": 10, "applicant": "王小明", "kind": "annual"})

    tree = page("leave_request", given)

    assert not tree.xpath("//*[@name='reason'][not(ancestor::fieldset[@hidden][@disabled])]")
    assert "（必填）" in tree.xpath("//label[@for='f-kind']")[0].text_content()
    assert tree.xpath("//h2")[0].text_content() == "请假申请"
    assert tree.xpath("//button[@name='_refresh']")
    assert page("leave_request", given | {"kind": "sick"}).xpath("//textarea[@name='reason']")


def test_a_score_grid_shows_given_cells_as_text_and_asks_for_the_rest(page):
    tree = page(
        "scores", variables({"items": [{"code": "1.1", "points": 30}, {"code": "1.2", "points": Decimal("12.5")}]})
    )

    rows = tree.xpath("//tbody/tr")
    assert [row.xpath("./td[1]")[0].text_content().strip() for row in rows] == ["1.1", "1.2"]
    assert rows[1].xpath(".//input[@name='scores[1].percent']/@aria-label") == ["百分比（必填）, 第2行"]
    assert [head.text for head in tree.xpath("//thead//th")] == ["条款", "分值", "百分比（必填）", "意见", "得分"]
    assert "total" not in tree.text_content()  # computed in the background
    assert not tree.xpath("//button[starts-with(@name,'_add') or starts-with(@name,'_remove')]")
    assert tree.xpath("//input[@type='password']/@name") == ["signature._password"]


def test_a_page_in_english_uses_english_words_and_labels(page):
    tree = page("everything", VALUES, language="en")

    assert tree.xpath("//label[@for='f-organisation-name']")[0].text_content().strip() == "Name (required)"


def test_read_only_values_are_written_for_people(page):
    values = VALUES | {"capital": Decimal("1234567.895"), "signature": None}

    text = page("everything", values, read_only=True).text_content()

    for part in ("1,234,567.90 万元", "2026年4月30日", "2026年11月24日09:30", "大石桥", "甲、乙", "是", "证明.pdf"):
        assert part in text, part


def test_a_given_signature_says_who_and_when(page):
    signed = {"signed": True, "at": "2026-11-23T09:00:00+08:00", "by": "lin"}

    text = page("scores", {"items": [], "signature": signed}, read_only=True).text_content()

    assert "lin 2026年11月23日09:00" in text


def test_a_broken_expression_shows_a_message_in_its_place(page):
    form = parse(
        {"id": "f", "components": [{"type": "textfield", "key": "a", "label": "=sum(for x in 1..100000000 return x)"}]}
    )

    assert "无法计算" in page(form, {}).text_content()


def test_a_picture_or_link_of_another_site_cannot_be_smuggled_in(page):
    form = parse({"id": "f", "components": [
        {"type": "image", "source": "https://example.org/spy.png", "alt": "x"},
        {"type": "image", "source": "//example.org/spy.png", "alt": "x"},
        {"type": "text", "text": "[x](javascript:alert(1)) <script>alert(1)</script> {{ name }}"},
    ]})  # fmt: skip

    tree = page(form, {"name": "[y](data:text/html,x) <img src=x onerror=alert(1)>"})

    assert not tree.xpath("//img|//script|//a")
