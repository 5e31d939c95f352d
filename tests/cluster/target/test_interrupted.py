"""Terraform in the middle of its work, with its state in a cluster: stopped in order, and killed."""

import base64
import gzip
import json
import os
import signal
import subprocess
from asyncio import to_thread
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from idp.engines.protocol import Phase, RunSeen, StepIdentity
from idp.ledger.records import Change
from tests.api.platform import Platform, platform
from tests.cluster.kubectl import Kubectl
from tests.cluster.target.steps import STATE, OnCluster
from tests.runner import slow
from tests.runner.steps import Step

ROOT = slow.ROOT.replace('backend "local"', 'backend "kubernetes"')
ROOT = ROOT.replace('variable "world_folder" { type = string }', "").replace(
    "environment = { IDP_WORLD = var.world_folder }", ""
)
TOKEN = "a-token"  # noqa: S105 - what every step of these tests has


@pytest.fixture
def slowly(run: Callable[..., OnCluster], tmp_path: Path) -> Callable[[], OnCluster]:
    """Runs of a capability that takes a minute."""
    infra = slow.infra(tmp_path, target="kubernetes", root=ROOT)

    def made() -> OnCluster:
        one = run("slow")
        one.settings = {"IDP_CATALOG": "tests.runner.slow:CATALOG", "IDP_INFRA": str(infra)}
        return one

    return made


def _under_way(process: "subprocess.Popen[str]") -> None:
    assert process.stdout
    said = []
    for line in process.stdout:
        said.append(line)
        if "under way" in line:
            return
    pytest.fail("".join(said) + (process.stderr.read() if process.stderr else ""))


def _state(kubectl: Kubectl) -> Any:
    """Name -> status of each resource in the one state there is."""
    (secret,) = kubectl.json("-n", STATE, "get", "secret")
    state = json.loads(gzip.decompress(base64.b64decode(secret["data"]["tfstate"])))
    return {one["name"]: one["instances"][0].get("status") for one in state["resources"]}


def _holder(kubectl: Kubectl) -> str | None:
    (lease,) = kubectl.json("-n", STATE, "get", "lease")
    found: str | None = lease["spec"].get("holderIdentity")
    return found


def test_terraform_stopped_in_mid_apply_leaves_a_valid_state_and_no_lock(
    slowly: Callable[[], OnCluster], kubectl: Kubectl
) -> None:
    one = slowly()
    process = one.change(one.look("provision"), "apply", "slow").started()
    _under_way(process)
    assert _holder(kubectl)

    os.killpg(process.pid, signal.SIGTERM)
    stdout, stderr = process.communicate(timeout=60)

    assert process.returncode == 143, stderr
    assert "Gracefully shutting down" in stdout
    assert stderr.splitlines()[-1].startswith("idp: stopped on request while terraform ran")
    assert _holder(kubectl) is None
    assert _state(kubectl) == {"first": None, "slow": "tainted"}
    again = one.look("provision")
    assert [(each["address"], each["actions"]) for each in again.summary["resources"]] == [
        ("terraform_data.slow", ["delete", "create"])
    ]


@dataclass(frozen=True)
class Api:
    """The real API with its ledger in SQLite, and an engine whose runs are played."""

    url: str
    platform: Platform

    async def asked(self, method: str, path: str, body: Any = None) -> str:
        """Accepted; the request's id."""
        async with self.platform.client(teams=("targeta",)) as client:
            answer = await client.request(method, path, json=body)
        assert answer.status_code == 202, answer.text
        id_: str = answer.json()["id"]
        return id_

    def runs(self, id_: str, step: str) -> None:
        """Which step it is that has the token."""
        self.platform.engine.steps[TOKEN] = StepIdentity(run=f"slow-{id_}", run_uid=f"uid-{id_}", step=step)

    def shows(self, id_: str, phase: Phase) -> None:
        """A run in the engine, ended long ago if it has."""
        run, ended = f"slow-{id_}", datetime(2026, 11, 24, tzinfo=UTC)
        self.platform.engine.seen[run] = RunSeen(name=run, uid=f"uid-{id_}", phase=phase, finished_at=ended)

    async def failed(self, id_: str) -> None:
        """In the ledger, as the observer would."""
        await self.platform.ledger.change(Change(request=id_, history=(("failed", {}),), phase="failed"))

    async def kinds(self, id_: str) -> list[str]:
        return [entry.kind for entry in await self.platform.ledger.history(id_)]


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    folder = tmp_path / "api"
    folder.mkdir()
    async with platform(folder, slow.CATALOG) as served, served.listening() as url:
        yield Api(url, served)


async def _done(step: Step) -> Step:
    """In a process of its own, beside the API in this one."""
    process = step.started()
    stdout, stderr = await to_thread(process.communicate)
    assert process.returncode == 0, stdout + stderr
    return step


def _killed(step: Step, host: str) -> None:
    """The step is begun on a host of this name, and killed with all that it started when it is under way."""
    words = ["unshare", "--uts", "--map-root-user", "sh", "-c", 'hostname "$0" && exec "$@"', host]
    process = step.started(*words)
    _under_way(process)
    children = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True, check=True)
    os.killpg(int(children.stdout), signal.SIGKILL)  # Terraform, which leads a group of its own
    process.communicate(timeout=90)
    assert process.returncode == 1


def _stays(step: Step) -> str:
    """What is said of the lock; the step is stopped before it waits for it."""
    process = step.started()
    assert process.stdout
    said = next((line for line in process.stdout if line.startswith("The lock ")), "")
    process.terminate()
    process.communicate()
    assert process.returncode == 143
    return said


@pytest.mark.anyio
async def test_the_lock_of_a_killed_terraform_stays_until_its_run_has_ended(
    slowly: Callable[[], OnCluster], api: Api, kubectl: Kubectl
) -> None:
    first = await api.asked("POST", "/v1/slow", {"team": "targeta", "name": "one"})
    one = slowly()
    one.api = api.url
    looked = await _done(one.step("look", "slow", "provision"))
    api.runs(first, "terraform")
    host = f"slow-{first}-terraform-apply-2174911835"
    await to_thread(_killed, one.change(looked, "apply", "slow"), host)
    lock = _holder(kubectl)
    assert lock
    assert await api.kinds(first) == ["accepted", "permitted"]

    await api.failed(first)
    api.shows(first, "Running")
    second = await api.asked("DELETE", "/v1/slow/targeta/one")
    api.runs(second, "look")
    two = slowly()
    two.api = api.url
    assert (await to_thread(_stays, two.step("look", "slow", "deprovision"))).startswith(
        f"The lock {lock} stays: The lock is held by run slow-{first}, which has not ended"
    )
    assert _holder(kubectl) == lock

    api.shows(first, "Failed")
    looked = await _done(two.step("look", "slow", "deprovision"))

    assert looked.left("changes") == "0", "Terraform writes its state down every 20 seconds and at its end"
    assert _holder(kubectl) is None
    assert await api.kinds(first) == ["accepted", "permitted", "failed", "released-lock"]
    assert await api.kinds(second) == ["accepted", "released-lock"]
