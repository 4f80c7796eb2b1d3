"""Keys in addresses."""

from werkzeug.routing import BaseConverter

from service.schemas.base import parse_key


class KeyConverter(BaseConverter):
    """A key in an address, `<key:key>`. What is longer than any of ours is the key of nothing, not an error."""

    regex = r"-?[0-9]{1,25}"

    def to_python(self, value: str) -> int:
        """The number."""
        return parse_key(value) or 0

    def to_url(self, value: int) -> str:
        """Its digits."""
        return str(value)
