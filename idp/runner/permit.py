"""The ledger's word that this run may change the world now. Asked before each change."""

from pathlib import Path

import httpx2
from pydantic import HttpUrl

from idp.errors import StepError
from idp.runner.asking import answered, object_of, words


def permit(api_url: HttpUrl | None, token_file: Path, digest: str) -> None:
    """Returns when the permit is given; waits, up to the step's own deadline, while the API is away.

    Asking again is safe: a permit given to this run stays given, and one given to another is refused each time.
    Raises StepError where it is refused, with the API's words.
    """
    if api_url is None:
        message = (
            "IDP_API_URL is not set, so no permit can be asked for and nothing was changed; set it in the ConfigMap."
        )
        raise StepError(message)
    answer = answered(api_url, "/v1/permits", {"digest": digest}, token_file)
    if not _given(answer):
        message = f"The permit was refused, nothing was changed: {words(answer)}"
        raise StepError(message)


def _given(answer: httpx2.Response) -> bool:
    """Only the exact word counts."""
    return answer.status_code == httpx2.codes.OK and object_of(answer).get("permitted") is True
