"""HTML ids and attributes of inputs."""

from service.forms.model import Component
from service.forms.scope import Scope


def html_id(path: str) -> str:
    """The HTML id of the field at a path."""
    return "f-" + path.replace("[", "-").replace("]", "").replace(".", "-")


def attributes(component: Component, scope: Scope) -> dict[str, str]:
    """What an input of this component carries beside id, name and value."""
    rules, found = component.rules, dict[str, str]()
    if component.type == "textfield":
        found["type"] = {"email": "email", "phone": "tel"}.get(rules.validation_type or "", "text")
        if rules.format == "cn_mobile":
            found |= {"type": "tel", "autocomplete": "tel"}
    elif component.type == "number":
        # Not type=number: a browser hands over nothing for "12,5", and the person could not be told what was wrong.
        found |= {"type": "text", "inputmode": "numeric" if rules.digits == 0 else "decimal"}
    elif component.type == "datetime":
        found["type"] = {"datetime": "datetime-local"}.get(rules.subtype, rules.subtype)
        for name, limit in (("min", scope.limit(rules.minimum)), ("max", scope.limit(rules.maximum))):
            if isinstance(limit, str) and rules.subtype == "date":
                found[name] = limit
        if rules.subtype != "date" and rules.interval_min > 1:
            found["step"] = str(rules.interval_min * 60)
    elif component.type == "filepicker":
        found |= {"accept": ",".join(rules.accept)} if rules.accept else {}
        found |= {"multiple": "multiple"} if rules.multiple else {}
    if component.type in {"textfield", "textarea"} and rules.max_length is not None:
        # A browser counts UTF-16 units: twice as many never cuts a text that the server accepts.
        found["maxlength"] = str(2 * rules.max_length)
    return found
