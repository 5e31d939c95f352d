"""The ledger's word that this run may change the world now. Asked before each change."""

from pathlib import Path
from typing import Final

import httpx2
from pydantic import HttpUrl
from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_random_exponential

from idp.errors import StepError, UnavailableError

LONGEST_PAUSE: Final = 15.0
"""Seconds between two questions while the API is away."""

_LATER: Final = frozenset({408, 425, 429})
"""Client errors that mean: not now. Together with every server error they are waited out."""


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
    url = f"{str(api_url).rstrip('/')}/v1/permits"
    patiently = Retrying(
        retry=retry_if_exception_type(UnavailableError),
        wait=wait_random_exponential(multiplier=0.2, max=LONGEST_PAUSE),
        before_sleep=_say_so,
    )
    with httpx2.Client(timeout=30) as client:
        patiently(_asked, client, url, token_file, digest)


def _asked(client: httpx2.Client, url: str, token_file: Path, digest: str) -> None:
    """Once. The token is read each time, as the kubelet renews it."""
    headers = {"Authorization": f"Bearer {_token(token_file)}"}
    try:
        answer = client.post(url, json={"digest": digest}, headers=headers)
    except httpx2.TransportError as error:
        message = f"The API at {url} gives no answer ({error!r})."
        raise UnavailableError(message) from error
    if answer.is_server_error or answer.status_code in _LATER:
        message = f"The API at {url} answered {answer.status_code}."
        raise UnavailableError(message)
    if not _given(answer):
        message = f"The permit was refused, nothing was changed: {_words(answer)}"
        raise StepError(message)


def _token(token_file: Path) -> str:
    try:
        return token_file.read_text(encoding="ascii").strip()
    except OSError as error:
        message = f"There is no token at {token_file} ({error.strerror}), so no permit can be asked for; mount it."
        raise StepError(message) from error


def _given(answer: httpx2.Response) -> bool:
    """Only the exact word counts."""
    return answer.status_code == httpx2.codes.OK and _object(answer).get("permitted") is True


def _words(answer: httpx2.Response) -> str:
    problem = _object(answer)
    return str(problem.get("detail") or problem.get("title") or f"the API answered {answer.status_code}")


def _object(answer: httpx2.Response) -> dict[str, object]:
    try:
        said = answer.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _say_so(call: RetryCallState) -> None:
    error = call.outcome.exception() if call.outcome else None
    pause = call.next_action.sleep if call.next_action else 0
    print(f"{error} Asking again in {pause:.1f} s.", flush=True)  # noqa: T201 - the step's log
