"""Regular expressions of forms, with one meaning in the browser and on the server.

`validate.pattern` is JavaScript's: `new RegExp(pattern).test(value)`, so it may match anywhere in
the value unless it is anchored. JavaScript and Python agree on a subset, which `compile_pattern`
insists on; inside it the differences that remain (`$`, `.`, `\\d`, `\\w`, `\\s`) are written out in
JavaScript's sense. One difference stays: a character beyond U+FFFF counts as one here, as it does
for a reader, and as two in a browser.
"""

import functools

import regex

#: Time for one value, in seconds; a pattern that needs more has exponential backtracking.
TIMEOUT_S = 0.2
#: Longer texts are refused before a pattern sees them, unless the form sets its own maxLength.
MAX_LENGTH = 1000

_SPACE = "\\t\\n\\v\\f\\r \\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff"
_ESCAPES = {
    "d": "0-9",
    "w": "A-Za-z0-9_",
    "s": _SPACE,
    "n": "\\n",
    "r": "\\r",
    "t": "\\t",
    "f": "\\f",
    "v": "\\v",
}
_PUNCTUATION = frozenset("^$\\.*+?()[]{}|/-")
_HEX = frozenset("0123456789abcdefABCDEF")


class PatternRefused(ValueError):
    """The pattern is no regular expression, or outside the subset; the text says why."""


@functools.lru_cache(maxsize=1024)
def compile_pattern(pattern: str) -> "regex.Pattern[str]":
    """The pattern for `matches`. Raises `PatternRefused`."""
    if any(ord(char) > 0xFFFF for char in pattern):
        raise PatternRefused("a character beyond U+FFFF, which a browser counts as two")
    try:
        return regex.compile(_translate(pattern), regex.VERSION0 | regex.ASCII)
    except (regex.error, IndexError, OverflowError) as error:
        raise PatternRefused(str(error) or "it ends too early") from None


def matches(pattern: str, value: str) -> bool:
    """What `new RegExp(pattern).test(value)` answers. Raises `TimeoutError` after `TIMEOUT_S`."""
    return compile_pattern(pattern).search(value, timeout=TIMEOUT_S) is not None


def _translate(pattern: str) -> str:
    out, at = [], 0
    while at < len(pattern):
        char = pattern[at]
        if char == "\\":
            piece, at = _escape(pattern, at, in_class=False)
        elif char == "[":
            piece, at = _character_class(pattern, at)
        elif char == "(":
            piece, at = _group(pattern, at)
        elif char == "$":
            piece, at = "\\Z", at + 1
        elif char == ".":
            piece, at = "[^\\n\\r\\u2028\\u2029]", at + 1
        elif char in "*+?{":
            piece, at = _quantifier(pattern, at)
        elif char in "]}":
            raise PatternRefused(f"“{char}” without its partner; write \\{char}")
        else:
            piece, at = char, at + 1
        out.append(piece)
    return "".join(out)


def _escape(pattern: str, at: int, *, in_class: bool) -> tuple[str, int]:
    if at + 1 >= len(pattern):
        raise PatternRefused("it ends with a backslash")
    char = pattern[at + 1]
    if char in _ESCAPES:
        inner = _ESCAPES[char]
        return (inner if in_class or char in "nrtfv" else f"[{inner}]"), at + 2
    if char in "DWS":
        if in_class:
            raise PatternRefused(f"\\{char} inside [ ]")
        return f"[^{_ESCAPES[char.lower()]}]", at + 2
    if char in "bB" and not in_class:
        return f"\\{char}", at + 2
    if char in "ux":
        length = 4 if char == "u" else 2
        digits = pattern[at + 2 : at + 2 + length]
        if len(digits) == length and set(digits) <= _HEX:
            return regex.escape(chr(int(digits, 16))), at + 2 + length
        raise PatternRefused(f"\\{char} needs {length} hexadecimal digits")
    if char in _PUNCTUATION:
        return f"\\{char}", at + 2
    raise PatternRefused(f"\\{char} means different things in JavaScript and Python")


def _character_class(pattern: str, at: int) -> tuple[str, int]:
    out, at = ["["], at + 1
    if pattern[at : at + 1] == "^":
        out, at = ["[^"], at + 1
    if pattern[at : at + 1] == "]":
        raise PatternRefused("an empty [ ]")
    while pattern[at : at + 1] != "]":
        if at >= len(pattern):
            raise PatternRefused("[ without ]")
        char = pattern[at]
        if char == "\\":
            piece, at = _escape(pattern, at, in_class=True)
        elif char == "[":
            raise PatternRefused("[ inside [ ]; write \\[")
        else:
            # Doubled signs are set operations of some Python engines: escape what is not a range.
            piece, at = (char if char in "-" else regex.escape(char)), at + 1
        out.append(piece)
    return "".join(out) + "]", at + 1


def _group(pattern: str, at: int) -> tuple[str, int]:
    if pattern[at + 1 : at + 2] != "?":
        return "(?:", at + 1
    opening = pattern[at : at + 3]
    if opening in {"(?:", "(?=", "(?!"}:
        return opening, at + 3
    raise PatternRefused(f"“{pattern[at : at + 4]}” is not common to JavaScript and Python")


def _quantifier(pattern: str, at: int) -> tuple[str, int]:
    if pattern[at] == "{":
        found = regex.compile(r"\{\d{1,4}(,\d{0,4})?\}").match(pattern, at)
        if not found:
            raise PatternRefused("“{” that is no repetition; write \\{")
        piece = found.group()
    else:
        piece = pattern[at]
    at += len(piece)
    if pattern[at : at + 1] == "?":
        piece, at = piece + "?", at + 1
    if pattern[at : at + 1] and pattern[at] in "*+?{":
        raise PatternRefused("a repetition of a repetition")
    return piece, at
