"""The embedded engine as a stage for the fidelity table."""

import json
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import yaml

from idp import names
from idp.engines.local import LocalEngine
from idp.engines.protocol import RunSeen
from idp.names import node_id
from tests.cluster.fidelity.play import Order, Sight
from tests.cluster.fidelity.table import Case
from tests.cluster.fidelity.templates import RENDERED, Manifest, template
from tests.engines.watching import out_of_time, phase_of, runs_now, until

STEP_SECONDS = 1
RUN_SECONDS = 3600
"""Over as soon as the node that outlasts them is at work."""
RUNNER = Path(__file__).parents[1] / "cluster/fidelity/runner"


class LocalStage:
    """See Stage."""

    def __init__(self, case: Case, folder: Path, engine: LocalEngine) -> None:
        self._case = case
        self._folder = folder
        self._engine = engine

    async def start(self, order: Order) -> None:
        body = {
            "id": "01jd0000000000000000000000",
            "run": order.run,
            "capability": self._case.capability,
            "resource": order.resource or "",
            "verb": order.verb,
            "team": "payments",
            "requester": "ada@example.com",
            "issued_at": "2026-01-01T00:00:00Z",
            "traceparent": "",
            "approval": order.approval or "",
            "request": order.request,
        }
        await self._engine.publish(names.endpoint(self._case.capability), json.dumps(body).encode())
        if self._case.what == "outlasts the run":
            await self._outlast(order.run)

    async def until(self, run: str, holds: Sight) -> RunSeen:
        return await until(self._engine, holds, run)

    async def at_work(self, run: str, node: str) -> None:
        await until(self._engine, lambda seen: phase_of(seen, node) == "Running", run)
        async for line in self._engine.logs(run, node, follow=True):
            if line == "waiting":
                return
        raise AssertionError(f"{node} ended without waiting")  # noqa: EM102, TRY003 - no message of ours

    async def resume(self, run: str) -> None:
        await self._engine.resume(run)

    async def stop(self, run: str) -> None:
        await self._engine.stop(run)

    async def _outlast(self, run: str) -> None:
        if self._case.who == "gate":
            await until(self._engine, runs_now("gate"), run)
        else:
            await self.at_work(run, "look(0)" if self._case.who == "look" else self._case.who)
        out_of_time(self._engine, run)

    async def block(self, run: str, node: str) -> None:
        (self._folder / "data/runs" / run / "work" / node_id(run, f"{run}.{node}")).touch()


@asynccontextmanager
async def local_stage(case: Case, folder: Path) -> AsyncIterator[LocalStage]:
    """An engine of its own for the case."""
    runner = {
        "IDP_API_URL": "http://127.0.0.1:1",
        "IDP_TARGET": "sandbox",
        "IDP_STATE_BACKEND": "{}",
        "IDP_TARGET_SETTINGS": "{}",
        "IDP_GUARDRAIL_SETTINGS": "{}",
    }
    engine = LocalEngine(
        _manifests(case, folder / "manifests"),
        folder / "data",
        config_maps={names.RUNNER_CONFIG: runner},
        image_environment={"PATH": f"{RUNNER}:/usr/bin:/bin", "LANG": "C.UTF-8"},
        parallelism=4,
    )
    await engine.start()
    try:
        yield LocalStage(case, folder, engine)
    finally:
        await engine.close()


def _manifests(case: Case, folder: Path) -> Path:
    shutil.copytree(RENDERED, folder)
    whole = template(case, step_seconds=STEP_SECONDS, run_seconds=RUN_SECONDS)
    (folder / f"runs/templates/{case.capability}.yaml").write_text(yaml.safe_dump(whole))
    if case.who in names.PARAMETERS:
        _without(names.PARAMETERS.index(case.who), folder / "events/sensor.yaml")
    return folder


def _without(argument: int, file: Path) -> None:
    """A Sensor that leaves the argument without a value."""
    sensor: Manifest = yaml.safe_load(file.read_text())
    for trigger in sensor["spec"]["triggers"]:
        k8s = trigger["template"]["k8s"]
        dest = f"spec.arguments.parameters.{argument}.value"
        k8s["parameters"] = [found for found in k8s["parameters"] if found["dest"] != dest]
    file.write_text(yaml.safe_dump(sensor))
