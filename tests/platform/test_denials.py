"""Each guardrail denies once from end to end: asked of a real server, planned by real Terraform on the stand-in, told by request and history."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest

from idp.access import issuer
from idp.runner.mirror import filled
from idp.runner.processes import Processes
from tests.platform.ground import INFRA
from tests.platform.standin.plugin import packed
from tests.platform.standin.schemas import used_types
from tests.platform.test_guardrails import BAD, FIXTURES

PROVIDER = FIXTURES / "good" / "main.tf"
UNASKED = "This would be destroyed, and nobody asked for that: deprovision the resource if it is meant."


@dataclass(frozen=True)
class Served:
    """A server whose storage is made of what `root` has."""

    client: httpx2.Client
    root: Path
    environment: dict[str, str]

    def planned_from(self, fixture: str, name: str) -> None:
        """As if the platform's module for storage were this fixture, with the tags of a resource of that name."""
        text = (FIXTURES / fixture / "main.tf").read_text().replace("receipts", name)
        (self.root / "main.tf").write_text(text)

    def asked(self, method: str, path: str, **body: Any) -> dict[str, Any]:
        """The request when it has ended."""
        answer = self.client.request(method, path, json=body or None)
        assert answer.status_code == 202, answer.text
        id_ = answer.json()["id"]
        self.client.get(f"/v1/requests/{id_}/history", headers={"Accept": "text/event-stream"}, timeout=120)
        found: dict[str, Any] = self.client.get(f"/v1/requests/{id_}").json()
        return found

    def history(self, request: dict[str, Any]) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.client.get(f"/v1/requests/{request['id']}/history").json()["items"]
        return items

    def idp(self, *words: str) -> str:
        """What the command line prints."""
        command = [sys.executable, "-m", "idp.cli", *words]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("denials")
    infra, data = folder / "infra", folder / "data"
    for part in ("ansible", "catalog", "guardrails", "modules"):
        shutil.copytree(INFRA / part, infra / part)
    root = infra / "targets" / "sandbox" / "storage"
    root.mkdir(parents=True)
    (root / "backend.tf").write_text('terraform {\n  backend "local" {}\n}\n')
    shutil.copy(PROVIDER, root)
    packed(folder / "packages", used_types(FIXTURES))
    filled(str(folder / "packages"), infra / "providers", infra, Processes(os.environ))
    with _server(data, infra) as url:
        token = issuer.token(data, "ada", teams=["shop"])
        environment = {**os.environ, "IDP_URL": url, "IDP_TOKEN": token, "COLUMNS": "4000"}
        with httpx2.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=60) as client:
            yield Served(client, root, environment)


@contextmanager
def _server(data: Path, infra: Path) -> Iterator[str]:
    command = [sys.executable, "-m", "idp.cli", "--json", "serve", "--port", "0", "--data", str(data)]
    with subprocess.Popen(
        command, env={**os.environ, "IDP_INFRA": str(infra)}, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as process:
        assert process.stdout
        yield json.loads(process.stdout.readline())["url"]
        process.send_signal(signal.SIGTERM)


def test_a_good_plan_reaches_its_end(served: Served) -> None:
    served.planned_from("good", "good")
    request = served.asked("POST", "/v1/storage", team="shop", name="good", containers=["abc"])
    assert request["phase"] == "succeeded", request["message"]


@pytest.mark.parametrize("rule", BAD)
def test_each_rule_denies_before_the_gate_and_the_request_says_why(served: Served, rule: str) -> None:
    served.planned_from(rule, rule)
    request = served.asked("POST", "/v1/storage", team="shop", name=rule, containers=["abc"])

    assert request["phase"] == "failed"
    assert request["plan"] is None, "nothing to agree to"
    said = [f"[{rule}] {address}: {sentence.replace('receipts', rule)}" for address, sentence in BAD[rule]]
    shown = [each for each in said if each in request["message"]]
    more = re.search(r"And (\d+) more, which the log has\.", request["message"])
    assert len(shown) + int(more[1] if more else 0) == len(said), "all that is found is said, or counted"
    history = served.history(request)
    assert [entry["kind"] for entry in history][-1] == "failed"
    assert not {"planned", "awaiting-approval", "permitted"} & {entry["kind"] for entry in history}
    assert shown[0] in history[-1]["data"]["message"]
    assert history[-1]["data"]["step"] == "look"
    told = served.idp("show", request["id"])  # in lines as wide as the terminal
    assert any(each in told for each in shown)
    log = served.client.get(f"/v1/requests/{request['id']}/logs").text
    assert all(f"guardrail {each}" in log for each in said), "the step's log has all of it"


def test_nothing_is_destroyed_without_the_verb_that_says_so(served: Served) -> None:
    served.planned_from("good", "kept")
    made = served.asked("POST", "/v1/storage", team="shop", name="kept", containers=["abc"])
    assert made["phase"] == "succeeded", made["message"]

    whole = (served.root / "main.tf").read_text()
    (served.root / "main.tf").write_text(whole.partition("locals {")[0])
    body = {"team": "shop", "name": "kept", "containers": ["abc", "def"]}
    changed = served.asked("PUT", "/v1/storage/shop/kept", **body)
    assert changed["phase"] == "failed"
    assert re.search(rf"\[destruction\] azurerm_\S+: {UNASKED}", changed["message"])
    assert "permitted" not in {entry["kind"] for entry in served.history(changed)}

    (served.root / "main.tf").write_text(whole)
    removed = served.asked("DELETE", "/v1/storage/shop/kept")
    assert removed["phase"] == "succeeded", removed["message"]


def test_what_the_evaluator_cannot_judge_is_refused(served: Served) -> None:
    served.planned_from("good", "unjudged")
    rule = served.root.parents[2] / "guardrails" / "broken.rego"
    rule.write_text("package idp.guardrails.broken\n\nfindings contains {\n")
    try:
        request = served.asked("POST", "/v1/storage", team="shop", name="unjudged", containers=["abc"])
    finally:
        rule.unlink()
    assert request["phase"] == "failed"
    assert (
        "The plan could not be judged by the guardrails, so it was refused and nothing was changed"
        in request["message"]
    )
