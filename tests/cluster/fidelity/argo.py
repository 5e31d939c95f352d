"""Argo in the cluster as a stage for the table."""

import asyncio
import json

import httpx2

from idp.engines.protocol import RunSeen
from idp.names import node_id
from tests.cluster.fidelity.namespace import NAMESPACE
from tests.cluster.fidelity.play import Order, Sight, node_of
from tests.cluster.fidelity.table import Case
from tests.cluster.fidelity.workflows import Manifest, Workflows, run_seen

STEP_SECONDS = 5
"""Counted from the pod's start, so that it may be over before the step has begun: kubelet says the same."""
RUN_SECONDS = 45
"""Enough for `look`, and what comes before the step that outlasts it."""


class ArgoStage:
    """See Stage. `template` is the name of the WorkflowTemplate for the case."""

    def __init__(
        self, case: Case, template: str, workflows: Workflows, api: httpx2.AsyncClient, server: httpx2.AsyncClient
    ) -> None:
        self._case = case
        self._template = template
        self._workflows = workflows
        self._api = api
        self._server = server
        self._started: list[str] = []

    async def start(self, order: Order) -> None:
        self._started.append(order.run)
        await self._workflows.create(_workflow(order, self._template))

    async def until(self, run: str, holds: Sight) -> RunSeen:
        return run_seen(await self._workflows.until(run, lambda workflow: holds(run_seen(workflow))))

    async def at_work(self, run: str, node: str) -> None:
        """The step has said so, and the controller knows of the outputs that it waits for (`taskResultSynced`)."""
        waits = await self._workflows.until(run, lambda workflow: _waits_for(workflow, node))
        for _ in range(100):
            if await self._said(_pod(waits, node), "waiting"):
                return
            await asyncio.sleep(0.5)
        message = f"{run}: {node} does not wait"
        raise TimeoutError(message)

    async def resume(self, run: str) -> None:
        body = {"namespace": NAMESPACE, "name": run, "nodeFieldSelector": "displayName=gate"}
        (await self._server.put(f"/api/v1/workflows/{NAMESPACE}/{run}/resume", json=body)).raise_for_status()

    async def stop(self, run: str) -> None:
        body = {"namespace": NAMESPACE, "name": run}
        (await self._server.put(f"/api/v1/workflows/{NAMESPACE}/{run}/stop", json=body)).raise_for_status()

    async def block(self, run: str, node: str) -> None:
        """The policy in namespace.yaml reads it in the request."""

    async def clear(self) -> None:
        """Delete what was started."""
        for run in self._started:
            await self._workflows.delete(run)

    async def raw(self, run: str) -> Manifest:
        """The Workflow as Argo has it."""
        return await self._workflows.until(run, lambda _: True)

    async def _said(self, pod: str, what: str) -> bool:
        """There is no log before the container has started."""
        path, query = f"/api/v1/namespaces/{NAMESPACE}/pods/{pod}/log", {"container": "main"}
        return what in (await self._api.get(path, params=query)).text.splitlines()


def strange_ids(workflow: Manifest) -> list[str]:
    """Nodes whose id is not the one that is worked out from their names: the steps are told by it what to do."""
    run, nodes = workflow["metadata"]["name"], workflow["status"].get("nodes", {}).values()
    return [node["id"] for node in nodes if node["id"] != node_id(run, node["name"])]


def _workflow(order: Order, template: str) -> Manifest:
    """As the Sensor makes it."""
    request = json.dumps(order.request, separators=(",", ":"))
    values = {"request": request, "resource": order.resource, "approval": order.approval}
    given = [{"name": name} | ({} if value is None else {"value": value}) for name, value in values.items()]
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {"name": order.run, "namespace": NAMESPACE},
        "spec": {
            "entrypoint": order.verb,
            "workflowTemplateRef": {"name": template},
            "arguments": {"parameters": given},
        },
    }


def _waits_for(workflow: Manifest, node: str) -> bool:
    return any(
        found["displayName"] == node and found["phase"] == "Running" and found.get("taskResultSynced") is False
        for found in workflow.get("status", {}).get("nodes", {}).values()
    )


def _pod(workflow: Manifest, node: str) -> str:
    """Argo's name for the node's pod: the run, the template, and the number in the node's id."""
    found = node_of(run_seen(workflow), node)
    return f"{workflow['metadata']['name']}-{found.template}-{found.id.rpartition('-')[2]}"
