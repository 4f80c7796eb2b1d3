"""Demo accounts, as a procedure's `demo.json` lists them."""

import json
from pathlib import Path
from typing import Any

from sqlalchemy import select

from service import access, db
from service.clock import machine_now
from service.models import Account, Party, ProcessInstance
from service.operations import accounts, instances, moments
from service.releases import latest


def ensure(url: str, root: Path) -> list[tuple[str, str, str]]:
    """Make the accounts and parties of `root`/processes/demo.json that are not there yet.

    Returns all of them: username, password as listed, name. An account that is there keeps its own password.
    """
    demo = _read(root)
    if demo is None:
        return []
    with db.database(url).writing() as session:
        now = moments.now(session, machine_now())
        known = set(session.scalars(select(Account.username)))
        for user in demo["users"]:
            if user["username"] not in known:
                accounts.create_account(
                    session,
                    user["username"],
                    user["name"],
                    user["password"],
                    user["groups"],
                    now=now,
                    identity=user.get("identity"),
                )
            else:
                accounts.put_into_groups(session, user["username"], user["groups"])
        for party in demo.get("parties", ()):
            if session.get(Party, party["key"]) is None:
                session.add(Party(key=party["key"], kind=party["kind"], name=party["name"], created_at=now))
            prefix = "org" if party["kind"] == "organisation" else "person"
            for member in party["members"]:
                accounts.put_into_groups(session, member, [f"{prefix}:{party['key']}"])
        session.commit()
    return [(user["username"], user["password"], user["name"]) for user in demo["users"]]


def begin(url: str, root: Path) -> None:
    """Start what a newcomer shall find in an inbox: each process of `instances` once, by the account named in `as`."""
    for each in (_read(root) or {}).get("instances", ()):
        with db.database(url).writing() as session:
            process = latest(session, "process", each["process"])
            user = access.load_user(session, each["as"])
            begun = session.scalar(
                select(ProcessInstance.key).where(ProcessInstance.process_id == each["process"]).limit(1)
            )
            if process is None or user is None or begun is not None:
                continue
            now = moments.now(session, machine_now())
            instances.start_instance(session, process, each.get("variables", {}), user, now=now)
            session.commit()


def _read(root: Path) -> dict[str, Any] | None:
    path = root / "processes" / "demo.json"
    if not path.is_file():
        return None
    demo: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return demo
