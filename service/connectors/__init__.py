"""In-step connectors: service tasks that need the database and whose refusal must reach the person at the button.

`operations` runs them under the instance's lock, inside the act's transaction; a `Refused` rolls the whole act back.
What each type takes and gives is described in docs/reference/connectors.md. Service tasks of other types are jobs.
"""

from collections.abc import Callable, Mapping

from service.connectors import deadlines, messages, numbers, parties, records, registers, urns
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
    "message.publish": messages.publish,
    "deadline.set": deadlines.put,
    "deadline.check": deadlines.check,
    "urn.open": urns.open_urn,
    "urn.close": urns.close_urn,
    "party.members": parties.members,
    "group.members": parties.members_of_group,
}

__all__ = ["IN_STEP", "ConnectorCall", "ConnectorFault"]
