"""The loops over the embedded engine on the committed manifests. The runner is a short script: its own part tests it."""

from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NoReturn

import pytest

from idp.delivery import Counters, Pace, loops
from idp.engines.local import LocalEngine
from idp.ledger.clock import utc_now
from idp.ledger.protocol import Ledger
from idp.ledger.records import Change, Decision, RequestPhase, RequestRecord, ResourceRecord
from idp.lifecycle.event import event
from idp.settings import ServerSettings
from tests.delivery.eventually import eventually, running
from tests.ledger.samples import acceptance, request_record
from tests.ledger.stores import STORES, Store

pytestmark = pytest.mark.anyio

RUNNER = """#!/bin/sh
# Called as `python -m idp.runner <what> ...` in the step's work folder.
mkdir -p out
echo "$3 $4"
case "$3" in
look)
  printf 2 >out/changes
  printf d1 >out/digest
  printf p1 >out/plan-sha256
  printf '{"changes":2}' >out/summary
  printf plan >out/plan
  ;;
apply) printf '{"host":"h"}' >out/outputs ;;
playbook)
  echo "no such host"
  exit 1
  ;;
esac
"""


async def nothing_expires(resource: ResourceRecord) -> None:
    raise AssertionError(resource)


class Platform:
    """Ledger, engine and loops on one folder; opened a second time, it is restarted."""

    def __init__(self, folder: Path, store: Store) -> None:
        self.folder = folder
        self.store = store
        self.counters = Counters()
        self.ledger: Ledger
        self.engine: LocalEngine
        programs = folder / "bin"
        programs.mkdir()
        (programs / "python").write_text(RUNNER)
        (programs / "python").chmod(0o755)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        self.ledger = self.store(self.folder, utc_now)
        self.engine = LocalEngine(
            ServerSettings().manifests,
            self.folder / "engine",
            config_maps={
                "runner": {
                    "IDP_API_URL": "",
                    "IDP_TARGET": "",
                    "IDP_STATE_BACKEND": "",
                    "IDP_TARGET_SETTINGS": "{}",
                    "IDP_GUARDRAIL_SETTINGS": "{}",
                }
            },
            image_environment={"PATH": f"{self.folder / 'bin'}:/usr/bin:/bin"},
            parallelism=4,
        )
        async with AsyncExitStack() as opened:
            await self.ledger.open()
            opened.push_async_callback(self.ledger.close)
            await self.engine.start()
            opened.push_async_callback(self.engine.close)
            await opened.enter_async_context(running(*self._loops()))
            yield

    def _loops(self) -> list[Coroutine[None, None, NoReturn]]:
        wired = loops(
            self.ledger,
            self.engine,
            expire=nothing_expires,
            counters=self.counters,
            pace=Pace(poll=0.05, reconcile=0.2),
        )
        return list(wired.values())

    async def becomes(self, request: RequestRecord, phase: RequestPhase) -> RequestRecord:
        async def has_it() -> bool:
            found = await self.ledger.request(request.id)
            return found is not None and found.phase == phase

        await eventually(has_it, within=20)
        found = await self.ledger.request(request.id)
        assert found is not None
        return found


@pytest.fixture(params=sorted(STORES))
def platform(request: pytest.FixtureRequest, tmp_path: Path) -> Platform:
    return Platform(tmp_path, STORES[request.param])


async def test_a_request_waits_at_its_gate_over_a_restart_and_ends_as_its_run_does(platform: Platform) -> None:
    request = request_record(1, approval="required", created_at=datetime.now(UTC))
    async with platform.open():
        await platform.ledger.accept(acceptance(request))
        waiting = await platform.becomes(request, "awaiting-approval")
        assert (waiting.changes, waiting.digest, waiting.summary) == (2, "d1", {"changes": 2})
    async with platform.open():
        await platform.engine.publish("/environments", event(request).encoded())
        word = Decision(request=request.id, by="olga", verdict="approve", digest="d1", comment="", at=datetime.now(UTC))
        approval = Change(
            request=request.id,
            history=(("approved", {"by": "olga"}),),
            phases=frozenset({"awaiting-approval"}),
            phase="running",
            approved_digest="d1",
            decision=word,
            outbox="resume",
        )
        assert await platform.ledger.change(approval)
        failed = await platform.becomes(request, "failed")
        assert failed.message == "Step playbook-environment failed: no such host (main: Error (exit code 1))"
        # A run that is seen before its event is known to be handed over leaves no "dispatched".
        unsure = {"step", "dispatched"}
        kinds = [entry.kind for entry in await platform.ledger.history(request.id) if entry.kind not in unsure]
        assert kinds == ["accepted", "started", "planned", "awaiting-approval", "approved", "failed"]
        steps = [
            (entry.data["step"], entry.data["phase"])
            for entry in await platform.ledger.history(request.id)
            if entry.kind == "step" and entry.data["phase"] in {"Succeeded", "Failed"}
        ]
        assert steps == [("look", "Succeeded"), ("terraform", "Succeeded"), ("playbook-environment", "Failed")]
        assert await platform.ledger.backlog() == (0, None)
    counters = platform.counters
    assert (counters.lost, counters.duplicated, counters.orphaned, counters.vanished, counters.crashed) == (
        0,
        0,
        0,
        0,
        0,
    )
    assert counters.published == 1


async def test_a_cancelled_request_has_its_run_stopped(platform: Platform) -> None:
    request = request_record(1, approval="required", created_at=datetime.now(UTC))
    async with platform.open():
        await platform.ledger.accept(acceptance(request))
        await platform.becomes(request, "awaiting-approval")
        await platform.ledger.change(
            Change(request=request.id, history=(("cancelled", {}),), phase="cancelled", outbox="stop")
        )

        async def is_stopped() -> bool:
            run = await platform.engine.run(request.run)
            return run is not None and run.phase == "Failed"

        await eventually(is_stopped, within=20)
        assert (await platform.becomes(request, "cancelled")).phase == "cancelled"
        resource = await platform.ledger.resource(request.key)
        assert resource is not None
        assert resource.status == "removed"
