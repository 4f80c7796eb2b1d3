"""Values in BPMN's own attributes and expression elements: in which language they are, and how the dialect writes them.

The dialect tells an expression from a literal by its "=". An author who names FEEL as the language, on the element or
for the whole file, has said the same in the standard's way, and writes no sign.
"""

from typing import Final

from lxml import etree

#: FEEL as the versions of DMN name it, in small letters and without the slash at the end.
_FEEL: Final = frozenset(
    {
        "feel",
        "http://www.omg.org/spec/feel/20140401",
        "http://www.omg.org/spec/dmn/20180521/feel",
        "https://www.omg.org/spec/dmn/20191111/feel",
        "https://www.omg.org/spec/dmn/20211108/feel",
        "https://www.omg.org/spec/dmn/20230324/feel",
    }
)


def truth(value: str | None, default: bool = False) -> bool:
    """An `xsd:boolean`."""
    return default if value is None else value.strip() in ("true", "1")


def is_feel(language: str) -> bool:
    """Whether the name of an expression language means FEEL."""
    return language.strip().lower().removesuffix("/") in _FEEL


def written(element: etree._Element) -> str:
    """The stripped text of an expression element, with "=" in front if only its language says that it is FEEL."""
    text = "".join(str(piece) for piece in element.itertext()).strip()
    if not text or text.startswith("="):
        return text
    language = element.get("language") or element.getroottree().getroot().get("expressionLanguage") or ""
    return f"={text}" if is_feel(language) else text


def expression(element: etree._Element) -> str:
    """The same as the engine keeps it where nothing but an expression can stand: always with its sign."""
    text = written(element)
    return f"={text}" if text and not text.startswith("=") else text
