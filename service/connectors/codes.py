"""`code.new`: a code that nobody can guess, for what is looked up without signing in."""

import secrets

from service.connectors.call import ConnectorCall
from service.values import Variables

#: Without letters that are mistaken for digits or for one another. 16 of 32 characters are 80 bits.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
GROUPS, LENGTH = 4, 4


def new(call: ConnectorCall) -> Variables:
    """Four groups of four; the history keeps it, so that the act can be run again."""
    return {"text": "-".join("".join(secrets.choice(ALPHABET) for _ in range(LENGTH)) for _ in range(GROUPS))}
