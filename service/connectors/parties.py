"""`party.members` and `group.members`: who belongs to an organisation, a person or a group."""

from sqlalchemy import select

from service import identities
from service.connectors.call import ConnectorCall, ConnectorFault
from service.models import Account, Group, Membership
from service.values import Value, Variables


def members(call: ConnectorCall) -> Variables:
    """The active accounts that act for a party, sorted. `party` is `org:<key>`, `person:<key>` or the key alone."""
    named = call.text("party")
    party = identities.named_party(call.session, named)
    if party is None:
        raise ConnectorFault(f"there is no party “{named}”")
    return {"members": _members(call, identities.group_of(party))}


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
