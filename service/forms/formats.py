"""Named formats of Chinese data that a form can ask for in `properties.format`.

The check characters find every single wrong character: both sums are taken modulo a prime with
weights that are not divisible by it.
"""

import re
from datetime import date

_USCC_CHARACTERS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC = re.compile(r"[0-9A-HJ-NPQRTUWXY]{2}[0-9]{6}[0-9A-HJ-NPQRTUWXY]{10}")
_USCC_WEIGHTS = tuple(3**index % 31 for index in range(17))
_ID = re.compile(r"[0-9]{17}[0-9X]")
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"
_MOBILE = re.compile(r"1[3-9][0-9]{9}")


def uscc_check(prefix: str) -> str:
    """The check character for the first 17 characters of a 统一社会信用代码.

    Source: GB 32100-2015. The outer modulo matters: a remainder of 0 gives "0", not a 32nd character.
    """
    total = sum(_USCC_CHARACTERS.index(char) * weight for char, weight in zip(prefix, _USCC_WEIGHTS, strict=True))
    return _USCC_CHARACTERS[(31 - total % 31) % 31]


def is_uscc(text: str) -> bool:
    """Whether `text` is a 统一社会信用代码 (18 characters, capitals, right check character)."""
    return bool(_USCC.fullmatch(text)) and uscc_check(text[:17]) == text[17]


def id_check(prefix: str) -> str:
    """The check character for the first 17 digits of a 公民身份号码. Source: GB 11643-1999."""
    return _ID_CHECKS[sum(int(digit) * weight for digit, weight in zip(prefix, _ID_WEIGHTS, strict=True)) % 11]


def is_cn_id(text: str, today: date) -> bool:
    """Whether `text`, with a capital X, is a 公民身份号码 of somebody born no later than `today`."""
    if not _ID.fullmatch(text) or id_check(text[:17]) != text[17]:
        return False
    try:
        born = date(int(text[6:10]), int(text[10:12]), int(text[12:14]))
    except ValueError:
        return False
    return born <= today


def is_cn_mobile(text: str) -> bool:
    """Whether `text` is a mobile number of mainland China: 11 digits, no country code."""
    return bool(_MOBILE.fullmatch(text))
