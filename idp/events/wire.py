"""How a value travels from the API to a step: JSON in which nobody on the way finds anything to evaluate.

Argo substitutes `{{...}}` in every value, twice; Kubernetes expands `$(...)` in an environment variable; browsers and
templates read `<`, `>`, `&` and `{%`. So these characters are written as JSON escapes wherever a string holds them; the
text stays ASCII, readable in the Argo UI, and any JSON reader gets the value back. Braces between strings are JSON's
own: an object's key is a string, so two opening ones never meet.
"""

import json
import re
from typing import Any, Final

from idp.errors import InvalidError

REQUEST_LIMIT: Final = 32 * 1024
"""Bytes of a request: an environment variable and a Workflow's parameter hold it with room to spare."""

_ESCAPED: Final = {ord(character): f"\\u{ord(character):04x}" for character in "{}$%<>&\x7f"}
_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"')


def wire(value: Any, *, limit: int = REQUEST_LIMIT) -> str:
    """The value as printable ASCII JSON without blanks, keys in their order.

    Raises InvalidError where it is longer than `limit` bytes, or is no JSON value.
    """
    try:
        text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        message = f"The value cannot be written as JSON: {error}."
        raise InvalidError(message) from error
    text = _STRING.sub(lambda string: string[0].translate(_ESCAPED), text)
    if len(text) > limit:
        message = f"The value takes {len(text)} bytes on its way to a step; at most {limit} fit: send less."
        raise InvalidError(message)
    return text
