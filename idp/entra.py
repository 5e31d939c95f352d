"""Who a pod is to Entra: the identity that Kubernetes vouches for (workload identity).

The pod's projected token is shown to Entra, which gives an access token for it. How it is asked, those who need one know;
what it is asked and what its answers mean is here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from idp.errors import DefinitionError

_ASSERTION: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_AUTHORITY: Final = "https://login.microsoftonline.com/"
_VARIABLES: Final = ("AZURE_CLIENT_ID", "AZURE_TENANT_ID", "AZURE_FEDERATED_TOKEN_FILE")


class NoAssertionError(Exception):
    """What Kubernetes says of this pod cannot be read."""


class NoAnswerError(Exception):
    """Entra answered something else than a token. The message says what."""


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Who signs in: an application or managed identity of a tenant, and the file with what Kubernetes says of this pod."""

    authority: str
    tenant: str
    client: str
    assertion_file: Path

    @property
    def place(self) -> str:
        """The tenant's address."""
        return f"{self.authority.rstrip('/')}/{self.tenant}"

    @property
    def url(self) -> str:
        """Where tokens are given."""
        return f"{self.place}/oauth2/v2.0/token"

    def form(self, scope: str) -> dict[str, str]:
        """What is asked there. The pod's token is read each time, as the kubelet renews it. Raises NoAssertionError."""
        return {
            "grant_type": "client_credentials",
            "client_id": self.client,
            "scope": scope,
            "client_assertion_type": _ASSERTION,
            "client_assertion": self._assertion(),
        }

    def _assertion(self) -> str:
        try:
            return self.assertion_file.read_text(encoding="ascii").strip()
        except (OSError, ValueError) as error:
            message = f"AZURE_FEDERATED_TOKEN_FILE {self.assertion_file} cannot be read ({error}); workload identity mounts it."
            raise NoAssertionError(message) from error


def identity(around: Mapping[str, str], needed_by: str) -> Identity:
    """From the environment as the workload identity webhook leaves it. Raises DefinitionError."""
    missing = [name for name in _VARIABLES if not around.get(name)]
    if missing:
        message = (
            f"{needed_by} needs {', '.join(missing)}, which workload identity puts into a pod: give it the label"
            ' azure.workload.identity/use: "true", and its ServiceAccount the annotation azure.workload.identity/client-id.'
        )
        raise DefinitionError(message)
    return Identity(
        authority=around.get("AZURE_AUTHORITY_HOST") or _AUTHORITY,
        tenant=around["AZURE_TENANT_ID"],
        client=around["AZURE_CLIENT_ID"],
        assertion_file=Path(around["AZURE_FEDERATED_TOKEN_FILE"]),
    )


def is_away(status: int) -> bool:
    """Nobody there, or not now: HTTP's words for it."""
    return status >= 500 or status in {408, 429}  # noqa: PLR2004 - HTTP's


def given(identity: Identity, said: Any) -> tuple[str, float]:
    """The token, and the seconds that it holds. Raises NoAnswerError."""
    try:
        return str(said["access_token"]), float(said["expires_in"])
    except (KeyError, TypeError, ValueError) as error:
        message = f"{identity.place} gave no token but something else ({type(error).__name__}: {error})."
        raise NoAnswerError(message) from error


def refusal(identity: Identity, said: Any) -> str:
    """A sentence with Entra's own words: their first line has the number that its documentation explains."""
    described = said.get("error_description") or said.get("error") if isinstance(said, dict) else None
    why = str(described or "it does not say why").splitlines()[0]
    return f"{identity.place} refuses a token to {identity.client}: {why}"
