"""Signing in at a real OpenID Connect provider, over HTTP."""

import re
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from joserfc.jwk import RSAKey
from sqlalchemy import select

from service import keys, openid
from service.app import create_app
from service.models import Account, AdministrativeAct, Membership
from tests.pages.conftest import Reader
from tests.support.directory import CLIENT_ID, CLIENT_SECRET, directory

BACK = "http://localhost:8080/sign-in/openid/back"


@pytest.fixture(scope="module")
def provider():
    with directory(BACK) as found:
        yield found


@pytest.fixture
def visitor(office, provider, monkeypatch, tmp_path):
    """`visitor(claim="email")`: an application that knows the provider, and a browser."""
    secret = tmp_path / "secret"
    secret.write_text(CLIENT_SECRET + "\n")

    def made(**settings):
        given = {"issuer": provider.issuer, "client_id": CLIENT_ID, "client_secret_file": str(secret), **settings}
        for name, value in given.items():
            monkeypatch.setenv(f"PINGSHEN_OIDC_{name.upper()}", value)
        keys.config.cache_clear()
        return Reader(create_app().test_client())

    provider.claims, provider.lie, provider.signer = {"sub": "1", "preferred_username": "anna"}, {}, None
    openid._described.clear()
    yield made
    monkeypatch.undo()
    keys.config.cache_clear()


def signed_in(reader, wanted="/instances?state=all"):
    """From the sign-in page to the provider and back; returns what the service was asked in the end."""
    reader.open("/sign-in", next=wanted)
    there = reader.client.get("/sign-in/openid", query_string={"next": wanted}).headers["Location"]
    answer = requests.get(there, allow_redirects=False, timeout=5)
    assert answer.status_code == 302, answer.text
    back = urlsplit(answer.headers["Location"])
    assert f"{back.scheme}://{back.netloc}{back.path}" == BACK
    reader.open(f"{back.path}?{back.query}")
    return there, back


def test_who_signed_in_there_is_signed_in_here_and_where_they_wanted_to_go(visitor):
    anna = visitor()

    there, _ = signed_in(anna)
    asked = parse_qs(urlsplit(there).query)

    assert (anna.path, anna.status) == ("/instances", 200)
    assert "安娜" in anna.text
    assert asked["code_challenge_method"] == ["S256"]
    assert len(asked["nonce"][0]) >= 32
    assert len(asked["state"][0]) >= 20


def test_the_button_is_on_the_sign_in_page(visitor, reader):
    shown = visitor(title="市政府统一认证").open("/sign-in", next="/start")

    assert "市政府统一认证" in shown
    assert "/sign-in/openid?next=/start" in shown


def test_nobody_gets_an_account_by_coming_by(visitor, provider, office):
    provider.claims = {"sub": "2", "preferred_username": "stranger"}
    someone = visitor()

    signed_in(someone)

    assert someone.status == 403
    assert "尚无账号" in someone.text
    with office.database.reading() as session:
        assert session.get(Account, "stranger") is None


def test_an_account_is_made_where_that_is_configured_with_the_groups_that_are_mapped(visitor, provider, office):
    provider.claims = {"sub": "3", "preferred_username": "newcomer", "name": "新来的", "groups": ["QA", "other"]}
    someone = visitor(create="1", groups="QA=staff,BOSS=managers")

    signed_in(someone)
    first = groups_of(office, "newcomer")
    provider.claims["groups"] = ["BOSS"]
    again = visitor(create="1", groups="QA=staff,BOSS=managers")
    signed_in(again)

    assert "新来的" in someone.text
    assert (first, groups_of(office, "newcomer")) == (["staff"], ["managers"])
    with office.database.reading() as session:
        book = session.scalars(select(AdministrativeAct.kind).filter_by(subject="account:newcomer")).all()
    assert sorted(book) == ["ACCOUNT_CREATED", "GROUP_ENTERED", "GROUP_ENTERED", "GROUP_LEFT"]


def groups_of(office, username):
    with office.database.reading() as session:
        return sorted(session.scalars(select(Membership.group_name).filter_by(username=username)))


@pytest.mark.parametrize(("verified", "status"), [(True, 200), (False, 403)])
def test_a_mail_address_counts_only_if_the_directory_has_verified_it(visitor, provider, office, verified, status):
    with office.database.writing() as session:
        session.get_one(Account, "ben").email = "ben@example.org"
        session.commit()
    provider.claims = {"sub": "4", "email": "Ben@example.org", "email_verified": verified}
    ben = visitor(claim="email")

    signed_in(ben)

    assert ben.status == status
    assert ('title="ben"' in ben.text) == verified


@pytest.mark.parametrize(
    "lie",
    [
        {"iss": "https://example.org"},
        {"aud": ["somebody else"]},
        {"nonce": "an older one"},
        {"exp": 1},
        {"aud": [CLIENT_ID, "somebody else"]},
    ],
    ids=lambda lie: next(iter(lie)),
)
def test_an_identity_for_another_time_place_or_house_is_refused(visitor, provider, lie):
    provider.lie = lie
    someone = visitor()

    signed_in(someone)

    assert someone.status == 403
    assert "未能登录" in someone.text


def test_a_forged_signature_is_refused(visitor, provider):
    provider.signer = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
    someone = visitor()

    signed_in(someone)

    assert someone.status == 403


def test_an_answer_to_another_browser_is_refused(visitor):
    anna, mallory = visitor(), visitor()
    there = anna.client.get("/sign-in/openid").headers["Location"]
    back = urlsplit(requests.get(there, allow_redirects=False, timeout=5).headers["Location"])

    mallory.open(f"{back.path}?{back.query}")
    without = mallory.status
    mallory.client.get("/sign-in/openid")
    mallory.open(f"{back.path}?{back.query}")

    assert (without, mallory.status) == (403, 403)
    assert re.search(r"OPENID_REFUSED", mallory.text)


def test_a_silent_directory_is_told_and_the_own_account_still_works(visitor):
    someone = visitor(issuer="http://127.0.0.1:9")

    someone.open("/sign-in/openid")

    assert someone.status == 503
    assert "目录服务没有响应" in someone.text
    assert someone.client.get("/sign-in").status_code == 200


def test_without_a_directory_there_is_no_such_page(reader):
    someone = reader(None)

    assert "/sign-in/openid" not in someone.open("/sign-in")
    someone.open("/sign-in/openid")
    assert someone.status == 404
