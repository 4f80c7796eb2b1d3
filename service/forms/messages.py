"""What a form says when something is wrong: Chinese first, English by language.

Two tables: faults of answers (shown beside the field) and findings about the form JSON itself
(shown to the process owner before a deployment). Templates use `str.format` fields.
"""

from typing import Any

#: code: (Chinese, English). The codes are stable; clients may rely on them.
ANSWERS: dict[str, tuple[str, str]] = {
    "REQUIRED": ("请填写此项。", "This field is required."),
    "UNKNOWN_FIELD": ("表单中没有此项。", "The form has no such field."),
    "READ_ONLY": ("此项只读，不能提交。", "This field is read-only and cannot be submitted."),
    "HIDDEN": ("此项当前不显示，不能提交。", "This field is hidden at present and cannot be submitted."),
    "NOT_A_VALUE": ("无法识别的内容：{reason}", "Not readable: {reason}"),
    "NOT_TEXT": ("应为文字。", "This must be a text."),
    "CONTROL_CHARACTER": ("含有不可见的控制字符。", "There is an invisible control character in the text."),
    "TOO_SHORT": ("至少{limit}个字，现有{actual}个字。", "At least {limit} characters; there are {actual}."),
    "TOO_LONG": ("最多{limit}个字，现有{actual}个字。", "At most {limit} characters; there are {actual}."),
    "PATTERN": ("格式不符合要求。", "The text does not have the required form."),
    "EMAIL": ("请填写有效的电子邮箱地址。", "This is not an e-mail address."),
    "PHONE": ("请填写有效的电话号码。", "This is not a telephone number."),
    "USCC_CHECKSUM": (
        "不是有效的18位统一社会信用代码（字母须大写）。",
        "This is not a valid unified social credit code (capitals).",
    ),
    "IDNO_CHECKSUM": ("不是有效的18位公民身份号码。", "This is not a valid citizen identity number."),
    "CN_MOBILE": ("请填写11位手机号码。", "This is not a mainland mobile number of 11 digits."),
    "NOT_A_NUMBER": ("请填写数字。", "This must be a number."),
    "TOO_PRECISE": ("最多保留{limit}位小数。", "At most {limit} decimal places."),
    "STEP": ("应为{step}的整数倍。", "This must be a multiple of {step}."),
    "TOO_SMALL": ("不能小于{limit}。", "This must not be less than {limit}."),
    "TOO_LARGE": ("不能大于{limit}。", "This must not be more than {limit}."),
    "TOO_EARLY": ("不能早于{limit}。", "This must not be before {limit}."),
    "TOO_LATE": ("不能晚于{limit}。", "This must not be after {limit}."),
    "NOT_A_DATE": ("请填写日期，如2026-04-30。", "This must be a date such as 2026-04-30."),
    "NOT_A_TIME": ("请填写时间，如09:30。", "This must be a time such as 09:30."),
    "NOT_A_DATETIME": (
        "请填写日期和时间，如2026-04-30T09:30。",
        "This must be a date and time such as 2026-04-30T09:30.",
    ),
    "INTERVAL": ("时间应为{minutes}分钟的整数倍。", "The time must lie on a step of {minutes} minutes."),
    "PAST": ("不能早于今天。", "This must not lie in the past."),
    "NOT_YES_NO": ("应为“是”或“否”。", "This must be yes or no."),
    "NOT_IN_LIST": ("请从列出的选项中选择。", "Choose one of the options."),
    "NOT_A_LIST": ("应为列表。", "This must be a list."),
    "NOT_AN_OBJECT": ("应为一组字段。", "This must be a set of fields."),
    "REPEATED": ("同一选项只能选一次。", "An option may be chosen only once."),
    "NOT_A_FILE": ("不是有效的附件引用。", "This is not a reference to a document."),
    "TOO_MANY_FILES": ("只能上传一个附件。", "Only one file may be attached."),
    "FILE_TYPE": (
        "附件“{name}”的类型不允许；允许：{accept}。",
        "“{name}” is of a type that is not accepted; accepted: {accept}.",
    ),
    "FILE_SIZE": ("附件“{name}”超过{limit} MB。", "“{name}” is larger than {limit} MB."),
    "TOO_FEW_ROWS": ("至少{limit}行。", "At least {limit} rows."),
    "TOO_MANY_ROWS": ("最多{limit}行。", "At most {limit} rows."),
    "FORMULA": ("不接受公式，请填写数值或文字。", "A formula is not taken; write the value."),
    "FIXED_ROWS": ("此表固定为{limit}行，不能增减。", "This table has {limit} fixed rows."),
    "NOT_UNIQUE": ("“{column}”与第{row}行重复。", "“{column}” repeats row {row}."),
    "SUM": ("“{column}”合计应为{limit}，现为{actual}。", "“{column}” must add up to {limit}; it is {actual}."),
    "SUM_MAX": (
        "“{column}”合计不能超过{limit}，现为{actual}。",
        "“{column}” must not exceed {limit} in total; it is {actual}.",
    ),
    "SIGNATURE": ("密码不正确，未签名。", "The password is wrong; nothing was signed."),
    "CHECK": ("不符合填写要求。", "This does not meet the rule of the form."),
    "EXPRESSION": (
        "表单中的公式无法计算，请联系流程管理员（{reason}）。",
        "An expression of the form cannot be worked out; tell the process owner ({reason}).",
    ),
}

#: Findings about a form, in the same two languages.
FORMS: dict[str, tuple[str, str]] = {
    "NOT_JSON": ("不是有效的JSON：{reason}", "Not valid JSON: {reason}"),
    "NOT_A_FORM": ("表单应为含有components列表的对象。", "A form is an object with a list of components."),
    "ID_MISSING": ("表单缺少id。", "The form has no id."),
    "NOT_A_COMPONENT": ("组件应为含有type的对象。", "A component is an object with a type."),
    "REFUSED_COMPONENT": ("不允许使用“{type}”组件。", "Components of type “{type}” are not allowed."),
    "UNKNOWN_COMPONENT": ("未知的组件类型“{type}”。", "Unknown component type “{type}”."),
    "TOO_DEEP": ("组件嵌套超过{limit}层。", "Components are nested more than {limit} deep."),
    "KEY_MISSING": ("组件“{type}”缺少{attribute}。", "The {type} has no {attribute}."),
    "KEY_INVALID": (
        "“{key}”不能作键名：须以字母开头，只含字母、数字和下划线，且不是this、parent、i等保留字。",
        "“{key}” cannot be a key: letters, digits and underscores, beginning with a letter, no reserved word.",
    ),
    "KEY_REPEATED": ("键名“{key}”重复。", "The key “{key}” is used twice."),
    "WRONG_TYPE": (
        "“{attribute}”的值不正确：应为{expected}。",
        "“{attribute}” has a wrong value: expected {expected}.",
    ),
    "UNKNOWN_RULE": (
        "“{attribute}”不认识“{name}”。",
        "“{attribute}” does not know “{name}” (a mistyped name would switch a rule off in silence).",
    ),
    "PATTERN_BAD": ("正则表达式不可用：{reason}", "The pattern cannot be used: {reason}"),
    "EXPRESSION_BAD": ("“{attribute}”中的公式有误：{reason}", "The expression in “{attribute}” is wrong: {reason}"),
    "EXPRESSION_MISSING": (
        "“{attribute}”应为以“=”开头的公式。",
        "“{attribute}” must be an expression beginning with “=”.",
    ),
    "EXPRESSION_CYCLE": ("公式循环引用：{keys}。", "Expressions depend on each other in a circle: {keys}."),
    "TEMPLATE_BAD": ("文字模板只支持{{{{ 公式 }}}}：{reason}", "A text may only hold {{{{ expression }}}}: {reason}"),
    "OPTIONS_MISSING": (
        "缺少选项：values、valuesKey、valuesExpression或properties.source须有且只有一个。",
        "Exactly one of values, valuesKey, valuesExpression and properties.source must give the options.",
    ),
    "OPTION_REPEATED": ("选项值“{value}”重复。", "The option value “{value}” occurs twice."),
    "STORAGE_INSIDE": (
        "存储类别由最外层容器决定，请在容器上设置（容器为{outer}，此处为{inner}）。",
        "The outermost container decides the storage class: set it there (it is {outer}, here {inner}).",
    ),
    "STORAGE_LEAK": (
        "公式读取了存储类别为{inner}的“{key}”，但自身为{outer}。",
        "The expression reads “{key}” of storage class {inner}, but is itself {outer}.",
    ),
    "COLUMN_UNKNOWN": (
        "“{attribute}”中的列“{column}”不存在。",
        "“{attribute}” names the column “{column}”, which is not there.",
    ),
    "READ_ONLY_COLUMN": (
        "可增减行的列表中，列“{column}”不能只读：行没有固定对应的已有数据。",
        "Where rows may come and go, the column “{column}” cannot be read-only: no given row belongs to it.",
    ),
    "LIMITS_CROSSED": ("“{low}”大于“{high}”。", "“{low}” is larger than “{high}”."),
}

#: Words of the page around the fields.
PAGE: dict[str, tuple[str, str]] = {
    "required": ("（必填）", "(required)"),
    "faults": ("请更正以下各项", "Please correct the following"),
    "choose": ("请选择", "Choose"),
    "add_row": ("添加一行", "Add a row"),
    "remove_row": ("删除第{number}行", "Remove row {number}"),
    "remove_file": ("移除附件{name}", "Remove the file {name}"),
    "row": ("第{number}行", "Row {number}"),
    "actions": ("操作", "Actions"),
    "no_rows": ("暂无内容", "Nothing here yet"),
    "refresh": ("按已填内容更新表单", "Update the form to my answers"),
    "password": ("请再次输入登录密码以签名", "Sign with your password"),
    "add_file": ("选择文件", "Choose a file"),
    "yes": ("是", "Yes"),
    "no": ("否", "No"),
    "empty": ("未填写", "Not filled in"),
    "submit": ("提交", "Submit"),
    "up": ("第{number}行上移", "Move row {number} up"),
    "down": ("第{number}行下移", "Move row {number} down"),
    "paste": ("从Excel粘贴多行", "Paste rows from a spreadsheet"),
    "paste_help": (
        "复制Excel中的行（可带表头），粘贴到下面。各列：",
        "Copy rows from a spreadsheet (with or without heads) and paste them here. Columns:",
    ),
    "paste_in": ("核对并填入表中", "Check and put into the table"),
    "sum": ("合计", "Total"),
    "must_be": ("（应为{limit}）", "(must be {limit})"),
    "at_most": ("（不超过{limit}）", "(at most {limit})"),
    "preview": ("预览", "Preview"),
    "class": ("密级", "Class"),
    "class_none": ("不标注", "not marked"),
    "class_public": ("公开", "public"),
    "class_internal": ("内部", "internal"),
    "class_trade_secret": ("商业秘密", "trade secret"),
    "upload": ("正在上传", "Uploading"),
    "cancel_upload": ("取消", "Cancel"),
    "retry": ("重试", "Try again"),
    "upload_failed": ("没有上传成功", "Not uploaded"),
}


def page_texts(language: str) -> dict[str, str]:
    """The words of the page in one language; some hold `{number}` or `{name}`."""
    return {name: texts[language.lower().startswith("en")] for name, texts in PAGE.items()}


def answer_text(code: str, language: str, params: dict[str, Any]) -> str:
    """The message of a fault in an answer. `language` other than English is Chinese."""
    return _text(ANSWERS, code, language, params)


def form_text(code: str, language: str, params: dict[str, Any]) -> str:
    """The message of a finding about a form."""
    return _text(FORMS, code, language, params)


def _text(table: dict[str, tuple[str, str]], code: str, language: str, params: dict[str, Any]) -> str:
    return table[code][language.lower().startswith("en")].format(**params)
