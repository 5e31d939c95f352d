"""No query parameter is ignored: `?explian=true` must not file a request."""

from fastapi import Request

from idp.errors import FieldError, InvalidError


class Strictly:
    """Refuses query parameters other than these, and one that is there twice."""

    def __init__(self, *known: str) -> None:
        self._known = known

    def __call__(self, request: Request) -> None:
        """Raises InvalidError."""
        given = [name for name, _ in request.query_params.multi_items()]
        wrong = [
            FieldError(name[:80], "is there twice." if name in self._known else f"is not known; {self._words()}.")
            for name in dict.fromkeys(given)
            if name not in self._known or given.count(name) > 1
        ]
        if wrong:
            message = "A query parameter is not known, or there twice. Nothing is done."
            raise InvalidError(message, wrong)

    def _words(self) -> str:
        return f"there are {', '.join(self._known)}" if self._known else "there are none here"
