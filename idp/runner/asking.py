"""Questions to the API, asked with the step's token; asked again while the API is away."""

from pathlib import Path
from typing import Any, Final

import httpx2
from pydantic import HttpUrl
from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_random_exponential

from idp.errors import StepError, UnavailableError

LONGEST_PAUSE: Final = 15.0
"""Seconds between two questions while the API is away."""

_LATER: Final = frozenset({408, 425, 429})
"""Client errors that mean: not now. Together with every server error they are waited out."""


def answered(api_url: HttpUrl, path: str, body: Any, token_file: Path) -> httpx2.Response:
    """The API's answer, good or bad; waits for one, up to the step's own deadline. For what can be asked twice.

    Raises StepError where there is no token.
    """
    url = f"{str(api_url).rstrip('/')}{path}"
    patiently = Retrying(
        retry=retry_if_exception_type(UnavailableError),
        wait=wait_random_exponential(multiplier=0.2, max=LONGEST_PAUSE),
        before_sleep=_say_so,
    )
    # Without TLS there is no authority to load, which takes a while.
    with httpx2.Client(timeout=30, verify=not url.startswith("http://")) as client:
        answer: httpx2.Response = patiently(_asked, client, url, token_file, body)
    return answer


def words(answer: httpx2.Response) -> str:
    """Why not, in the API's words."""
    problem = object_of(answer)
    return str(problem.get("detail") or problem.get("title") or f"the API answered {answer.status_code}")


def object_of(answer: httpx2.Response) -> dict[str, object]:
    """The answer's JSON object; empty where it is none."""
    try:
        said = answer.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _asked(client: httpx2.Client, url: str, token_file: Path, body: Any) -> httpx2.Response:
    """Once. The token is read each time, as the kubelet renews it."""
    headers = {"Authorization": f"Bearer {_token(token_file)}"}
    try:
        answer = client.post(url, json=body, headers=headers)
    except httpx2.TransportError as error:
        message = f"The API at {url} gives no answer ({error!r})."
        raise UnavailableError(message) from error
    if answer.is_server_error or answer.status_code in _LATER:
        why = object_of(answer).get("detail", "")
        message = f"The API at {url} answered {answer.status_code}. {why}".rstrip()
        raise UnavailableError(message)
    return answer


def _token(token_file: Path) -> str:
    try:
        return token_file.read_text(encoding="ascii").strip()
    except OSError as error:
        message = f"There is no token at {token_file} ({error.strerror}), so the API cannot be asked; mount it."
        raise StepError(message) from error


def _say_so(call: RetryCallState) -> None:
    error = call.outcome.exception() if call.outcome else None
    pause = call.next_action.sleep if call.next_action else 0
    print(f"{error} Asking again in {pause:.1f} s.", flush=True)  # noqa: T201 - the step's log
