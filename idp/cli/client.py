"""Calls to the API, each repeated only where repeating is safe, and problems turned into errors with a next move."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final
from uuid import uuid4

import httpx2
from tenacity import Retrying, retry_if_exception, stop_after_attempt, wait_exponential_jitter

from idp.cli.errors import DocumentError, RefusedByServerError, UnreachableError

Json = dict[str, Any]

_TIMEOUT: Final = httpx2.Timeout(30, connect=5)
_SILENCE: Final = 60.0
"""The server sends a comment every 15 s; a minute of silence is a dead connection."""
_PAUSE_SECONDS: Final = 0.2
_LOOPBACK: Final = ("all://127.0.0.1", "all://localhost", "all://[::1]")
_MOVES: Final = {
    401: "Sign in: `idp token NAME --team TEAM --save` for a server on this machine; else set IDP_TOKEN or give --token.",
    404: "See what is there: `idp list`, `idp list requests`.",
    412: "Look at it again (`idp show CAPABILITY/TEAM/NAME`), then repeat.",
}


class Client:
    """One server, one caller."""

    def __init__(self, url: str, token: str | None) -> None:
        """Raises DocumentError where `url` is none."""
        self.url = url.rstrip("/")
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        try:
            scheme = httpx2.URL(self.url).scheme
            if scheme not in {"http", "https"}:
                message = "it does not begin with http:// or https://"
                raise ValueError(message)  # noqa: TRY301 - told below like every other fault of an address
            # A company's proxy is never the way to this machine: hence the mounts. Without TLS there is no authority to load.
            self._http = httpx2.Client(
                base_url=self.url,
                headers=headers,
                timeout=_TIMEOUT,
                mounts=dict.fromkeys(_LOOPBACK),
                verify=scheme != "http",
            )
        except (ValueError, httpx2.InvalidURL) as error:
            message = f"{url!r} with this token makes no HTTP request: {error}."
            raise DocumentError(message, move="A server is named as http://host:port with --url or IDP_URL.") from error

    def close(self) -> None:
        """End every connection."""
        self._http.close()

    def read(self, path: str, params: Mapping[str, Any] | None = None) -> Any:
        """GET; the JSON answer."""
        return self._call("GET", path, repeatable=True, params=_given(params)).json()

    def items(self, path: str, params: Mapping[str, Any] | None = None) -> Iterator[Json]:
        """GET of a list, page after page."""
        answer = self._call("GET", path, repeatable=True, params=_given(params))
        yield from answer.json()["items"]
        while following := answer.links.get("next"):
            answer = self._call("GET", str(answer.url.join(following["url"])), repeatable=True)
            yield from answer.json()["items"]

    def file(self, method: str, path: str, body: Json | None = None, *, key: str | None = None) -> Json:
        """File a request; the request as accepted. One Idempotency-Key for all attempts makes repeating safe."""
        headers = {"Idempotency-Key": key or uuid4().hex}
        answer: Json = self._call(method, path, repeatable=True, json=body, headers=headers).json()
        return answer

    def explain(self, method: str, path: str, body: Json | None = None) -> Json:
        """What filing the same would do. Nothing is stored."""
        answer: Json = self._call(method, path, repeatable=True, json=body, params={"explain": "true"}).json()
        return answer

    def act(self, path: str, body: Json | None = None) -> Json:
        """POST that is no filing (a decision, a cancellation): repeated only where it was surely not sent."""
        answer: Json = self._call("POST", path, repeatable=False, json=body).json()
        return answer

    @contextmanager
    def stream(
        self,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        silence: float = _SILENCE,
    ) -> Iterator[httpx2.Response]:
        """GET of an answer that comes bit by bit; not repeated here.

        Raises httpx2.TransportError when it is cut, and after so many seconds of `silence`.
        """
        timeout = httpx2.Timeout(silence, connect=5)
        request = self._http.build_request("GET", path, params=_given(params), headers=headers, timeout=timeout)
        answer = self._http.send(request, stream=True)
        try:
            if answer.is_error:
                answer.read()
            self._checked(answer)
            yield answer
        finally:
            answer.close()

    def unreachable(self, error: httpx2.TransportError) -> UnreachableError:
        """What to say when the server does not answer."""
        return UnreachableError(
            f"{self.url} does not answer ({str(error) or type(error).__name__}).",
            move=f"Is `idp serve` running at {self.url}? Another server is named with --url or IDP_URL.",
        )

    def _call(self, method: str, path: str, *, repeatable: bool, **parts: Any) -> httpx2.Response:
        attempts = Retrying(
            retry=retry_if_exception(_worth_repeating(repeatable=repeatable)),
            stop=stop_after_attempt(4),
            wait=wait_exponential_jitter(multiplier=_PAUSE_SECONDS, max=2, jitter=_PAUSE_SECONDS),
            reraise=True,
        )
        try:
            return attempts(lambda: self._checked(self._http.request(method, path, **parts)))
        except httpx2.TransportError as error:
            raise self.unreachable(error) from error

    def _checked(self, answer: httpx2.Response) -> httpx2.Response:
        if not answer.is_error:
            return answer
        problem = _problem(answer)
        if answer.is_client_error:
            raise RefusedByServerError(problem, answer.status_code, move=_MOVES.get(answer.status_code, ""))
        message = f"{self.url} is in trouble ({answer.status_code}): {problem.get('detail') or answer.reason_phrase}"
        move = "Whether it took effect is not known; look (`idp list requests`) before you repeat."
        raise _TroubleError(message, move=move)


class _TroubleError(UnreachableError):
    """A 5xx answer."""


def _worth_repeating(*, repeatable: bool) -> Callable[[BaseException], bool]:
    """A call that was not sent can always be sent again; one that may have taken effect only where that is harmless."""
    unsent = (httpx2.ConnectError, httpx2.ConnectTimeout)
    unknown = (httpx2.TransportError, _TroubleError)
    kinds: tuple[type[BaseException], ...] = unknown if repeatable else unsent
    return lambda error: isinstance(error, kinds)


def _problem(answer: httpx2.Response) -> Json:
    try:
        body = answer.json()
    except ValueError:
        return {"detail": answer.text[:500].strip()}
    return body if isinstance(body, dict) else {"detail": str(body)}


def _given(params: Mapping[str, Any] | None) -> dict[str, Any]:
    return {name: value for name, value in (params or {}).items() if value is not None}
