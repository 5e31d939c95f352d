"""Tokens of real pods, and of what only looks like a step."""

import asyncio
import base64
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from idp.engines.protocol import StepIdentity
from tests.cluster.engine.place import EVENTS, RUNS, Place
from tests.cluster.kubectl import until

pytestmark = pytest.mark.anyio
TOKEN = "/var/run/idp/token"  # noqa: S105 - a file


@dataclass(frozen=True)
class Step:
    """A run whose only step runs until it is let go, and its token."""

    run: str
    uid: str
    pod: str
    token: str


@pytest.fixture(scope="module")
def step(place: Place) -> Step:
    run = place.created("ask")
    pod = place.pod(run)
    uid = place.kubectl.json("-n", RUNS, "get", "workflow", run)["metadata"]["uid"]
    return Step(run=run, uid=uid, pod=pod, token=read(place, RUNS, pod))


def read(place: Place, namespace: str, pod: str) -> str:
    return until(
        f"the token of {pod}",
        lambda: (
            place.kubectl.run("-n", namespace, "exec", pod, "-c", "main", "--", "cat", TOKEN).stdout.strip() or None
        ),
    )


async def verified(place: Place, token: str) -> StepIdentity | None:
    async with asyncio.timeout(90), place.engine() as engine:
        return await engine.verifier.verify(token)


async def test_a_running_step_is_known(place: Place, step: Step) -> None:
    assert await verified(place, step.token) == StepIdentity(run=step.run, run_uid=step.uid, step="asking")


def spoiled(token: str, part: int, **claims: Any) -> str:
    """With other claims, under the signature of the right ones."""
    parts = token.split(".")
    plain = json.loads(base64.urlsafe_b64decode(parts[part] + "=="))
    parts[part] = base64.urlsafe_b64encode(json.dumps(plain | claims).encode()).decode().rstrip("=")
    return ".".join(parts)


async def test_a_token_that_was_changed_is_nobodys(place: Place, step: Step) -> None:
    for token in (
        spoiled(step.token, 1, exp=4102444800),
        spoiled(step.token, 1, aud=["idp", "more"]),
        spoiled(step.token, 0, alg="none"),
        step.token.rpartition(".")[0] + ".",
        step.token[:-10],
        "x",
    ):
        assert await verified(place, token) is None


async def test_a_token_for_another_audience_or_bound_to_no_pod_is_nobodys(place: Place, step: Step) -> None:
    kubectl = place.kubectl
    for arguments in (
        ("apply",),  # the cluster's own audience
        ("apply", "--audience", "other"),
        ("apply", "--audience", "idp"),  # bound to nothing
        ("look", "--audience", "idp"),
        ("apply", "--audience", "other", "--bound-object-kind", "Pod", "--bound-object-name", step.pod),
    ):
        assert await verified(place, kubectl("-n", RUNS, "create", "token", *arguments)) is None
    assert await verified(place, kubectl("-n", EVENTS, "create", "token", "api", "--audience", "idp")) is None

    fits = ("apply", "--audience", "idp", "--bound-object-kind", "Pod", "--bound-object-name", step.pod)
    assert await verified(place, kubectl("-n", RUNS, "create", "token", *fits)), "the control: bound as the step's own"


def lookalike(step: Step, *, name: str, account: str, namespace: str = RUNS, **owner: Any) -> dict[str, Any]:
    """A pod that says of itself what the step's pod says, by someone who may make pods."""
    reference = {"apiVersion": "argoproj.io/v1alpha1", "kind": "Workflow", "name": step.run, "uid": step.uid}
    projected = {"serviceAccountToken": {"audience": "idp", "path": "token"}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {
            "name": name,
            "namespace": namespace,
            "annotations": {"workflows.argoproj.io/node-name": f"{step.run}.asking"},
            "labels": {"test": "lookalike"},
            "ownerReferences": [] if namespace != RUNS else [reference | {"controller": True} | owner],
        },
        "spec": {
            "serviceAccountName": account,
            "automountServiceAccountToken": False,
            "terminationGracePeriodSeconds": 0,
            "containers": [
                {
                    "name": "main",
                    "image": "docker.io/library/busybox:1.35",
                    "command": ["sleep", "600"],
                    "volumeMounts": [{"name": "token", "mountPath": "/var/run/idp"}],
                }
            ],
            "volumes": [{"name": "token", "projected": {"sources": [projected]}}],
        },
    }


@pytest.fixture
def lookalikes(place: Place, step: Step) -> Iterator[dict[str, str]]:
    """Their tokens, by what is wrong with them."""
    pods = {
        "another account": lookalike(step, name="stranger", account="stranger"),
        "another namespace": lookalike(step, name="foreign", account="apply", namespace=EVENTS),
        "no controller": lookalike(step, name="uncontrolled", account="apply", controller=False),
    }
    where = {what: (pod["metadata"]["namespace"], pod["metadata"]["name"]) for what, pod in pods.items()}
    try:
        place.kubectl.apply(*pods.values())
        yield {what: read(place, *names) for what, names in where.items()}
    finally:
        for namespace in (RUNS, EVENTS):
            place.kubectl("-n", namespace, "delete", "pods", "-l", "test=lookalike", "--wait=false")


async def test_what_only_looks_like_a_step_is_nobody(place: Place, lookalikes: dict[str, str]) -> None:
    for what, token in lookalikes.items():
        assert len(token) > 500, what
        assert await verified(place, token) is None, what


async def test_a_token_ends_with_its_step(place: Place, step: Step) -> None:
    """Last, as it lets the step go."""
    assert await verified(place, step.token)

    place.kubectl("-n", RUNS, "exec", step.pod, "-c", "main", "--", "touch", "/work/go")
    until("the end of the step", lambda: re.match("Succeeded", _phase(place, step)))
    assert await verified(place, step.token) is None, "the pod is still there"

    place.kubectl("-n", RUNS, "delete", "pod", step.pod)
    assert await verified(place, step.token) is None


def _phase(place: Place, step: Step) -> str:
    return str(place.kubectl.json("-n", RUNS, "get", "pod", step.pod)["status"]["phase"])
