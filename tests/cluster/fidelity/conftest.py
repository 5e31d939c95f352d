"""Every chosen row of the table, run on Argo: many at once, since pods are slow."""

import asyncio
import json
import os
import re
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from idp.engines.protocol import RunSeen
from tests.cluster.fidelity import argo
from tests.cluster.fidelity.clients import api, argo_server
from tests.cluster.fidelity.namespace import built, ready
from tests.cluster.fidelity.play import play
from tests.cluster.fidelity.table import Case
from tests.cluster.fidelity.templates import Manifest, elsewhere, template, with_image
from tests.cluster.fidelity.workflows import excerpt, watched
from tests.cluster.kubectl import Kubectl

AT_ONCE = 8
PATIENT = 7
"""So many more may wait for a run's deadline: they cost nothing meanwhile."""
_HURRIED = {"hangs", "outlasts the run"}

Ended = tuple[RunSeen, Manifest]
"""As the protocol shows it, and as Argo has it."""


@pytest.fixture(scope="session")
def image() -> str:
    """The stand-in for the runner."""
    return built(Path(__file__).with_name("runner"), "idp-test/fidelity-runner:1")


@pytest.fixture(scope="session")
def namespace(kubectl: Kubectl) -> str:
    """Ready for runs."""
    return ready(kubectl)


@pytest.fixture(scope="session")
def ended(
    request: pytest.FixtureRequest, kubectl: Kubectl, image: str, namespace: str
) -> Mapping[int, Ended | BaseException]:
    """How each chosen case ended, by its number."""
    chosen = [case for item in request.session.items if isinstance(case := _case(item), Case)]
    templates = {_template_name(case): _template(case, image, namespace) for case in chosen}
    kubectl.apply(*templates.values())
    found = asyncio.run(_all(chosen, kubectl, namespace))
    if folder := os.environ.get("IDP_TEST_RECORD"):
        _record(Path(folder), chosen, found)
    return found


def _record(folder: Path, cases: Sequence[Case], found: Mapping[int, Ended | BaseException]) -> None:
    """How Argo had each run, short: what docs/fidelity.md names is kept in `found/`."""
    folder.mkdir(parents=True, exist_ok=True)
    for case in cases:
        if not isinstance(how := found[case.number], BaseException):
            text = json.dumps(excerpt(how[1]), indent=1, ensure_ascii=False)
            (folder / f"{re.sub(r'[^a-z0-9]+', '-', str(case))}.json").write_text(text + "\n", encoding="utf-8")


def _case(item: pytest.Item) -> object:
    return item.callspec.params.get("case") if hasattr(item, "callspec") else None


def _template(case: Case, image: str, namespace: str) -> Manifest:
    whole = template(case, step_seconds=argo.STEP_SECONDS, run_seconds=argo.RUN_SECONDS)
    whole["metadata"]["name"] = _template_name(case)
    return elsewhere(with_image(whole, image), namespace)


def _template_name(case: Case) -> str:
    return f"{case.capability}-{case.number}" if case.what in _HURRIED else case.capability


async def _all(cases: Sequence[Case], kubectl: Kubectl, namespace: str) -> dict[int, Ended | BaseException]:
    session = secrets.token_hex(3)
    places, waiting_room = asyncio.Semaphore(AT_ONCE), asyncio.Semaphore(PATIENT)
    async with (
        api(kubectl) as cluster,
        argo_server(kubectl, namespace) as server,
        watched(cluster, namespace, session) as workflows,
    ):

        async def one(case: Case) -> Ended:
            stage = argo.ArgoStage(case, _template_name(case), workflows, cluster, server)
            run = f"{case.capability}-{case.number}-{session}"
            async with waiting_room if case.what == "outlasts the run" else places:
                seen = await play(case, stage, run)
                raw = await stage.raw(run)
                await stage.clear()
                return seen, raw

        found = await asyncio.gather(*map(one, cases), return_exceptions=True)
    return {case.number: how for case, how in zip(cases, found, strict=True)}
