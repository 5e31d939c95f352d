"""The registry of images, by the OCI distribution API: what is there, what an image says of itself, and its removal."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import httpx2

from idp.errors import StepError

_TYPES: Final = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
_NOT_FOUND: Final = 404
_NOT_ALLOWED: Final = 405


@dataclass(frozen=True)
class Repository:
    """One application's images. `auth`: how a step signs in, where the registry asks who it is."""

    url: str
    path: str
    auth: httpx2.Auth | None = None

    def digest(self, tag: str) -> str | None:
        """Of the image with this tag."""
        answer = self._asked("HEAD", f"manifests/{tag}")
        return None if answer is None else answer.headers["Docker-Content-Digest"]

    def labels(self, digest: str) -> dict[str, str] | None:
        """What the image says of itself; None where there is none."""
        manifest = self._asked("GET", f"manifests/{digest}")
        if manifest is None:
            return None
        configuration = self._asked("GET", f"blobs/{manifest.json()['config']['digest']}")
        found: dict[str, Any] = configuration.json() if configuration else {}
        return (found.get("config") or {}).get("Labels") or {}

    def tags(self) -> list[str]:
        """All of them, page by page."""
        found: list[str] = []
        answer = self._asked("GET", "tags/list")
        while answer is not None:
            found += answer.json().get("tags") or []
            further = answer.links.get("next", {}).get("url")
            answer = self._asked("GET", f"tags/list?{further.partition('?')[2]}") if further else None
        return found

    def remove(self) -> int:
        """All images; how many there were. Their layers go when the registry cleans up. Raises StepError."""
        digests = {digest for tag in self.tags() if (digest := self.digest(tag))}
        for digest in sorted(digests):
            self._asked("DELETE", f"manifests/{digest}")
        return len(digests)

    @cached_property
    def _client(self) -> httpx2.Client:
        """Without TLS there is no authority to load, which takes a while."""
        plain = self.url.startswith("http://")
        return httpx2.Client(auth=self.auth, follow_redirects=True, timeout=30, trust_env=False, verify=not plain)

    def _asked(self, method: str, path: str) -> httpx2.Response | None:
        where = f"{self.url.rstrip('/')}/v2/{self.path}/{path}"
        try:
            answer = self._client.request(method, where, headers={"Accept": ", ".join(_TYPES)})
        except httpx2.TransportError as error:
            message = f"The registry gave no answer to {method} {where} ({error}); ask again when it is back."
            raise StepError(message) from error
        if answer.status_code == _NOT_FOUND:
            return None
        if answer.status_code == _NOT_ALLOWED and method == "DELETE":
            message = f"The registry {self.url} allows no removal of images; allow it there, and ask again."
            raise StepError(message)
        if not answer.is_success:
            message = f"The registry answered {answer.status_code} to {method} {where}: {answer.text[:200]}"
            raise StepError(message)
        return answer
