"""The platform's own manifests, as committed, with a stand-in for the runner: a test of the engine, not of the steps."""

import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from idp import names
from idp.engines.local import LocalEngine
from idp.engines.protocol import RunSeen
from tests.engines.watching import phase_of, runs_now, until

pytestmark = pytest.mark.anyio

RENDERED = Path(__file__).parents[2] / "manifests"

RUNNER = """
import hashlib, json, os, pathlib, sys
work = pathlib.Path(os.environ["HOME"])
out = work / "out"
out.mkdir()
request = json.loads(os.environ["IDP_REQUEST"])
print(" ".join(sys.argv[1:]), os.environ["IDP_RUN"], os.environ["IDP_TARGET"], pathlib.Path(os.environ["IDP_TOKEN_FILE"]).is_file())
if sys.argv[1] in ("look", "inspect"):
    (out / "plan").write_text(json.dumps(request))
    for name, text in (("changes", "1"), ("digest", "d" * 64), ("plan-sha256", "p" * 64), ("summary", "{}")):
        (out / name).write_text(text)
else:
    assert os.environ["IDP_DIGEST"] == "d" * 64 and os.environ["IDP_PLAN_SHA256"] == "p" * 64
    if sys.argv[1] in ("apply", "destroy"):
        assert json.loads((work / "in/plan").read_text()) == request
        (out / "outputs").write_text(json.dumps({"namespace": "env-payments-checkout"}))
    if "IDP_OUTPUTS" in os.environ:
        print(os.environ["IDP_OUTPUTS"])
"""


@asynccontextmanager
async def platform(folder: Path) -> AsyncIterator[LocalEngine]:
    package = folder / "image/idp/runner"
    package.mkdir(parents=True)
    (folder / "image/idp/__init__.py").touch()
    (package / "__init__.py").touch()
    (package / "__main__.py").write_text(RUNNER)
    environment = {"PATH": str(Path(sys.executable).parent), "PYTHONPATH": str(folder / "image"), "LANG": "C.UTF-8"}
    runner = {
        "IDP_API_URL": "http://127.0.0.1:1",
        "IDP_TARGET": "sandbox",
        "IDP_STATE_BACKEND": "{}",
        "IDP_TARGET_SETTINGS": "{}",
        "IDP_GUARDRAIL_SETTINGS": "{}",
    }
    engine = LocalEngine(
        RENDERED, folder / "data", config_maps={"runner": runner}, image_environment=environment, parallelism=2
    )
    await engine.start()
    yield engine
    await engine.close()


def body(verb: str, approval: str) -> bytes:
    whole: dict[str, Any] = {
        "id": "01jd0000000000000000000000",
        "run": f"environments-{verb}",
        "capability": "environments",
        "resource": "environments.payments.checkout",
        "verb": verb,
        "team": "payments",
        "requester": "ada@example.com",
        "approval": approval,
        "issued_at": "2026-01-01T00:00:00Z",
        "traceparent": "",
        "request": {"team": "payments", "name": "checkout", "text": "PLACE"},
    }
    return json.dumps(whole).replace("PLACE", r"\u007b\u007bworkflow.name\u007d\u007d \u0024(HOME)").encode()


def phases(seen: RunSeen) -> dict[str, str]:
    return {node.name: node.phase for node in seen.nodes if node.name != seen.name}


async def test_provisioning_waits_for_approval_and_then_goes_all_the_way(tmp_path: Path) -> None:
    async with platform(tmp_path) as engine:
        run = "environments-provision"
        await engine.publish(names.endpoint("environments"), body("provision", "required"))
        waiting = await until(engine, runs_now(names.TASK_GATE), run)
        assert (waiting.outputs["changes"], waiting.outputs["digest"]) == ("1", "d" * 64)
        assert phase_of(waiting, "terraform") == ""
        await engine.resume(run)
        seen = await until(engine, lambda seen: seen.finished, run)
        assert phases(seen) == {
            "look": "Succeeded",
            "look(0)": "Succeeded",
            "gate": "Succeeded",
            "terraform": "Succeeded",
            "playbook-environment": "Succeeded",
        }
        assert seen.outputs["outputs"] == '{"namespace": "env-payments-checkout"}'
        assert seen.labels[names.LABEL_REQUEST] == "01jd0000000000000000000000"
        said = [line async for line in engine.logs(run, "playbook-environment", follow=True)]
        assert said == [
            f"playbook environments playbook-environment present {run} sandbox True",
            seen.outputs["outputs"],
        ]


@pytest.mark.parametrize(
    ("verb", "steps"),
    [("deprovision", ["gate", "playbook-environment", "terraform"]), ("inspect", [])],
    ids=["deprovision", "inspect"],
)
async def test_the_other_verbs_run_their_steps_in_their_order(tmp_path: Path, verb: str, steps: list[str]) -> None:
    async with platform(tmp_path) as engine:
        await engine.publish(names.endpoint("environments"), body(verb, "none"))
        seen = await until(engine, lambda seen: seen.finished, f"environments-{verb}")
    assert (seen.phase, seen.message) == ("Succeeded", "")
    assert [name for name in phases(seen) if not name.startswith("look")] == steps
