"""`party.members` and `group.members`: who belongs to an organisation, a person or a group."""

from sqlalchemy import select

from service.connectors.call import ConnectorCall, ConnectorFault
from service.models import Account, Group, Membership, Party
from service.values import Value, Variables

PREFIXES = {"organisation": "org", "person": "person"}


def members(call: ConnectorCall) -> Variables:
    """The active accounts that act for a party, sorted. `party` is `org:<key>`, `person:<key>` or the key alone."""
    named = call.text("party")
    party = call.session.get(Party, named.partition(":")[2] or named)
    group = f"{PREFIXES[party.kind]}:{party.key}" if party is not None else None
    if group is None or (":" in named and named != group):
        raise ConnectorFault(f"there is no party “{named}”")
    return {"members": _members(call, group)}


def members_of_group(call: ConnectorCall) -> Variables:
    """The active accounts of a group, sorted."""
    name = call.text("group")
    if call.session.get(Group, name) is None:
        raise ConnectorFault(f"there is no group “{name}”")
    return {"members": _members(call, name)}


def _members(call: ConnectorCall, group: str) -> list[Value]:
    return list(
        call.session.scalars(
            select(Account.username)
            .join(Membership, Membership.username == Account.username)
            .where(Membership.group_name == group, Account.active)
            .order_by(Account.username)
        )
    )
