"""The whole of idp in the cluster, installed once for all tests that need it, and how people reach it.

    images built -> Argo patched -> secrets and the issuer's keys made -> overlay applied -> everything answers

As docs/guides/install.md says; what is of this test alone: the issuer's key, so that the tests can sign as anybody.
"""

import base64
import json
import os
import secrets
import shlex
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import httpx2
from joserfc import jwt
from joserfc.jwk import ECKey

from idp import names
from idp.catalog import CATALOG
from tests.cluster.kubectl import Kubectl, until

ROOT: Final = Path(__file__).parents[2]
OVERLAYS: Final = ROOT / "tests/cluster/overlays"
ISSUER: Final = "http://issuer.idp.svc:8080"
POSTGRES: Final = "ghcr.io/packetdance/idp-test-postgres:15"
BUILDER: Final = "ghcr.io/packetdance/idp-builder:0.1.0"
BUILDER_HERE: Final = "ghcr.io/packetdance/idp-test-builder:1"
"""The same, for the registry of the test's cluster."""
KUBECTL: Final = "ghcr.io/packetdance/idp-test-kubectl:1"
"""This machine's own kubectl as an image: where tests run, the official one may not be to be had."""


@dataclass(frozen=True)
class Platform:
    """`url` is the API's address for this process; it stays the same when the API's pods do not."""

    kubectl: Kubectl
    url: str
    key: ECKey

    def token(
        self, user: str, *, teams: Collection[str] = (), roles: Collection[str] = (), audience: str = "idp"
    ) -> str:
        """As the installation's issuer would sign it."""
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": audience,
            "sub": user,
            "iat": now,
            "exp": now + 3600,
            "teams": sorted(teams),
            "roles": sorted(roles),
        }
        return jwt.encode({"alg": "ES256", "kid": self.key.kid}, claims, self.key, algorithms=["ES256"])

    def client(self, user: str, *, teams: Collection[str] = (), roles: Collection[str] = ()) -> httpx2.Client:
        """The API as this person."""
        headers = {"Authorization": f"Bearer {self.token(user, teams=teams, roles=roles)}"}
        return httpx2.Client(base_url=self.url, headers=headers, timeout=60, verify=False, trust_env=False)

    def idp(
        self, *arguments: str, user: str = "ada", teams: Collection[str] = ("payments",), roles: Collection[str] = ()
    ) -> "subprocess.CompletedProcess[str]":
        """The command line as this person."""
        environment = os.environ | {"IDP_URL": self.url, "IDP_TOKEN": self.token(user, teams=teams, roles=roles)}
        return subprocess.run(
            [sys.executable, "-m", "idp.cli", *arguments],
            cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=600,
        )  # fmt: skip

    def workflow(self, run: str) -> Any | None:
        """The run as Kubernetes has it."""
        done = self.kubectl.run("-n", names.NAMESPACE_RUNS, "get", "workflow", run, "-o", "json")
        return json.loads(done.stdout) if done.returncode == 0 else None


def installed(kubectl: Kubectl) -> Platform:
    """Install, or bring up to date, and wait until it answers."""
    images()
    key = ECKey.generate_key(
        "P-256", parameters={"kid": secrets.token_hex(8), "alg": "ES256", "use": "sig"}, private=True
    )
    _patch_argo(kubectl)
    kubectl("apply", "-f", str(ROOT / "manifests/namespaces.yaml"))
    kubectl.apply(*_secrets(kubectl), _issuer(key))
    kubectl("apply", "-k", str(overlay()), timeout=300)
    for name in ("issuer", names.API):  # in this order: the API reads the issuer's keys as it starts
        kubectl("-n", names.NAMESPACE_API, "rollout", "restart", f"deployment/{name}")
        _ready(kubectl, f"deployment/{name}")
    _ready(kubectl, "statefulset/postgres")
    until("the Sensor's subscription", lambda: _subscribed(kubectl), seconds=240, pause=1)
    platform = Platform(kubectl, forwarded(kubectl, names.NAMESPACE_API, f"service/{names.API}", names.API_PORT), key)
    until("the API", lambda: _knows(platform, "ada"), seconds=120, pause=1)
    return platform


def forwarded(kubectl: Kubectl, namespace: str, service: str, port: int) -> str:
    """An address on this machine that leads to the Service, whatever becomes of its pods; it does when this returns."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        here = found.getsockname()[1]
    target = (*kubectl.options, "-n", namespace, "port-forward", service, f"{here}:{port}")
    threading.Thread(target=_forward, args=(target,), daemon=True).start()
    until(f"a way to {service}", lambda: _listens(here), seconds=120)
    return f"http://127.0.0.1:{here}"


def images() -> None:
    """The API's and the runner's as a release has them, and what tests need beside them."""
    with TemporaryDirectory() as folder:
        shutil.copy(shutil.which("kubectl") or "kubectl", Path(folder, "kubectl"))
        Path(folder, "Dockerfile").write_text("FROM scratch\nCOPY kubectl /bin/kubectl\n")
        build(Path(folder), KUBECTL)
    build(ROOT / "tests/cluster/images/postgres", POSTGRES)
    build(ROOT, CATALOG.images.api, "-f", str(ROOT / "infra/images/api/Dockerfile"))
    runner = str(ROOT / "infra/images/runner/Dockerfile")
    arguments = (f"KUBECTL_IMAGE={KUBECTL}", "PROVIDERS=none")  # the target kubernetes needs no provider
    build(ROOT, CATALOG.images.runner, "-f", runner, *(word for each in arguments for word in ("--build-arg", each)))
    if applications():
        build(ROOT / "infra/images/builder", BUILDER, "--build-arg", "DEBIAN_IMAGE=debian:trixie-slim")
        build(ROOT / "tests/cluster/images/builder", BUILDER_HERE, "--build-arg", f"BUILDER_IMAGE={BUILDER}")


def applications() -> bool:
    """Whether the cluster has what applications need: the overlay `harness-applications` says where."""
    return os.environ.get("IDP_TEST_APPLICATIONS") == "1"


def build(folder: Path, tag: str, *options: str) -> None:
    """Build an image where the cluster's pods find it."""
    command = os.environ.get("IDP_TEST_IMAGE_BUILD")
    if command is None:
        message = (
            "IDP_TEST_IMAGE_BUILD names the command that builds an image: FOLDER TAG [-f DOCKERFILE]...; it is not set."
        )
        raise AssertionError(message)
    done = subprocess.run(
        [*shlex.split(command), str(folder), tag, *options], capture_output=True, text=True, check=False, timeout=1200
    )
    assert done.returncode == 0, f"{tag}: {done.stdout[-3000:]}{done.stderr[-3000:]}"


def overlay() -> Path:
    """What this cluster needs beside manifests/."""
    chosen = os.environ.get("IDP_TEST_OVERLAY", "kind")
    return Path(chosen) if "/" in chosen else OVERLAYS / chosen


def _patch_argo(kubectl: Kubectl) -> None:
    """The one patch that Argo's own installation needs for ours."""
    kubectl("apply", "--server-side", "--force-conflicts", "--field-manager=idp", "-k", str(ROOT / "infra/argo"))
    kubectl("-n", names.NAMESPACE_ARGO, "rollout", "restart", "deployment/workflow-controller")
    kubectl("-n", names.NAMESPACE_ARGO, "rollout", "status", "deployment/workflow-controller", "--timeout=120s")


def _secrets(kubectl: Kubectl) -> list[dict[str, Any]]:
    """Those that are there stay: the database was made with its password."""
    password = _kept(kubectl, names.NAMESPACE_API, "postgres", "password") or secrets.token_hex(16)
    token = _kept(kubectl, names.NAMESPACE_API, names.EVENT_SOURCE_SECRET, "token") or secrets.token_hex(32)
    url = f"postgresql://idp:{password}@postgres.{names.NAMESPACE_API}.svc:5432/idp"
    hooks = _kept(kubectl, names.NAMESPACE_API, names.HOOKS_SECRET, "key") or secrets.token_hex(32)
    git = {"gitea": _kept(kubectl, "apps", "git-admin", "token") or ""} if applications() else {}
    return [
        _secret(names.NAMESPACE_API, names.HOOKS_SECRET, {"key": hooks}),
        _secret(names.NAMESPACE_API, names.GIT_SERVERS_SECRET, git),
        _secret(names.NAMESPACE_API, "postgres", {"password": password}),
        _secret(names.NAMESPACE_API, names.LEDGER_SECRET, {names.LEDGER_SECRET_KEY: url}),
        _secret(names.NAMESPACE_API, names.EVENT_SOURCE_SECRET, {"token": token}),
        _secret(names.NAMESPACE_EVENTS, names.EVENT_SOURCE_SECRET, {"token": token}),
    ]


def _kept(kubectl: Kubectl, namespace: str, name: str, key: str) -> str | None:
    done = kubectl.run("-n", namespace, "get", "secret", name, "-o", f"jsonpath={{.data.{key}}}")
    return base64.b64decode(done.stdout).decode() if done.returncode == 0 else None


def _secret(namespace: str, name: str, values: dict[str, str]) -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": values}


def _issuer(key: ECKey) -> dict[str, Any]:
    discovery = {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/jwks"}
    files = {"openid-configuration": discovery, "jwks": {"keys": [key.as_dict(private=False)]}}
    metadata = {"name": "issuer", "namespace": names.NAMESPACE_API}
    data = {name: json.dumps(content) for name, content in files.items()}
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data}


def _ready(kubectl: Kubectl, name: str) -> None:
    kubectl("-n", names.NAMESPACE_API, "rollout", "status", name, "--timeout=240s", timeout=300)


def _subscribed(kubectl: Kubectl) -> bool:
    """What was sent before it hears is never delivered."""
    done = kubectl.run(
        *("-n", names.NAMESPACE_EVENTS, "logs", "-l", f"sensor-name={names.SENSOR}", "--tail=-1"),
    )
    return all(
        any("started subscribing to events" in line and f"triggerName={capability.name}" in line.replace('"', "")
            for line in done.stdout.splitlines())
        for capability in CATALOG
    ) or done.stdout.count("started subscribing to events") >= len(CATALOG.capabilities)  # fmt: skip


def _forward(target: tuple[str, ...]) -> None:
    """`kubectl port-forward` is of one pod and ends with it."""
    while True:
        subprocess.run(["kubectl", *target], capture_output=True, check=False)
        time.sleep(0.2)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=5).close()
    except OSError:
        return False
    return True


def _knows(platform: Platform, user: str) -> bool:
    with platform.client(user) as client:
        try:
            return client.get("/v1/me").status_code == 200
        except httpx2.HTTPError:
            return False
