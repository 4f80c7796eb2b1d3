"""Keys in addresses."""

from werkzeug.routing import BaseConverter

from service.schemas.base import evaluation_instance_key, parse_evaluation_instance_key, parse_key


class KeyConverter(BaseConverter):
    """A key in an address, `<key:key>`. What is longer than any of ours is the key of nothing, not an error."""

    regex = r"-?[0-9]{1,25}"

    def to_python(self, value: str) -> int:
        """The number."""
        return parse_key(value) or 0

    def to_url(self, value: int) -> str:
        """Its digits."""
        return str(value)


class EvaluationKeyConverter(BaseConverter):
    """The key of one evaluated decision, `<evaluation:key>`."""

    regex = r"[0-9]{1,25}(?:-1)?"

    def to_python(self, value: str) -> int:
        """The number."""
        return parse_evaluation_instance_key(value) or 0

    def to_url(self, value: int) -> str:
        """As clients expect it."""
        return evaluation_instance_key(value)
