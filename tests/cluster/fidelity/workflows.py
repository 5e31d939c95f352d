"""Workflows of one namespace over the Kubernetes API: created, watched, told as the engines' protocol tells of runs."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any

import httpx2

from idp.engines.protocol import NodeSeen, RunSeen

Manifest = dict[str, Any]

SESSION_LABEL = "idp.io/fidelity"
_PATIENCE_SECONDS = 300


class Workflows:
    """Those of one session, by name, as they were last seen. Made by `watched`."""

    def __init__(self, api: httpx2.AsyncClient, namespace: str, session: str) -> None:
        self._api = api
        self._path = f"/apis/argoproj.io/v1alpha1/namespaces/{namespace}/workflows"
        self._session = session
        self._found: dict[str, Manifest] = {}
        self._changed = asyncio.Condition()

    async def create(self, workflow: Manifest) -> None:
        """One more, of this session."""
        workflow["metadata"].setdefault("labels", {})[SESSION_LABEL] = self._session
        (await self._api.post(self._path, json=workflow)).raise_for_status()

    async def until(self, name: str, holds: Callable[[Manifest], bool]) -> Manifest:
        """The Workflow as soon as this holds of it. Raises TimeoutError with its last status."""
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS), self._changed:
                await self._changed.wait_for(lambda: name in self._found and holds(self._found[name]))
                return self._found[name]
        except TimeoutError as error:
            message = f"{name}: {json.dumps(self._found.get(name, {}).get('status'))}"
            raise TimeoutError(message) from error

    async def watch(self) -> None:
        """See every change, until cancelled."""
        selector = {"labelSelector": f"{SESSION_LABEL}={self._session}"}
        while True:
            listed = (await self._api.get(self._path, params=selector)).raise_for_status().json()
            await self._show(*listed["items"])
            since = {"watch": "true", "resourceVersion": listed["metadata"]["resourceVersion"]}
            with suppress(httpx2.TransportError):
                async with self._api.stream("GET", self._path, params=selector | since, timeout=60) as answer:
                    async for line in answer.aiter_lines():
                        event = json.loads(line)
                        if event["type"] not in {"ADDED", "MODIFIED"}:
                            break
                        await self._show(event["object"])

    async def delete(self, name: str) -> None:
        """With its pods, which takes a while; nobody waits for it."""
        (await self._api.delete(f"{self._path}/{name}", params={"propagationPolicy": "Background"})).raise_for_status()

    async def _show(self, *workflows: Manifest) -> None:
        async with self._changed:
            self._found |= {workflow["metadata"]["name"]: workflow for workflow in workflows}
            self._changed.notify_all()


@asynccontextmanager
async def watched(api: httpx2.AsyncClient, namespace: str, session: str) -> AsyncIterator[Workflows]:
    """Those of a session."""
    workflows = Workflows(api, namespace, session)
    watching = asyncio.create_task(workflows.watch())
    try:
        yield workflows
    finally:
        watching.cancel()


def run_seen(workflow: Manifest) -> RunSeen:
    """As the protocol shows it."""
    status = workflow.get("status", {})
    return RunSeen(
        name=workflow["metadata"]["name"],
        uid=workflow["metadata"]["uid"],
        phase=status.get("phase", "Pending"),
        message=status.get("message", ""),
        nodes=tuple(_node_seen(node) for node in status.get("nodes", {}).values()),
        outputs=_parameters(status),
    )


def excerpt(workflow: Manifest) -> Manifest:
    """What of a Workflow is worth keeping: nodes, phases, messages, outputs."""
    status = workflow["status"]
    short = {"workflow": workflow["metadata"]["name"], "phase": status.get("phase"), "message": status.get("message")}
    nodes = sorted(status.get("nodes", {}).values(), key=lambda node: (node["startedAt"], node["displayName"]))
    return short | {"outputs": _parameters(status), "nodes": [_short(node) for node in nodes]}


def _short(node: Manifest) -> Manifest:
    kept = ("displayName", "type", "phase", "message", "templateName", "taskResultSynced")
    short = {field: node[field] for field in kept if field in node}
    return short | ({"outputs": outputs} if (outputs := _parameters(node)) else {})


def _node_seen(node: Manifest) -> NodeSeen:
    return NodeSeen(
        id=node["id"],
        name=node["displayName"],
        type=node["type"],
        phase=node["phase"],
        template=node["templateName"],
        message=node.get("message", ""),
        outputs=_parameters(node),
    )


def _parameters(of: Mapping[str, Any]) -> dict[str, str]:
    """A parameter whose file was missing has a name and no value."""
    found = of.get("outputs", {}).get("parameters", [])
    return {parameter["name"]: parameter["value"] for parameter in found if "value" in parameter}
