"""Without an account: sending a form, following it, answering through a one-time link, reading what is public."""

import io
import re

import pytest
from sqlalchemy import func, select, update

from service.models import Event, Link, ProcessInstance, Rate, Receipt, Submission, UserTask
from service.operations import deployments
from service.operations.user_tasks import claim_user_task, complete_user_task
from service.public import links
from service.registers import writing
from service.values import variables
from tests.pages.conftest import Reader
from tests.support.leave import DIAGRAMS, MONDAY, Office, files
from tests.support.records import authority_of

START = "/public/start/suggestion"
GOOD = {"topic": "食堂", "wording": "多些蔬菜", "_submit": "1"}


@pytest.fixture(scope="module")
def house(office: Office) -> Office:
    """The office with suggestions open to everybody, rooms, and a public list."""
    slips = {path.name: path.read_bytes() for path in (DIAGRAMS / "slips").glob("*.json")}
    with office.database.writing() as session:
        deployments.deploy(session, files("rooms") | files("suggestion") | slips, office.user("dora"), now=MONDAY)
        writing.create(session, authority_of(session, "ada"), "rooms", {"name": "canary-room"})
        for number in range(1, 61):
            values = {"number": f"S-{number:02}", "day": f"20{20 + number % 10}-01-{number % 28 + 1:02}"}
            writing.create(
                session, authority_of(session, "ada"), "stays", variables({**values, "guest": "canary-guest"})
            )
        session.commit()
    return office


def once(someone: Reader) -> str:
    return re.search(r'name="_once" value="(\w+)"', someone.text)[1]


def count(house: Office, model: type) -> int:
    with house.database.reading() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


def send(someone: Reader, **more: object) -> str:
    someone.open(START)
    return someone.press(START, {**GOOD, "_once": once(someone), **more})


def test_everybody_finds_the_form_and_nothing_else_of_the_process(visitor, house):
    before = count(house, ProcessInstance)

    assert "/public/start/suggestion" in visitor.open("/public")
    page = visitor.open(START)

    assert visitor.status == 200
    assert "办公室" in page
    assert "第四条" in page
    assert "canary" not in page
    assert count(house, ProcessInstance) == before


def test_what_is_sent_gives_a_receipt_and_its_code_shows_what_became_of_it(visitor, house):
    page = send(visitor)

    assert visitor.path.startswith("/public/receipts/")
    assert "已收到您关于食堂的建议" in page
    code = re.search(r"<code[^>]*>([0-9A-Z-]{19})<", page)[1]
    with house.database.reading() as session:
        receipt = session.scalars(select(Receipt).order_by(Receipt.key.desc())).first()
        instance = session.get_one(ProcessInstance, receipt.root_key)
        submission = session.scalars(select(Submission).filter_by(instance_key=instance.key)).one()
        stored = " ".join(session.scalars(select(Event.body)))
    assert receipt.number in page
    assert instance.started_by.startswith("public:")
    assert submission.data["wording"] == "多些蔬菜"
    assert submission.submitted_by == instance.started_by
    assert code not in f"{receipt.code_hash}{stored}"
    assert "食堂" in visitor.open("/public/receipts", code=code.lower().replace("-", " "))
    visitor.open("/public/receipts", code="0000-0000-0000-0000")
    assert visitor.status == 404


def test_a_double_click_sends_once(visitor, house):
    before = count(house, Receipt)
    visitor.open(START)
    form = {**GOOD, "_once": once(visitor), "_csrf_token": re.search(r'_csrf_token" value="(\w+)"', visitor.text)[1]}

    first = visitor.client.post(START, data=form)
    second = visitor.client.post(START, data=form)

    assert first.location == second.location
    assert count(house, Receipt) == before + 1


def test_wrong_answers_come_back_as_typed_with_their_file_and_nothing_begins(visitor, house):
    before = count(house, ProcessInstance)

    page = send(visitor, topic="", **{"_file:scan": (io.BytesIO(b"%PDF-1.4 x"), "scan.pdf")})

    assert visitor.status == 400
    assert "多些蔬菜" in page
    assert "scan.pdf" in page
    assert "/documents/" not in page
    assert count(house, ProcessInstance) == before
    assert "scan.exe" in send(visitor, **{"_file:scan": (io.BytesIO(b"MZ"), "scan.exe")})
    assert visitor.status == 422


def test_a_form_from_elsewhere_is_refused_and_a_process_that_is_not_open_is_not_there(visitor, house):
    assert visitor.client.post(START, data={**GOOD, "_once": "x"}).status_code == 403
    assert visitor.client.get("/public/start/leave_request").status_code == 404
    assert visitor.client.get("/public/start/nothing").status_code == 404


def test_one_address_cannot_send_without_end(visitor, house):
    visitor.open(START)
    with house.database.writing() as session:
        session.execute(update(Rate).values(count=10_000))
        session.commit()

    told = visitor.open(START)

    assert visitor.status == 429
    assert "分钟后再试" in told


def invitations(house: Office, visitor: Reader) -> tuple[int, list[str]]:
    """A suggestion whose links are to be handed out: the task's key and the links' tokens."""
    send(visitor)
    with house.database.writing() as session:
        task = session.scalars(select(UserTask).filter_by(element_id="hand_out").order_by(UserTask.key.desc())).first()
        claim_user_task(session, task.key, house.user("grace"), now=MONDAY)
        principals = session.scalars(select(Link.principal).filter_by(instance_key=task.instance_key)).all()
        key = task.key
        session.commit()
    return key, [links.token_of(each) for each in principals]


def test_a_link_is_good_for_one_answer(visitor, reader, house):
    task, tokens = invitations(house, visitor)
    grace = reader("grace")
    assert "/links" in grace.open(f"/tasks/{task}")
    sheet = grace.open(f"/tasks/{task}/links")
    assert all(token in sheet for token in tokens)
    assert reader("henry").client.get(f"/tasks/{task}/links").status_code == 404
    guest = reader(None)
    assert "已经结束" in guest.open(f"/links/{tokens[0]}")
    with house.database.writing() as session:
        complete_user_task(session, task, {}, house.user("grace"), now=MONDAY)
        session.commit()

    form = guest.open(f"/links/{tokens[0].lower()}")
    assert "满意度" in form
    assert "食堂" not in form
    assert "canary" not in form
    assert not guest.client.get_cookie("pingshen_visitor")
    guest.press(f"/links/{tokens[0]}", {"_submit": "1"})
    assert guest.status == 400
    assert "已经收到" in guest.press(f"/links/{tokens[0]}", {"grade": "5", "_submit": "1"})
    assert "已经收到" in guest.press(f"/links/{tokens[0]}", {"grade": "1", "_submit": "1"})
    assert "满意度" in guest.open(f"/links/{tokens[1]}")
    with house.database.writing() as session:
        session.execute(update(Link).values(expires_at=MONDAY))
        session.commit()
    assert "已过期" in guest.open(f"/links/{tokens[1]}")
    assert guest.status == 410
    assert "链接无效" in guest.open("/links/0000-0000")
    assert guest.status == 404


def test_a_public_list_shows_its_columns_page_by_page_and_nothing_else(visitor, house):
    page = visitor.open("/public/stays_list")

    assert visitor.status == 200
    assert "canary" not in page
    assert "已过" in page
    first = re.findall(r"S-\d\d", page)
    following = re.search(r'href="(\?[^"]*after=[^"]*)"', page)[1]
    rest = re.findall(r"S-\d\d", visitor.open(f"/public/stays_list{following}"))
    assert len(set(first) | set(rest)) == 60
    assert "S-07" in visitor.open("/public/stays_list", q="s-07")
    assert "S-08" not in visitor.text
    assert "没有符合条件" in visitor.open("/public/stays_list", q="canary-guest")
    assert visitor.open("/public/stays_list", sort="0").index("S-01") < visitor.text.index("S-02")
    assert visitor.open("/public/stays_list", sort="-0").index("S-60") < visitor.text.index("S-59")
    assert "2027年1月8日" in visitor.open("/public/stays_list/S-07")
    assert "canary" not in visitor.text
    assert visitor.client.get("/public/nothing").status_code == 404
