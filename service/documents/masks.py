"""Personal numbers and names, shown so that their owner recognises them and nobody else learns them."""

from collections.abc import Callable, Mapping


def _keep(first: int, last: int) -> Callable[[str], str]:
    """The first and last characters; of a text that is too short for that, its first one."""

    def mask(text: str) -> str:
        if len(text) <= first + last:
            return text[:1] + "*" * (len(text) - 1)
        return text[:first] + "*" * (len(text) - first - last) + (text[-last:] if last else "")

    return mask


#: What a declaration may ask for: identity numbers, telephone numbers, account numbers, names of persons.
MASKS: Mapping[str, Callable[[str], str]] = {
    "id": _keep(3, 4),
    "mobile": _keep(3, 4),
    "account": _keep(0, 4),
    "name": _keep(1, 0),
}
