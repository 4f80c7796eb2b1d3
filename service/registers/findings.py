"""What may be wrong with a register declaration, in Chinese and English, by a stable code."""

from dataclasses import dataclass, field

#: code: (Chinese, English). Templates use `str.format` fields.
TEXTS: dict[str, tuple[str, str]] = {
    "NOT_JSON": ("不是有效的JSON：{reason}", "This is no JSON: {reason}"),
    "NOT_AN_OBJECT": ("应为对象（{{…}}）。", "This must be an object."),
    "NOT_A_LIST": ("应为列表（[…]）。", "This must be a list."),
    "NOT_A_TEXT": ('应为文字（"…"）。', "This must be a text."),
    "NOT_A_NUMBER": ("应为整数。", "This must be a whole number."),
    "NOT_A_BOOLEAN": ("应为true或false。", "This must be true or false."),
    "UNKNOWN_KEY": ("没有“{key}”这一项；可用的有：{known}。", "There is no “{key}” here; known are: {known}."),
    "MISSING": ("缺少“{key}”。", "“{key}” is missing."),
    "BAD_ID": (
        "“{id}”不是有效的标识：以小写字母开头，只含小写字母、数字和下划线。",
        "“{id}” is no id: begin with a small letter; small letters, digits and underscores only.",
    ),
    "RESERVED": ("“{key}”是平台保留的名称，请改名。", "“{key}” is a name of the platform; choose another."),
    "TWICE": ("“{key}”出现了两次。", "“{key}” stands here twice."),
    "UNKNOWN_TYPE": ("没有“{type}”这种字段类型；可用的有：{known}。", "No field type “{type}”; known are: {known}."),
    "UNKNOWN_FIELD": ("没有字段“{field}”。", "There is no field “{field}”."),
    "UNKNOWN_STATE": ("没有状态“{state}”。", "There is no state “{state}”."),
    "NO_INITIAL": ("有状态的登记簿须写明初始状态（initial）。", "A register with states must say which are initial."),
    "NOT_A_PAIR": ("变迁应为一对状态：[从, 到]。", "A transition is a pair of states: [from, to]."),
    "REFERENCE_REGISTER": ("引用字段须写明所引登记簿（register）。", "A reference must name its register."),
    "ID_FIELD_REQUIRED": (
        "编号字段“{field}”须为必填的文字。",
        "The id field “{field}” must be a required text.",
    ),
    "UNREACHABLE": ("状态“{state}”无法到达。", "The state “{state}” cannot be reached."),
    "UNKNOWN_KIND": ("没有“{kind}”这一种；可用的有：{known}。", "There is no kind “{kind}”; known are: {known}."),
    "QUERY_NEEDS": ("这种查询须写明“{key}”。", "A query of this kind must say “{key}”."),
    "QUERY_NAME": ("“{name}”已由平台使用，查询请另取名称。", "“{name}” is already known to a guard; rename the query."),
    "NAMES_NOBODY": (
        "字段“{field}”不能写明回避人员；可用的类型有：{known}。",
        "The field “{field}” cannot say who is recused; types that can: {known}.",
    ),
    "UNKNOWN_REGISTER": ("没有登记簿“{register}”。", "There is no register “{register}”."),
    "UNKNOWN_DECISION": ("没有决策“{decision}”。", "There is no decision “{decision}”."),
    "UNKNOWN_GROUP": ("没有用户组“{group}”。", "There is no group “{group}”."),
    "UNKNOWN_NAME": (
        "登记簿“{register}”既没有字段也没有索引“{name}”。",
        "The register “{register}” has neither a field nor an index “{name}”.",
    ),
    "UNKNOWN_TEMPLATE": ("发布中没有模板文件“{file}”。", "The release has no template file “{file}”."),
    "TEMPLATE_KIND": (
        "模板“{file}”既不是Typst（.typ）也不是Word（.docx）文件。",
        "The template “{file}” is neither a Typst (.typ) nor a Word (.docx) file.",
    ),
    "TEMPLATE_OR_SHEET": (
        "须写明模板文件（template）或工作表（sheet），二者居其一。",
        "Say either a template file (template) or a sheet (sheet).",
    ),
    "UNKNOWN_DOCUMENT": (
        "没有文书模板“{document}”；请在任务头（header）template中写模板的标识。",
        "There is no document “{document}”; name one in the header `template`.",
    ),
    "INPUT_MISSING": ("文书“{document}”需要输入“{input}”。", "The document “{document}” needs the input “{input}”."),
    "INPUT_UNKNOWN": ("文书“{document}”没有输入“{input}”。", "The document “{document}” has no input “{input}”."),
    "UNKNOWN_MASK": ("没有“{mask}”这种遮盖方式；可用的有：{known}。", "No mask “{mask}”; known are: {known}."),
    "FIELD_NOT_READ": (
        "模板用到“{field}”，而声明中没有这一项。",
        "The template uses “{field}”, which the declaration does not have.",
    ),
    "EXAMPLE": ("样例无法生成：{reason}", "The example cannot be rendered: {reason}"),
    "EXPRESSION": ("表达式有误：{reason}", "The expression is wrong: {reason}"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault: where, which, and what fills its text."""

    path: str
    code: str
    fields: dict[str, str] = field(default_factory=dict)


def wording(finding: Finding, language: str) -> str:
    """The text of a finding; a language that is not Chinese gets English."""
    chinese, english = TEXTS[finding.code]
    return (chinese if language.lower().startswith("zh") else english).format(**finding.fields)
