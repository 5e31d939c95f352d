"""How a step signs in to a registry: to an open one it does not; to Azure's by its access token of Entra.

That is exchanged for a token of the registry's own, and this one, for each thing that is done, for a token that allows no more:

    Entra --access token--> REGISTRY/oauth2/exchange --refresh token--> REGISTRY/oauth2/token --access token--> REGISTRY/v2/...
"""

from typing import Any, Final

import httpx2

from idp.errors import StepError
from idp.runner.delivery.cluster.entra import AccessTokens, asked_to_sign_in, of_this_pod
from idp.runner.delivery.cluster.registry import Repository
from idp.runner.delivery_settings import AzureRegistry, Registry

SCOPE: Final = "https://containerregistry.azure.net/.default"
"""What Entra is asked for: a token that only registries take."""
READ: Final = "pull,metadata_read"
DELETE: Final = "delete"
_UNAUTHORIZED: Final = 401


def repository(registry: Registry | AzureRegistry, path: str) -> Repository:
    """One application's images. Raises StepError where the pod has no identity to sign in by."""
    if isinstance(registry, Registry):
        return Repository(registry.url, path)
    return Repository(registry.address, path, SignIn(registry, path, of_this_pod()))


class SignIn(httpx2.Auth):
    """For one repository of an Azure registry. What is no longer taken is exchanged anew, once."""

    def __init__(self, registry: AzureRegistry, path: str, tokens: AccessTokens) -> None:
        self._registry, self._path, self._tokens = registry, path, tokens
        self._refresh: str | None = None
        self._access: dict[str, str] = {}

    def auth_flow(self, request: httpx2.Request) -> Any:
        """Around one call, as httpx2 asks for it. Raises StepError."""
        actions = DELETE if request.method == "DELETE" else READ
        request.headers["Authorization"] = f"Bearer {self._access.get(actions) or self._given(actions)}"
        answer = yield request
        if answer.status_code == _UNAUTHORIZED:
            self._refresh = None
            self._access.clear()
            request.headers["Authorization"] = f"Bearer {self._given(actions)}"
            yield request

    def _given(self, actions: str) -> str:
        """Raises StepError."""
        kept = self._refresh is not None
        answer = self._asked(actions)
        if answer.status_code == _UNAUTHORIZED and kept:
            self._refresh = None
            answer = self._asked(actions)
        self._access[actions] = self._said(answer, "access_token", f"{actions} in {self._path}")
        return self._access[actions]

    def _asked(self, actions: str) -> httpx2.Response:
        self._refresh = self._refresh or self._exchanged()
        form = {
            "grant_type": "refresh_token",
            "service": self._registry.name,
            "scope": f"repository:{self._path}:{actions}",
            "refresh_token": self._refresh,
        }
        return asked_to_sign_in(f"{self._registry.address.rstrip('/')}/oauth2/token", form)

    def _exchanged(self) -> str:
        form = {
            "grant_type": "access_token",
            "service": self._registry.name,
            "tenant": self._tokens.identity.tenant,
            "access_token": self._tokens.token(SCOPE),
        }
        answer = asked_to_sign_in(f"{self._registry.address.rstrip('/')}/oauth2/exchange", form)
        return self._said(answer, "refresh_token", "signing in")

    def _said(self, answer: httpx2.Response, member: str, what: str) -> str:
        """The answer of a refusal is quoted, that of a sign-in never."""
        if not answer.is_success:
            message = (
                f"The registry {self._registry.name} refuses {what} to {self._tokens.identity.client}:"
                f" {answer.status_code} {answer.text[:200]}; give its identity the roles AcrPull, and AcrDelete to remove."
            )
            raise StepError(message)
        try:
            return str(answer.json()[member])
        except (ValueError, KeyError, TypeError) as error:
            message = f"The registry {self._registry.name} answered {what} with something that holds no {member}."
            raise StepError(message) from error
