"""How long until a request is a Workflow: POST to the API, against creating the Workflow through the Kubernetes API.

    KUBECONFIG=... python bench/cluster.py --url http://127.0.0.1:8000 --token TOKEN [--rounds 16] [--bound-ms 40]

Both are seen by the same watch, in turns. The workflow controller is away meanwhile, so that no pod is in the way: what is
asked for is cancelled afterwards, what was created is deleted, and the controller comes back. Needs an installation with
nothing else to do; TOKEN is of a member of team `bench`, whose quota is the limit of rounds. Run by tests/cluster/whole/test_latency.py.
"""

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from idp import names
from idp.engines.argo.kubeconfigs import from_kubeconfig
from idp.events.wire import wire
from idp.lifecycle.ids import next_id

TEAM = "bench"
WORKFLOWS = f"/apis/argoproj.io/v1alpha1/namespaces/{names.NAMESPACE_RUNS}/workflows"
SENSOR = names.account(names.NAMESPACE_EVENTS, names.SENSOR_ACCOUNT)


class Watch:
    """When each Workflow was first seen."""

    def __init__(self) -> None:
        self._seen: dict[str, asyncio.Future[float]] = {}

    def of(self, run: str) -> "asyncio.Future[float]":
        """Done with the time when the run is seen."""
        return self._seen.setdefault(run, asyncio.get_running_loop().create_future())

    async def follow(self, lines: AsyncIterator[bytes]) -> None:
        """Take the lines of a Kubernetes watch."""
        async for line in lines:
            event = json.loads(line)
            if event["type"] == "ADDED" and not (seen := self.of(event["object"]["metadata"]["name"])).done():
                seen.set_result(time.perf_counter())


@asynccontextmanager
async def watching(session: aiohttp.ClientSession, url: str) -> AsyncIterator[Watch]:
    watch = Watch()
    async with session.get(f"{url}{WORKFLOWS}?watch=1", timeout=aiohttp.ClientTimeout(total=None)) as answer:
        answer.raise_for_status()
        task = asyncio.create_task(watch.follow(_lines(answer)))
        yield watch
        task.cancel()


async def _lines(answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    rest = b""
    async for chunk in answer.content.iter_any():
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield line


async def well(answer: aiohttp.ClientResponse) -> str:
    """The body of an answer that is none of an error."""
    text = await answer.text()
    if not answer.ok:
        sys.exit(f"{answer.method} {answer.url}: {answer.status} {text}")
    return text


def request(name: str) -> dict[str, Any]:
    return {"team": TEAM, "name": name, "containers": ["figures"]}


def workflow(run: str, id_: str) -> dict[str, Any]:
    """As the Sensor makes it."""
    resource = names.resource("storage", TEAM, f"direct-{id_[-8:]}")
    arguments = {"request": wire(request(f"direct-{id_[-8:]}")), "resource": resource, "approval": "none"}
    labels = {"capability": "storage", "request": id_, "team": TEAM, "verb": "provision"}
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Workflow",
        "metadata": {
            "name": run,
            "namespace": names.NAMESPACE_RUNS,
            "labels": {f"{names.LABEL}/{key}": value for key, value in labels.items()},
            "annotations": {
                names.ANNOTATION_REQUESTER: "bench",
                names.ANNOTATION_RESOURCE: resource,
                names.ANNOTATION_TITLE: resource,
            },
        },
        "spec": {
            "workflowTemplateRef": {"name": "storage"},
            "entrypoint": "provision",
            "arguments": {"parameters": [{"name": name, "value": value} for name, value in arguments.items()]},
        },
    }


async def directly(session: aiohttp.ClientSession, url: str, watch: Watch) -> tuple[float, str]:
    """Seconds from the POST to the sight, and the Workflow's name."""
    id_ = next_id()
    run = names.run("storage", id_)
    seen, start = watch.of(run), time.perf_counter()
    async with session.post(
        f"{url}{WORKFLOWS}", json=workflow(run, id_), headers={"Impersonate-User": SENSOR}
    ) as answer:
        await well(answer)
    return await asyncio.wait_for(seen, 60) - start, run


async def by_the_api(session: aiohttp.ClientSession, url: str, watch: Watch, number: int) -> tuple[float, float, Any]:
    """Seconds from the POST to the sight and to the 202, and the request."""
    start = time.perf_counter()
    name = f"asked-{int(time.time()) % 100000}-{number}"
    async with session.post(f"{url}/v1/storage", json=request(name)) as answer:
        body = json.loads(await well(answer))
    accepted = time.perf_counter()
    return await asyncio.wait_for(watch.of(body["run"]), 60) - start, accepted - start, body


async def measured(options: argparse.Namespace) -> dict[str, list[float]]:
    cluster = from_kubeconfig(Path(os.environ["KUBECONFIG"]), "The Kubernetes API")
    connector = aiohttp.TCPConnector(ssl=cluster.ssl or True)
    bearer = {"Authorization": f"Bearer {options.token}"}
    found: dict[str, list[float]] = {"Kubernetes": [], "API": [], "accepted": []}
    made, asked = [], []
    async with aiohttp.ClientSession(connector=connector) as kubernetes, aiohttp.ClientSession(headers=bearer) as api:
        async with watching(kubernetes, cluster.url) as watch:
            for number in range(options.rounds + 2):
                direct, run = await directly(kubernetes, cluster.url, watch)
                whole, accepted, body = await by_the_api(api, options.url, watch, number)
                made.append(run)
                asked.append(body["id"])
                if number > 1:  # the first two open connections
                    for name, seconds in (("Kubernetes", direct), ("API", whole), ("accepted", accepted)):
                        found[name].append(seconds)
        for id_ in asked:
            async with api.post(f"{options.url}/v1/requests/{id_}/cancel") as answer:
                await well(answer)
    kubectl("-n", names.NAMESPACE_RUNS, "delete", "workflow", "--wait=false", *made)
    return found


def kubectl(*arguments: str) -> None:
    subprocess.run(["kubectl", *arguments], check=True, capture_output=True)


@asynccontextmanager
async def no_controller() -> AsyncIterator[None]:
    """Argo's workflow controller is away, and back at the end."""
    scale = ("-n", names.NAMESPACE_ARGO, "scale", "deployment/workflow-controller")
    kubectl(*scale, "--replicas=0")
    kubectl("-n", names.NAMESPACE_ARGO, "wait", "--for=delete", "pod", "-l", "app=workflow-controller", "--timeout=60s")
    try:
        yield
    finally:
        kubectl(*scale, "--replicas=1")


async def measure(options: argparse.Namespace) -> dict[str, list[float]]:
    async with no_controller():
        return await measured(options)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--url", required=True, help="of the API in the cluster")
    parser.add_argument("--token", required=True)
    parser.add_argument("--rounds", type=int, default=16, help="18 is the quota")
    parser.add_argument("--bound-ms", type=float, default=40, help="exit 1 where the API's median is later by more")
    options = parser.parse_args()

    found = asyncio.run(measure(options))

    milliseconds = {name: sorted(1000 * each for each in seconds) for name, seconds in found.items()}
    for name, title in (
        ("Kubernetes", "POST to Kubernetes"),
        ("API", "POST to the API"),
        ("accepted", "  until its 202"),
    ):
        of = milliseconds[name]
        print(f"{title:20} median {statistics.median(of):6.1f} ms, {of[0]:.1f} to {of[-1]:.1f}")
    more = statistics.median(milliseconds["API"]) - statistics.median(milliseconds["Kubernetes"])
    print(
        f"The API's Workflow is there {more:.1f} ms later (medians of {options.rounds}); bound {options.bound_ms:.0f} ms"
    )
    return int(more > options.bound_ms)


if __name__ == "__main__":
    sys.exit(main())
