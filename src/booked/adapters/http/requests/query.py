"""Query strings, read leniently: a meaningless value counts as not sent."""

import re
from urllib.parse import parse_qsl

_WHOLE_NUMBER = re.compile(r"-?[0-9]+")
_DIGITS = 19  # beyond anything that has a meaning, and quick to convert
_PARAMETERS_MOST = 100


class Query:
    """The first value of each parameter. A second `?` is understood as `&`, as in `?limit=5?timestamp=7`."""

    def __init__(self, raw: bytes) -> None:
        text = raw.decode("latin-1").replace("?", "&")
        try:
            pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=_PARAMETERS_MOST)
        except ValueError:
            pairs = []
        self._values = dict(reversed(pairs))

    def text(self, name: str) -> str:
        """Return the value of a parameter, empty if it was not sent."""
        return self._values.get(name, "")

    def whole_number(self, name: str, default: int) -> int:
        """Return the value of a parameter, or the default if it is no whole number."""
        text = self.text(name)
        return int(text[:_DIGITS]) if _WHOLE_NUMBER.fullmatch(text) else default
