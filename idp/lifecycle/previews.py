"""Previews: what a pull request gets, step by step, from what is wanted and what is there; and its end."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

from idp import names
from idp.access.caller import application
from idp.capability import Verb
from idp.ledger.hooks import PreviewRecord
from idp.ledger.protocol import Ledger
from idp.ledger.records import Page, ResourceKey, ResourceRecord
from idp.lifecycle.accept import accept
from idp.lifecycle.pushes import Pushes, applications_of, specification
from idp.lifecycle.wishes import Wish

_STAGE: Final = "dev"
_NEXT_TURN: Final = "the next turn, as something else is wanted by now"
AGAIN: Final = timedelta(hours=1)
"""How long what could not be removed is left alone."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pulled:
    """Something happened to a pull request of a team's repository."""

    team: str
    repository: str
    number: int
    action: str
    """`opened`, `pushed` or `closed`."""
    commit: str


async def pulled(ledger: Ledger, pull: Pulled) -> list[str]:
    """Note what is wanted of each application that shows its pull requests; their names. The rest is done by `step`."""
    found = []
    async for resource in applications_of(ledger, team=pull.team, repository=pull.repository):
        asked = specification(resource)
        if asked.previews and await _wanted(ledger, asked.name, pull):
            found.append(asked.name)
    return found


async def _wanted(ledger: Ledger, name: str, pull: Pulled) -> bool:
    """A push that is told of after the end does not bring back what is gone; opening again does."""
    wanted = PreviewRecord(
        team=pull.team,
        application=name,
        number=pull.number,
        commit=pull.commit,
        state="closed" if pull.action == "closed" else "open",
    )
    while True:
        before = await ledger.preview(pull.team, name, pull.number)
        if pull.action == "closed" and (before is None or before.state != "open"):
            return False
        if pull.action == "pushed" and before and before.state != "open":
            return False
        if await ledger.want_preview(wanted, instead_of=before):
            return True


async def step(pushes: Pushes, preview: PreviewRecord, now: datetime) -> str:
    """File the next request, if it is time for one; what is waited for. Raises what `accept` does.

    Making: environment, application, deployment. Removing: application (and all that serves of it), then environment.
    """
    stands = await _stands(pushes.ledger, preview)
    if preview.state == "open" and stands.over(now):
        over = replace(preview, state="closed")
        if not await pushes.ledger.want_preview(over, instead_of=preview):
            return _NEXT_TURN
        preview = over
    way = _Way(pushes=pushes, preview=preview, stands=stands, now=now)
    return await (way.make() if preview.state == "open" else way.remove())


@dataclass(frozen=True, kw_only=True, slots=True)
class _Stands:
    """What is there; None for what is not, or not any more."""

    parent: ResourceRecord | None
    """The application whose pull request it is."""
    environment: ResourceRecord | None
    application: ResourceRecord | None

    def over(self, now: datetime) -> bool:
        """Its lifetime, as the hook that told of the end may have been lost; or its application's."""
        if self.parent is None or self.parent.status == "removing":
            return True
        ends = self.environment.expires_at if self.environment else None
        return ends is not None and ends <= now


async def _stands(ledger: Ledger, preview: PreviewRecord) -> _Stands:
    own = names.preview(preview.application, preview.number)
    keys = ((names.APPLICATIONS, preview.application), (names.ENVIRONMENTS_CAPABILITY, own), (names.APPLICATIONS, own))
    found = [
        await ledger.resource(ResourceKey(capability=capability, team=preview.team, name=name))
        for capability, name in keys
    ]
    parent, environment, shown = (None if each is None or each.status == "removed" else each for each in found)
    return _Stands(parent=parent, environment=environment, application=shown)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Way:
    """From what stands to what is wanted."""

    pushes: Pushes
    preview: PreviewRecord
    stands: _Stands
    now: datetime

    @property
    def name(self) -> str:
        """Of the environment, and of the application in it."""
        return names.preview(self.preview.application, self.preview.number)

    async def make(self) -> str:
        """See `step`."""
        for capability, resource in (
            (names.ENVIRONMENTS_CAPABILITY, self.stands.environment),
            (names.APPLICATIONS, self.stands.application),
        ):
            if resource is None:
                await self._file(capability, "provision", self._body(capability))
                return capability
            if resource.status != "ready":
                return f"{capability}, {resource.status}"
        return await self._deploy()

    async def remove(self) -> str:
        """See `step`."""
        for capability, resource in (
            (names.APPLICATIONS, self.stands.application),
            (names.ENVIRONMENTS_CAPABILITY, self.stands.environment),
        ):
            if resource is not None:
                if resource.status != "removing" and not await self._failed_lately(resource):
                    await self._file(capability, "deprovision", None)
                return f"the end of {capability}"
        gone = replace(self.preview, state="gone")
        return "" if await self.pushes.ledger.want_preview(gone, instead_of=self.preview) else _NEXT_TURN

    async def _deploy(self) -> str:
        body = {"team": self.preview.team, "name": self.name, "environment": self.name, "version": self.preview.commit}
        wish = self._wish(names.DEPLOYMENTS, "perform", body)
        source = names.pull(self.preview.number)
        last = await self.pushes.ledger.requests(
            Page(limit=1), key=wish.key, capability=names.DEPLOYMENTS, source=source
        )
        if last and last[0].spec["version"] == self.preview.commit:
            return ""
        once = f"pull:{last[0].id if last else ''}:{self.preview.commit}"
        await self._accept(replace(wish, source=source, idempotency_key=once))
        return names.DEPLOYMENTS

    async def _file(self, capability: str, verb: Verb, body: Mapping[str, Any] | None) -> None:
        await self._accept(self._wish(capability, verb, body))

    def _wish(self, capability: str, verb: Verb, body: Mapping[str, Any] | None) -> Wish:
        found = self.pushes.catalog[capability]
        spec = found.request.model_validate(body) if body else None
        return Wish(capability=found, verb=verb, team=self.preview.team, name=self.name, spec=spec)

    async def _accept(self, wish: Wish) -> None:
        await accept(self.pushes.ledger, application(self.preview.team, self.preview.application), wish)

    def _body(self, capability: str) -> Mapping[str, Any]:
        """Of the application all that its parent has, but its hosts, its previews and where it goes."""
        own = {"team": self.preview.team, "name": self.name, "stage": _STAGE}
        if capability == names.ENVIRONMENTS_CAPABILITY or self.stands.parent is None:
            return own
        parent = specification(self.stands.parent).model_dump(exclude={"host", "previews"})
        return {**parent, **own, "placements": [{"environment": self.name}]}

    async def _failed_lately(self, resource: ResourceRecord) -> bool:
        """A removal that fails must not be filed again each moment."""
        (newest,) = await self.pushes.ledger.requests(Page(limit=1), key=resource.key)
        if newest.verb != "deprovision" or newest.finished_at is None:
            return False
        return self.now - newest.finished_at < AGAIN
