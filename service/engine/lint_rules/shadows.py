"""Names that a filter takes from the element of the list although a variable was meant.

Within `[…]` an entry of the element goes before a variable of the same name. Where a filter says `item.id`
the elements have an `id`, so a bare `id` in the same filter is the element's own:
`[item.id = id]` lets everything pass.
"""

import re
from collections.abc import Iterator

_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_OF_ITEM = re.compile(r"(?<![\w.])item\s*\.\s*(\w+)")
_BARE = re.compile(r"(?<![\w.])(?<!\.\s)([^\W\d]\w*)\b(?!\s*[(:])")
#: What stands before the bracket of a filter; before that of a list literal stands an operator or nothing.
_FILTERED = re.compile(r"[\w)\]}]\s*$")
_WORDS = re.compile(r"(?:\b(?:in|return|then|else|and|or|satisfies|if|between)\s*)$")


def shadowed(expression: str) -> list[str]:
    """The names that the filters of an expression read from the element, and its author perhaps did not."""
    found: set[str] = set()
    for filter in _filters(_STRING.sub('""', expression)):
        found |= set(_OF_ITEM.findall(filter)) & {name for name in _BARE.findall(filter) if name != "item"}
    return sorted(found)


def _filters(text: str) -> Iterator[str]:
    """What stands in each filter, without what stands in brackets within it."""
    opened: list[tuple[bool, list[str]]] = []
    for place, char in enumerate(text):
        if char == "[":
            before = text[:place]
            opened.append((bool(_FILTERED.search(before)) and not _WORDS.search(before), []))
        elif char == "]" and opened:
            is_filter, held = opened.pop()
            if is_filter:
                yield "".join(held)
        elif opened:
            opened[-1][1].append(char)
