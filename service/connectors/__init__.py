"""Connectors: service tasks that the platform does itself. What each takes and gives: docs/reference/connectors.md.

*In-step* ones need the database and their refusal must reach the person at the button: `operations` runs them under
the instance's lock, inside the act's transaction; a `Refused` rolls the whole act back. *After-commit* ones take time:
the worker runs them without any lock and then brings their answer in. Service tasks of other types are jobs of outside
workers.
"""

from collections.abc import Callable, Mapping

from service.connectors import (
    allocation,
    codes,
    deadlines,
    deployments,
    documents,
    enrolment,
    mail,
    messages,
    numbers,
    pairs,
    parties,
    public,
    records,
    registers,
    urns,
)
from service.connectors.call import ConnectorCall, ConnectorFault
from service.values import Variables

#: Job type → what does it; the result's variables complete the job.
IN_STEP: Mapping[str, Callable[[ConnectorCall], Variables]] = {
    "register.create": registers.create,
    "register.update": registers.update,
    "register.transition": registers.transition,
    "register.read": registers.read,
    "records.evaluate": records.evaluate,
    "number.next": numbers.take,
    "code.new": codes.new,
    "message.publish": messages.publish,
    "mail": mail.send,
    "deadline.set": deadlines.put,
    "deadline.check": deadlines.check,
    "urn.open": urns.open_urn,
    "urn.close": urns.close_urn,
    "link.create": public.create_links,
    "receipt.tell": public.tell,
    "party.members": parties.members,
    "group.members": parties.members_of_group,
    "party.enrol": enrolment.enrol,
    "deployment.read": deployments.read,
    "deployment.discard": deployments.discard,
}

#: Job type → what does it. They only read, keep files under their hash, and let go of the session
#: (`close`) before long work.
AFTER_COMMIT: Mapping[str, Callable[[ConnectorCall], Variables]] = {
    "allocation": allocation.allocate,
    "deployment.release": deployments.release,
    "document": documents.issue,
    "pairs.decide": pairs.decide,
}

__all__ = ["AFTER_COMMIT", "IN_STEP", "ConnectorCall", "ConnectorFault"]
