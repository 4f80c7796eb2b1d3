"""`party.enrol`: whoever asked for it becomes a party with an account."""

from service import identities
from service.access import SYSTEM_GROUPS
from service.connectors.call import ConnectorCall, ConnectorFault
from service.models import Group, Party
from service.public import receipts
from service.values import Variables


def enrol(call: ConnectorCall) -> Variables:
    """Make an account `username` of the person `person`, in `groups`, that acts for the party.

    The party is the one named by `party`, or a new one of `kind` (organisation, person) called `name`. The account has
    no password: who began this case by a public form sets it on the page of their receipt (`claimable`), others
    get an invitation from an administrator.

    The person at the button reads that the user name is taken (`AlreadyExists`) or none (`BadArgument`).
    """
    username, person, email = call.text("username"), call.text("person"), call.optional_text("email")
    groups = call.texts("groups")
    _check_groups(call, groups)
    identities.check_names(username, person, email)
    party = _party(call)
    account = identities.make_account(call.session, username, person, email=email, now=call.now)
    identities.join(call.session, account.username, [*groups, identities.group_of(party)])
    claimable = receipts.lead_to(call.session, call.root_key, account.username)
    return {"party": party.key, "account": account.username, "claimable": claimable}


def _party(call: ConnectorCall) -> Party:
    named = call.optional_text("party")
    if named is None:
        return identities.register(call.session, call.text("kind"), call.text("name"), now=call.now)
    party = identities.named_party(call.session, named)
    if party is None:
        raise ConnectorFault(f"there is no party “{named}”")
    return party


def _check_groups(call: ConnectorCall, groups: list[str]) -> None:
    for name in groups:
        if name in SYSTEM_GROUPS:
            raise ConnectorFault(f"a procedure puts nobody into the group “{name}” of the system")
        if call.session.get(Group, name) is None:
            raise ConnectorFault(f"there is no group “{name}”")
