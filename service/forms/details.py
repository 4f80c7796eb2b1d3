"""The parts of a component that depend on its type: rules, options, rows, what it shows."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from service.forms.model import Choices, Option, Rows, Rules, Total
from service.forms.patterns import PatternRefused, compile_pattern
from service.forms.reader import Reader
from service.values import Value

_VALIDATE = frozenset(
    {"required", "minLength", "maxLength", "pattern", "patternErrorMessage", "min", "max", "validationType"}
)
_TEXT_FORMATS, _NUMBER_FORMATS = frozenset({"uscc", "cn_id", "cn_mobile"}), frozenset({"money"})
_CHOOSERS = frozenset({"radio", "select", "checklist", "taglist"})
#: What a table or a list of choices may hold at most, whatever the form says.
MAX_ROWS = 2000


def rules(kind: str, reader: Reader, properties: Reader) -> Rules:
    """What a value of this component must obey."""
    validate = reader.inner("validate")
    validate.only(_VALIDATE)
    subtype = reader.text("subtype", {"date", "time", "datetime"}) or "date"
    timed = kind == "datetime"
    low, high = validate.limit("min", iso=timed), validate.limit("max", iso=timed)
    shortest, longest = validate.count("minLength"), validate.count("maxLength")
    for below, above, names in ((low, high, ("min", "max")), (shortest, longest, ("minLength", "maxLength"))):
        if isinstance(below, Decimal | int) and isinstance(above, Decimal | int) and below > above:
            validate.fault("LIMITS_CROSSED", low=names[0], high=names[1])
    formats = _TEXT_FORMATS if kind == "textfield" else _NUMBER_FORMATS if kind == "number" else frozenset[str]()
    named = properties.text("format", formats)
    digits = reader.count("decimalDigits", most=20)
    required_if = properties.expression("requiredIf")
    return Rules(
        required=required_if or validate.flag("required"),
        min_length=shortest,
        max_length=longest,
        pattern=_pattern(validate),
        pattern_message=properties.text("patternMessage") or validate.text("patternErrorMessage"),
        validation_type=_validation_type(validate),
        minimum=low,
        maximum=high,
        format=named,
        digits=2 if named == "money" and digits is None else digits,
        step=_step(reader),
        as_text=reader.flag("serializeToString"),
        subtype=subtype,
        time_format=reader.text("timeSerializingFormat", {"utc_offset", "utc_normalized", "no_timezone"})
        or "utc_offset",
        interval_min=reader.count("timeInterval", least=1, most=720) or 1,
        no_past=reader.flag("disallowPassedDates"),
        accept=_accept(reader) if kind == "filepicker" else (),
        multiple=isinstance(reader.data.get("multiple"), str) or reader.flag("multiple"),
        max_mb=properties.number("maxSizeMb"),
        check=properties.expression("check"),
        check_message=properties.text("checkMessage"),
        check_message_en=properties.text("checkMessage_en"),
    )


def _validation_type(validate: Reader) -> str | None:
    found = validate.text("validationType", {"email", "phone", "custom"})
    return None if found == "custom" else found  # the editor's name for "by pattern"


def _pattern(validate: Reader) -> str | None:
    pattern = validate.text("pattern")
    if pattern is not None:
        try:
            compile_pattern(pattern)
        except PatternRefused as error:
            validate.fault("PATTERN_BAD", "pattern", reason=str(error))
    return pattern


def _step(reader: Reader) -> Decimal | None:
    step = reader.number("increment")
    if step is not None and step <= 0:
        reader.fault("WRONG_TYPE", "increment", attribute="increment", expected="> 0")
        return None
    return step


def _accept(reader: Reader) -> tuple[str, ...]:
    found = tuple(part.strip().lower() for part in (reader.text("accept") or "").split(",") if part.strip())
    if any(not part.startswith(".") for part in found):
        # Media types come from the sender; the ending is what is checked, content later by the store.
        reader.fault("WRONG_TYPE", "accept", attribute="accept", expected=".pdf,.jpg …")
    return found


def choices(kind: str, reader: Reader, properties: Reader) -> Choices | None:
    """Where the options of a chooser come from."""
    if kind not in _CHOOSERS:
        return None
    static = _static(reader) if "values" in reader.data else ()
    key, expression = reader.text("valuesKey"), reader.expression("valuesExpression")
    source = properties.text("source")
    given = [bool(reader.data.get("values")), key is not None, bool(reader.data.get("valuesExpression")), bool(source)]
    if sum(given) != 1:
        reader.fault("OPTIONS_MISSING")
    if source is not None and not source.removeprefix("register:"):
        properties.fault("WRONG_TYPE", "source", attribute="source", expected="register:<id>")
    return Choices(static, key, expression, source)


def _static(reader: Reader) -> tuple[Option, ...]:
    found: list[Option] = []
    for index, item in enumerate(reader.items("values")):
        value = item.get("value") if isinstance(item, Mapping) else None
        if value is None or isinstance(value, dict | list):
            reader.fault("WRONG_TYPE", f"values[{index}]", attribute="values", expected='{"label": …, "value": …}')
            continue
        if any(same(value, other.value) for other in found):
            reader.fault("OPTION_REPEATED", f"values[{index}]", value=value)
        found.append(Option(value, str(item.get("label", value))))
    return tuple(found)


def same(one: Value, other: Value) -> bool:
    """Equality of values; unlike Python's, true is not 1."""
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def rows(reader: Reader, properties: Reader, widget: str | None) -> Rows:
    """The rules of a dynamic list."""
    least, most = properties.count("minRows") or 0, properties.count("maxRows", least=1, most=MAX_ROWS)
    if most is not None and least > most:
        properties.fault("LIMITS_CROSSED", low="minRows", high="maxRows")
    fixed = properties.expression("rows")
    may_change = reader.flag("allowAddRemove", True) and widget != "score-grid" and fixed is None
    initial = reader.count("defaultRepetitions", most=MAX_ROWS)
    return Rows(
        minimum=max(least, 1) if reader.inner("validate").data.get("required") is True else least,
        maximum=most or MAX_ROWS // 2,
        may_change=may_change,
        initial=1 if initial is None else initial,
        expression=fixed,
        unique=tuple(str(name) for name in properties.items("unique")),
        totals=tuple(_total(properties, item) for item in properties.items("sumEquals")),
    )


def _total(properties: Reader, item: Any) -> Total:
    reader = Reader(item if isinstance(item, Mapping) else {}, f"{properties.place}.sumEquals", properties.report)
    reader.only({"column", "equals", "max"})
    column, equals, maximum = reader.text("column") or "", reader.limit("equals"), reader.limit("max")
    if not column or (equals is None) == (maximum is None):
        properties.fault(
            "WRONG_TYPE", "sumEquals", attribute="sumEquals", expected='{"column": …, "equals" | "max": …}'
        )
    return Total(column, equals, maximum)


def display(kind: str, reader: Reader) -> Mapping[str, Any]:
    """What only the page needs."""
    if kind == "text":
        return {"text": reader.shown("text")}
    if kind == "image":
        return {"source": reader.shown("source"), "alt": reader.shown("alt")}
    if kind == "table":
        return {
            "data": reader.expression("dataSource"),
            "columns": _columns(reader),
            "columns_expression": reader.expression("columnsExpression"),
            "row_count": reader.count("rowCount", least=1, most=MAX_ROWS),
        }
    if kind == "documentPreview":
        return {"data": reader.expression("dataSource")}
    if kind == "button":
        return {"action": reader.text("action", {"submit", "reset"}) or "submit"}
    if kind == "spacer":
        return {"height": reader.count("height", most=1000) or 40}
    return {}


def _columns(reader: Reader) -> tuple[tuple[str, str], ...]:
    found = []
    for index, item in enumerate(reader.items("columns")):
        key = item.get("key") if isinstance(item, Mapping) else None
        if isinstance(key, str):
            found.append((key, str(item.get("label") or key)))
        else:
            reader.fault("WRONG_TYPE", f"columns[{index}]", attribute="columns", expected='{"key": …, "label": …}')
    return tuple(found)
