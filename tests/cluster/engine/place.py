"""The cluster as these tests use it: an EventSource, a Sensor and a namespace for runs, and the API's account."""

import json
import os
import secrets
import socket
import subprocess
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from idp.api.cluster import places
from idp.engines.argo import ArgoEngine
from idp.engines.protocol import RunSeen
from idp.settings import ServerSettings
from tests.cluster.kubectl import Kubectl, until

MANIFESTS = Path(__file__).with_name("manifests")
RUNS, EVENTS = "argo-test-runs", "argo-test-events"
SECRET = "a-secret-of-these-tests-alone"  # noqa: S105 - and it says so
CREATED_BY_US = {"idp.io/request": "none"}


@dataclass(frozen=True)
class Place:
    """How the engine gets there from here, as the API's account and with no more rights than it has."""

    kubectl: Kubectl
    folder: Path
    event_source: str
    argo_server: str

    @property
    def kubeconfig(self) -> Path:
        return self.folder / "kubeconfig"

    @property
    def token(self) -> Path:
        return self.folder / "token"

    def settings(self, **more: Any) -> ServerSettings:
        """Those of the API in the cluster, from outside."""
        fixed: dict[str, Any] = {
            "engine": "argo",
            "issuer": "http://127.0.0.1:9",
            "event_source_url": self.event_source,
            "event_source_token_file": self.folder / "event-source",
            "argo_server_url": self.argo_server,
            "runs_namespace": RUNS,
        }
        return ServerSettings(**(fixed | more))

    @asynccontextmanager
    async def engine(self, kubeconfig: Path | None = None) -> AsyncIterator[ArgoEngine]:
        """A new one."""
        around = {"KUBECONFIG": str(kubeconfig or self.kubeconfig)}
        engine = ArgoEngine(places(self.settings(), around))
        try:
            yield engine
        finally:
            await engine.close()

    def created(self, entrypoint: str, *, approval: str = "none", **spec: Any) -> str:
        """A run made by an administrator, beside the events; its name."""
        name = fresh()
        arguments = {"parameters": [{"name": "approval", "value": approval}]}
        workflow = {
            "apiVersion": "argoproj.io/v1alpha1",
            "kind": "Workflow",
            "metadata": {"name": name, "namespace": RUNS, "labels": CREATED_BY_US},
            "spec": {
                "workflowTemplateRef": {"name": "things"},
                "entrypoint": entrypoint,
                "arguments": arguments,
                **spec,
            },
        }
        self.kubectl.apply(workflow)
        return name

    def pod(self, run: str) -> str:
        """The name of a run's only pod, once it runs."""
        return until(f"a pod of {run}", lambda: self._running(run), seconds=180)

    def _running(self, run: str) -> str | None:
        found = self.kubectl.json("-n", RUNS, "get", "pods", "-l", f"workflows.argoproj.io/workflow={run}")
        return next((pod["metadata"]["name"] for pod in found if pod["status"]["phase"] == "Running"), None)


def fresh() -> str:
    """A name that no other run has."""
    return f"things-{secrets.token_hex(6)}"


def event(run: str, *, verb: str = "provision", approval: str = "none") -> bytes:
    return json.dumps({"run": run, "id": run, "verb": verb, "approval": approval}).encode()


async def seen(engine: ArgoEngine, run: str, what: Callable[[RunSeen], bool]) -> RunSeen:
    """The run as soon as a watch shows it so."""
    async for found in engine.runs():
        if found.name == run and what(found):
            return found
    raise AssertionError("a watch never ends")  # noqa: EM101, TRY003 - no message of ours


@contextmanager
def place(kubectl: Kubectl, folder: Path) -> Iterator[Place]:
    """Made from the files; removed at the end unless IDP_TEST_KEEP is set. It takes about half a minute to come up."""
    _made(kubectl)
    (folder / "event-source").write_text(SECRET + "\n")
    (folder / "token").write_text(kubectl("-n", EVENTS, "create", "token", "api", "--duration", "1h"))
    (folder / "kubeconfig").write_text(_kubeconfig(kubectl))
    with ExitStack() as stack:
        source = stack.enter_context(forwarded(EVENTS, "service/idp-eventsource-svc", 12000))
        server = stack.enter_context(forwarded("argo", "service/argo-server", 2746))
        yield Place(kubectl=kubectl, folder=folder, event_source=source, argo_server=server)
    if not os.environ.get("IDP_TEST_KEEP"):
        kubectl("delete", "--wait=false", "--ignore-not-found", "-f", str(MANIFESTS))


def _made(kubectl: Kubectl) -> None:
    until("the end of the namespaces that an earlier run made", lambda: not _ending(kubectl), 120)
    for file in ("runs.yaml", "events.yaml", "api.yaml", "things.yaml", "foreign.yaml"):
        kubectl("apply", "-f", str(MANIFESTS / file))
    until("the Sensor's subscription", lambda: "started subscribing to events" in _log_of_the_sensor(kubectl), 180)
    kubectl("-n", EVENTS, "wait", "--for=condition=Ready", "pod", "-l", "eventsource-name=idp", "--timeout=120s")


def _ending(kubectl: Kubectl) -> bool:
    found = kubectl.json("get", "namespaces")
    return any(
        each["metadata"]["name"] in {RUNS, EVENTS} and each["status"]["phase"] == "Terminating" for each in found
    )


def _log_of_the_sensor(kubectl: Kubectl) -> str:
    return kubectl.run("-n", EVENTS, "logs", "-l", "sensor-name=idp", "--tail=-1").stdout


def _kubeconfig(kubectl: Kubectl) -> str:
    """The administrator's, with the API's account in the administrator's place."""
    whole = json.loads(kubectl("config", "view", "--raw", "--minify", "--flatten", "-o", "json"))
    whole["users"][0]["user"] = {"tokenFile": "token"}
    return json.dumps(whole)


@contextmanager
def forwarded(namespace: str, what: str, port: int) -> Iterator[str]:
    """The URL at which this machine reaches a Service, also after the API server or the pod was replaced."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        here = free.getsockname()[1]
    command = ["kubectl", "-n", namespace, "port-forward", what, f"{here}:{port}"]
    over, ready = threading.Event(), threading.Event()
    keeper = threading.Thread(target=_kept, args=(command, over, ready), daemon=True)
    keeper.start()
    assert ready.wait(60), f"{' '.join(command)} does not forward"
    yield f"http://127.0.0.1:{here}"
    over.set()
    keeper.join()


def _kept(command: list[str], over: threading.Event, ready: threading.Event) -> None:
    """One process after the other until it is over: each ends with its connection."""
    while not over.is_set():
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        assert process.stdout
        if process.stdout.readline():
            ready.set()
        while process.poll() is None and not over.wait(0.2):
            pass
        process.terminate()
        process.wait()
        process.stdout.close()
        over.wait(0.3)
