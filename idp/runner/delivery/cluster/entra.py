"""Entra's access tokens for a step, by its pod's workload identity."""

import os
import time
from collections.abc import Callable
from typing import Any, Final

import httpx2

from idp import entra
from idp.entra import Identity
from idp.errors import DefinitionError, StepError
from idp.runner.delivery.cluster.patience import answered

PATIENCE: Final = 60.0
"""Seconds for which what signs a step in may be away."""
_EARLY: Final = 300.0
"""Seconds before its end at which a token is renewed."""
_UNAUTHORIZED: Final = 401


class AccessTokens:
    """One for each scope, kept until shortly before its end."""

    def __init__(self, identity: Identity, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.identity = identity
        self._clock = clock
        self._kept: dict[str, tuple[str, float]] = {}

    def token(self, scope: str, *, anew: bool = False) -> str:
        """Raises StepError, with Entra's own words."""
        kept = self._kept.get(scope)
        if anew or kept is None or self._clock() >= kept[1]:
            asked_at = self._clock()
            text, seconds = self._given(scope)
            kept = self._kept[scope] = (text, asked_at + seconds - min(_EARLY, seconds / 10))
        return kept[0]

    def _given(self, scope: str) -> tuple[str, float]:
        try:
            answer = asked_to_sign_in(self.identity.url, self.identity.form(scope))
            said = _json(answer)
            if not answer.is_success:
                raise StepError(entra.refusal(self.identity, said))
            return entra.given(self.identity, said)
        except (entra.NoAssertionError, entra.NoAnswerError) as error:
            raise StepError(str(error)) from error


def of_this_pod() -> AccessTokens:
    """Raises StepError where workload identity gave it none."""
    try:
        return AccessTokens(entra.identity(os.environ, "The Azure registry that applications are delivered by"))
    except DefinitionError as error:
        raise StepError(str(error)) from error


class Bearer(httpx2.Auth):
    """One scope's token at each call; another one where it is no longer taken."""

    def __init__(self, tokens: AccessTokens, scope: str) -> None:
        self._tokens, self._scope = tokens, scope

    def auth_flow(self, request: httpx2.Request) -> Any:
        """Around one call, as httpx2 asks for it. Raises StepError."""
        request.headers["Authorization"] = f"Bearer {self._tokens.token(self._scope)}"
        answer = yield request
        if answer.status_code == _UNAUTHORIZED:
            request.headers["Authorization"] = f"Bearer {self._tokens.token(self._scope, anew=True)}"
            yield request


def asked_to_sign_in(url: str, form: dict[str, str]) -> httpx2.Response:
    """The answer, good or bad; waits for one while nobody is there, as asking again is safe. Raises StepError."""
    try:
        answer = answered(lambda: _posted(url, form), seconds=PATIENCE, longest_pause=5)
    except httpx2.TransportError as error:
        raise _away(url, type(error).__name__) from error
    if entra.is_away(answer.status_code):
        raise _away(url, f"it answered {answer.status_code}")
    return answer


def _posted(url: str, form: dict[str, str]) -> httpx2.Response:
    # Without TLS there is no authority to load, which takes a while.
    with httpx2.Client(timeout=10, trust_env=False, verify=not url.startswith("http://")) as client:
        return client.post(url, data=form)


def _away(url: str, why: str) -> StepError:
    return StepError(f"{url} gave no answer for {PATIENCE:.0f} s ({why}); ask again when it is back.")


def _json(answer: httpx2.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None
