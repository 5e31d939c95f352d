"""HTTP to the cluster's API and to the Argo server, by what kubectl can open from anywhere."""

import re
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

import httpx2

from tests.cluster.kubectl import Kubectl

_LOCAL = re.compile(r"(127\.0\.0\.1:\d+)")


@asynccontextmanager
async def api(kubectl: Kubectl) -> AsyncIterator[httpx2.AsyncClient]:
    """The Kubernetes API, as its administrator."""
    with _open(kubectl, "proxy", "--port=0") as address:
        async with httpx2.AsyncClient(base_url=address, timeout=30) as client:
            yield client


@asynccontextmanager
async def argo_server(kubectl: Kubectl, namespace: str) -> AsyncIterator[httpx2.AsyncClient]:
    """The Argo server, as the namespace's account `client`."""
    token = kubectl("-n", namespace, "create", "token", "client", "--duration=1h").strip()
    with forwarded(kubectl, "argo", "service/argo-server", 2746) as address:
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx2.AsyncClient(base_url=address, headers=headers, timeout=30) as client:
            yield client


@contextmanager
def forwarded(kubectl: Kubectl, namespace: str, what: str, port: int) -> Iterator[str]:
    """The address of a port of a pod or Service, while it is open."""
    with _open(kubectl, "-n", namespace, "port-forward", what, f":{port}") as address:
        yield address


@contextmanager
def _open(kubectl: Kubectl, *arguments: str) -> Iterator[str]:
    """Where it listens, while it does."""
    command = ["kubectl", *kubectl.options, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            address = _LOCAL.search(process.stdout.readline())
            assert address, f"{' '.join(command)} does not say where it listens"
            yield f"http://{address[1]}"
        finally:
            process.terminate()
