"""What can be wrong with an expression before it runs, in Chinese."""

import re
from collections.abc import Sequence
from typing import Final

#: What the expression bundle says, as a pattern, and the same in Chinese.
_SAYINGS: Final[Sequence[tuple[re.Pattern[str], str]]] = [
    (re.compile(pattern, re.DOTALL), chinese)
    for pattern, chinese in (
        (r"there is no function (.+)", "没有函数 {0}"),
        (r"there is no type (.+)", "没有类型 {0}"),
        (
            r"there is no operator in (.+); a name with blanks stands in backticks",
            "{0} 中缺少运算符；含空格的名称须用反引号括起",
        ),
        (r"(.+) takes (\d+) parameters, not (\d+)", "函数 {0} 要求 {1} 个参数，这里有 {2} 个"),
        (r"(.+) takes (\d+) or more parameters, not (\d+)", "函数 {0} 至少要求 {1} 个参数，这里有 {2} 个"),
        (r"(.+) takes (\d+) to (\d+) parameters, not (\d+)", "函数 {0} 要求 {1} 至 {2} 个参数，这里有 {3} 个"),
        (r"(.+) has no parameter (.+), only (.+)", "函数 {0} 没有参数 {1}，只有 {2}"),
        (r"Unrecognized token (?:<(.+)> )?in <.+>", "此处无法识别"),
        (r"Incomplete <.+>", "表达式不完整"),
        (r"The number is too large", "数字过大"),
        (r"Nothing may be named (.+)", "不得使用名称 {0}"),
        (r"the expression is longer than (\d+) characters", "表达式超过 {0} 个字符"),
    )
]


def in_chinese(message: str) -> str:
    """A problem's message in Chinese; what has no translation stays as it is."""
    for pattern, chinese in _SAYINGS:
        if match := pattern.fullmatch(message):
            return chinese.format(*match.groups())
    return message
