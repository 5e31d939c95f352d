"""The Kubernetes API, over HTTP: a few verbs on plain objects."""

import os
import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

import httpx2

from idp import names
from idp.authorities import trusting
from idp.errors import StepError
from idp.runner.delivery.cluster.patience import answered

Json = dict[str, Any]

PATIENCE: Final = 60.0
"""Seconds for which the API may be away."""
_PAUSE: Final = 1.0
"""At most, between two questions."""
_NOT_FOUND: Final = 404
_CONFLICT: Final = 409
_MERGE: Final = {"Content-Type": "application/merge-patch+json"}


class Cluster:
    """Asks as the step's own account. What is asked again after a lost answer gives the same."""

    def __init__(self, client: httpx2.Client) -> None:
        self._client = client

    def get(self, path: str) -> Json | None:
        """None where there is none."""
        return self._asked("GET", path, missing=True)

    def listed(self, path: str, labels: Mapping[str, str]) -> list[Json]:
        """All with these labels."""
        selector = ",".join(f"{name}={value}" for name, value in labels.items())
        found = self._asked("GET", path, params={"labelSelector": selector}, missing=True)
        items: list[Json] = (found or {}).get("items", [])
        return items

    def create(self, path: str, wanted: Json) -> bool:
        """Whether it was made now: False where one of that name is there."""
        return self._asked("POST", path, json=wanted, there=True) is not None

    def ensure(self, path: str, wanted: Json) -> None:
        """Make it, or make the one that is there what is wanted."""
        if not self.create(path, wanted):
            self.change(f"{path}/{wanted['metadata']['name']}", wanted)

    def change(self, path: str, part: Json) -> Json:
        """Merge what is given into it (RFC 7386)."""
        return self._asked("PATCH", path, json=part, headers=_MERGE) or {}

    def change_as_read(self, path: str, read: Json, part: Json) -> None:
        """Merge what is given, metadata apart; nothing where somebody changed it since it was read, or it is gone."""
        whole = {**part, "metadata": {"resourceVersion": read["metadata"]["resourceVersion"]}}
        self._asked("PATCH", path, json=whole, headers=_MERGE, missing=True, there=True)

    def delete(self, path: str, *, propagation: str = "Background") -> None:
        """Nothing where there is none."""
        self._asked("DELETE", path, json={"propagationPolicy": propagation}, missing=True)

    def delete_as_read(self, path: str, read: Json, *, propagation: str) -> None:
        """Nothing where there is none, or another of its name by now."""
        options = {"propagationPolicy": propagation, "preconditions": {"uid": read["metadata"]["uid"]}}
        self._asked("DELETE", path, json=options, missing=True, there=True)

    def log(self, path: str) -> Iterator[str]:
        """Lines as they come, to the end of the container."""
        try:
            with self._client.stream("GET", path, timeout=httpx2.Timeout(30, read=None)) as answer:
                if answer.is_success:
                    yield from answer.iter_lines()
        except httpx2.TransportError as error:
            yield f"(the log broke off: {error})"

    def _asked(self, method: str, path: str, *, missing: bool = False, there: bool = False, **more: Any) -> Json | None:
        answer = self._answer(method, path, more)
        if (missing and answer.status_code == _NOT_FOUND) or (there and answer.status_code == _CONFLICT):
            return None
        if not answer.is_success:
            message = f"The cluster refused {method} {path}: {answer.status_code} {_said(answer)}"
            raise StepError(message)
        found: Json = answer.json()
        return found

    def _answer(self, method: str, path: str, more: Mapping[str, Any]) -> httpx2.Response:
        try:
            return answered(lambda: self._client.request(method, path, **more), seconds=PATIENCE, longest_pause=_PAUSE)
        except httpx2.TransportError as error:
            message = f"The cluster gave no answer to {method} {path} for {PATIENCE:.0f} s ({error}); ask again."
            raise StepError(message) from error


def _said(answer: httpx2.Response) -> str:
    try:
        return str(answer.json()["message"])
    except (ValueError, KeyError, TypeError):
        return answer.text[:300]


def cluster(kubeconfig: str | None) -> Cluster:
    """That of the file's current context, or the pod's own. Raises StepError."""
    return Cluster(_by_file(kubeconfig) if kubeconfig else _in_pod(Path(names.CLUSTER_FOLDER)))


class _Token(httpx2.Auth):
    """Read at each call: it is replaced while we run."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def auth_flow(self, request: httpx2.Request) -> Any:
        request.headers["Authorization"] = f"Bearer {self._file.read_text('ascii').strip()}"
        yield request


def _in_pod(folder: Path) -> httpx2.Client:
    host = os.environ.get("KUBERNETES_SERVICE_HOST")
    if not host:
        message = "This is no pod and no kubeconfig is named: set `config_path` in IDP_STATE_BACKEND."
        raise StepError(message)
    host = f"[{host}]" if ":" in host else host
    return httpx2.Client(
        base_url=f"https://{host}:{os.environ.get('KUBERNETES_SERVICE_PORT', '443')}",
        verify=trusting(file=folder / "ca.crt"),
        auth=_Token(folder / "token"),
        trust_env=False,
        timeout=30,
    )


def _by_file(file: str) -> httpx2.Client:
    """With the library's own reading of kubeconfigs, plug-ins for tokens and all."""
    from kubernetes.client import Configuration  # noqa: PLC0415 - takes a second to load
    from kubernetes.config import ConfigException, load_kube_config  # noqa: PLC0415 - the same

    told = Configuration()
    try:
        load_kube_config(config_file=file, client_configuration=told)
    except (ConfigException, OSError) as error:
        message = f"The kubeconfig {file} cannot be used: {error}"
        raise StepError(message) from error
    token = told.get_api_key_with_prefix("authorization")
    return httpx2.Client(
        base_url=told.host,
        verify=_tls(told.ssl_ca_cert, told.cert_file, told.key_file) if told.host.startswith("https:") else False,
        headers={"Authorization": token} if token else {},
        trust_env=False,
        timeout=30,
    )


def _tls(authority: str | None, certificate: str | None, key: str | None) -> ssl.SSLContext:
    found = trusting(file=Path(authority) if authority else None)
    if certificate:
        found.load_cert_chain(certificate, key)
    return found
