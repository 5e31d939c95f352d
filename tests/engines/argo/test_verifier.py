"""Who is calling, as the cluster says. Each line of the table spoils one thing of what a real cluster said of a real step."""

import copy
import json
from typing import Any

import pytest

from idp.engines.argo.verifier import step
from idp.engines.protocol import EngineUnavailableError, StepIdentity
from tests.engines.argo.standin import PODS, REVIEWS, WORKFLOWS, Said, StandIn, recorded, standing_in

pytestmark = pytest.mark.anyio

REVIEW, POD = recorded("review"), recorded("pod")
UID = "06a9a0aa-4b5c-4d35-bbe9-d9a11facf764"
WORKFLOW = {"metadata": {"name": "things-q", "uid": UID}, "status": {"phase": "Running"}}
POD_PATH = f"{PODS}/things-q-asking-219957919"

Json = dict[str, Any]


def spoiled(whole: Json, path: str, value: Any) -> Json:
    """The same with one thing changed; None removes it."""
    changed = copy.deepcopy(whole)
    *way, last = path.split("|")
    place: Any = changed
    for key in way:
        place = place[int(key) if key.isdigit() else key]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return changed


def telling(cluster: StandIn, review: Json = REVIEW, pod: Json | None = POD, workflow: Json | None = WORKFLOW) -> None:
    cluster.on("POST", REVIEWS, Said(201, review))
    if pod:
        cluster.on("GET", POD_PATH, Said(body=pod))
    if workflow:
        cluster.on("GET", f"{WORKFLOWS}/things-q", Said(body=workflow))


async def test_a_step_is_known_by_its_token_its_pod_and_its_workflow() -> None:
    async with standing_in() as (cluster, engine):
        telling(cluster)

        assert await engine.verifier.verify("a token") == StepIdentity(run="things-q", run_uid=UID, step="asking")

        asked = json.loads(cluster.asked("POST", REVIEWS)[0].body)
        assert asked["spec"] == {"token": "a token", "audiences": ["idp"]}
        await engine.verifier.verify("a token")
        assert len(cluster.asked("POST", REVIEWS)) == 2, "what was true a moment ago may be over"


EXTRA = "status|user|extra|authentication.kubernetes.io"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("status|authenticated", False),
        ("status|authenticated", None),
        ("status|audiences", ["https://kubernetes.default.svc"]),
        ("status|audiences", []),
        ("status|audiences", None),
        ("status|user|username", "system:serviceaccount:argo-test-runs:stranger"),
        ("status|user|username", "system:serviceaccount:argo-test-runs:executor"),
        ("status|user|username", "system:serviceaccount:elsewhere:apply"),
        ("status|user|username", "apply"),
        ("status|user", None),
        ("status|user|extra", {}),
        (f"{EXTRA}/pod-name", None),
        (f"{EXTRA}/pod-name", []),
        (f"{EXTRA}/pod-name", ["things-q-asking-219957919", "other"]),
        (f"{EXTRA}/pod-name", ["other"]),
        (f"{EXTRA}/pod-uid", None),
        (f"{EXTRA}/pod-uid", ["095e495d-0000-0000-0000-000000000000"]),
    ],
)
async def test_a_token_that_the_cluster_does_not_vouch_for_is_none(path: str, value: Any) -> None:
    async with standing_in() as (cluster, engine):
        telling(cluster, review=spoiled(REVIEW, path, value))

        assert await engine.verifier.verify("a token") is None


OWNER = "metadata|ownerReferences|0"


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("metadata|uid", "another"),
        ("status|phase", "Succeeded"),
        ("status|phase", "Failed"),
        ("metadata|ownerReferences", None),
        (f"{OWNER}|kind", "Job"),
        (f"{OWNER}|apiVersion", "batch/v1"),
        (f"{OWNER}|apiVersion", "argoproj.io.example/v1"),
        (f"{OWNER}|controller", False),
        (f"{OWNER}|controller", None),
        (f"{OWNER}|name", "other"),
        (f"{OWNER}|uid", "another"),
        ("metadata|annotations|workflows.argoproj.io/node-name", None),
        ("metadata|annotations|workflows.argoproj.io/node-name", ""),
        ("metadata|annotations|workflows.argoproj.io/node-name", "other.asking"),
    ],
)
async def test_a_pod_that_is_no_running_step_of_ours_is_none(path: str, value: Any) -> None:
    async with standing_in() as (cluster, engine):
        telling(cluster, pod=spoiled(POD, path, value))

        assert await engine.verifier.verify("a token") is None


@pytest.mark.parametrize("gone", ["pod", "workflow"])
async def test_a_pod_or_workflow_that_is_gone_is_none(gone: str) -> None:
    async with standing_in() as (cluster, engine):
        telling(cluster, pod=None if gone == "pod" else POD, workflow=None if gone == "workflow" else WORKFLOW)

        assert await engine.verifier.verify("a token") is None


@pytest.mark.parametrize("token", ["", "x" * 8193])
async def test_what_cannot_be_a_token_is_not_asked_about(token: str) -> None:
    async with standing_in() as (cluster, engine):
        telling(cluster)

        assert await engine.verifier.verify(token) is None
        assert cluster.calls == []


async def test_an_api_server_that_is_away_is_no_refusal() -> None:
    async with standing_in() as (cluster, engine):
        cluster.on("POST", REVIEWS, Said(cut=True), Said(cut=True), Said(403, b"tokenreviews is forbidden"))

        with pytest.raises(EngineUnavailableError, match="answered 403 to POST TokenReview: tokenreviews is forbidden"):
            await engine.verifier.verify("a token")


@pytest.mark.parametrize(
    ("node", "run", "found"),
    [
        ("r.look", "r", "look"),
        ("r.look(0)", "r", "look"),
        ("r.playbook-environment", "r", "playbook-environment"),
        ("r.whole.look(12)", "r", "look"),
        ("r", "r", "r"),
        ("r.onExit", "r", "onExit"),
        ("rx.look", "r", None),
        ("other.look", "r", None),
        ("", "r", None),
    ],
)
def test_the_step_of_a_node(node: str, run: str, found: str | None) -> None:
    assert step(node, run) == found
