"""Codes and tokens for people without an account: derived from the installation's secret, never stored.

So a one-time link can be printed again from its principal, and a form that is sent twice gives the same code.
"""

import hmac
from hashlib import sha256

from service import keys

#: Without letters that are mistaken for digits or for one another: 5 bits a letter.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
GROUP = 4


def code_of(label: str, text: str, groups: int) -> str:
    """Letters in groups of four, 20 bits each, that only this installation can make of `text`."""
    number = int.from_bytes(hmac.new(keys.key(label), text.encode(), sha256).digest(), "big")
    letters = "".join(ALPHABET[number >> 5 * place & 31] for place in range(GROUP * groups))
    return "-".join(letters[at : at + GROUP] for at in range(0, len(letters), GROUP))


def could_be(code: str, groups: int) -> bool:
    """Whether it has the form of a code with so many groups: what has not is mistyped, and no guess."""
    return sum(letter in ALPHABET for letter in code.upper()) == GROUP * groups


def digest(code: str) -> str:
    """What is stored of a code: SHA-256, however it was typed. It has more bits than can be tried."""
    return sha256("".join(letter for letter in code.upper() if letter in ALPHABET).encode()).hexdigest()
