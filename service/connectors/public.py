"""`link.create` and `receipt.tell`: what goes to people without an account."""

from decimal import Decimal

from service.connectors.call import ConnectorCall, ConnectorFault
from service.public import links, receipts
from service.values import Variables

#: More invitations than this are no sample but a mailing.
MOST_LINKS = 2_000


def create_links(call: ConnectorCall) -> Variables:
    """The principals of `count` new links (one where it is missing), good until `expires`: assignees of public tasks.

    The links themselves are secret and stand in no variable: whoever has the task with `showsLinks` sees them.
    """
    count = call.value("count")
    count = Decimal(1) if count is None else count
    if not isinstance(count, Decimal) or count != int(count) or not 0 <= count <= MOST_LINKS:
        raise ConnectorFault(f"the input “count” must be a whole number from 0 to {MOST_LINKS}")
    expires_at = call.instant("expires")
    if expires_at is None:
        raise ConnectorFault("the input “expires” is missing")
    made = links.create(call.session, int(count), call.instance_key, now=call.now, expires_at=expires_at)
    return {"links": list(made), "link": made[0] if made else None}


def tell(call: ConnectorCall) -> Variables:
    """Tell the sender `text`: who began this tree of instances by a public form, or the one whose `receipt` is named.

    Without a receipt nobody is told, and `told` is false; without `text` only the number is given.
    """
    number = call.optional_text("receipt") or receipts.number_for(call.session, call.root_key)
    text = call.optional_text("text")
    told = bool(number and text) and receipts.tell(call.session, number or "", text or "", now=call.now)
    return {"receipt": number, "told": told}
