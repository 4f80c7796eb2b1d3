"""Patterns mean the same in the browser and on the server, or are refused."""

import time

import pytest

from service.forms.patterns import PatternRefused, compile_pattern, matches


@pytest.mark.parametrize(
    ("pattern", "value", "found"),
    [
        (r"^1[3-9]\d{9}$", "13800138000", True),
        (r"^1[3-9]\d{9}$", "13800138000\n", False),  # Python's own $ would match
        (r"\d", "１", False),  # JavaScript's \d is ASCII
        (r"^\w+$", "王", False),
        (r"^\s$", "\u3000", True),  # JavaScript's \s is not
        (r"^.$", "\u2028", False),
        (r"b", "abc", True),  # test(), not a full match
        (r"^[\u4e00-\u9fa5·]{2,4}$", "阿卜杜·", True),
        (r"^[\w.-]+$", "a-b.c", True),
        (r"^(?:a|b)(?=c)", "bc", True),
        (r"^[^\d]+?$", "x1", False),
    ],
)
def test_a_pattern_matches_as_in_javascript(pattern, value, found):
    assert matches(pattern, value) is found


@pytest.mark.parametrize(
    "pattern",
    [
        "(?<a>x)", "(?<=a)b", "(?i)a", r"(a)\1", r"\p{L}", "a++", "a**", "[[a]]", "[]", "[^]", "(a", "a)",
        "[a", "a{", "}", "]", "\\", r"\u12", r"[\S]", r"\A", "*a", "[z-a]", "\U00020bb7",
    ],
)  # fmt: skip
def test_what_the_two_languages_read_differently_is_refused(pattern):
    with pytest.raises(PatternRefused):
        compile_pattern(pattern)


def test_a_pattern_with_exponential_backtracking_ends_in_time():
    started = time.monotonic()

    with pytest.raises(TimeoutError):
        matches("^(a|a|aa)+$", "a" * 60 + "b")

    assert time.monotonic() - started < 2
