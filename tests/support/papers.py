"""Looking into issued papers."""

from typing import Any

import pypdfium2

POINTS_PER_MM = 72 / 25.4


def text_of(pdf: bytes) -> str:
    """The text of all pages, without line ends: where a line breaks is not what a test asks."""
    return "".join(pages_of(pdf))


def pages_of(pdf: bytes) -> list[str]:
    """The text of each page, without line ends."""
    texts = (page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf))
    return [text.replace("\r", "").replace("\n", "") for text in texts]


def boxes(pdf: bytes, page: int = 0) -> list[tuple[str, float, float, float, float]]:
    """Every visible character of a page with its box in mm from the upper left: left, top, right, bottom."""
    sheet: Any = pypdfium2.PdfDocument(pdf)[page]
    height, texts = sheet.get_height(), sheet.get_textpage()
    found = []
    for index in range(texts.count_chars()):
        char = texts.get_text_range(index, 1)
        if char.strip():
            left, bottom, right, top = (value / POINTS_PER_MM for value in texts.get_charbox(index, loose=True))
            up = height / POINTS_PER_MM
            found.append((char, left, up - top, right, up - bottom))
    return found
