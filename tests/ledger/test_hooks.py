"""Hooks in both stores: generations, and deliveries that are taken once."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from idp.ledger.hooks import PreviewRecord, Taken
from idp.ledger.protocol import Ledger
from tests.ledger.conftest import Reopen
from tests.ledger.samples import START, Clock

pytestmark = pytest.mark.anyio

SHOP = "git.packetdance.com/payments/shop"
PREVIEW = PreviewRecord(team="payments", application="shop", number=12, commit="a", state="open")
TAKEN = Taken(forge="github", id="one", repository=SHOP, body_sha256="a" * 64)


async def test_a_generation_begins_once_and_the_next_when_it_is_rotated(ledger: Ledger, clock: Clock) -> None:
    first = await ledger.show_hook("payments", SHOP, by="ada", rotate=False)
    again = await ledger.show_hook("payments", SHOP, by="bob", rotate=False)
    clock.forward(60)
    second = await ledger.show_hook("payments", SHOP, by="bob", rotate=True)
    other = await ledger.show_hook("shop", SHOP, by="eve", rotate=True)

    assert first
    assert second
    assert other
    assert (first.generation, first.shown_by, first.shown_at, again) == (1, "ada", START, None)
    assert (second.generation, second.shown_by, second.shown_at) == (2, "bob", clock.at)
    assert await ledger.hooks(SHOP) == [second, other]
    assert other.generation == 1
    assert await ledger.hooks("nowhere") == []


async def test_of_a_hundred_who_ask_at_once_one_is_shown(ledger: Ledger) -> None:
    shown = await asyncio.gather(*(ledger.show_hook("payments", SHOP, by="ada", rotate=False) for _ in range(100)))
    assert sum(each is not None for each in shown) == 1


@pytest.mark.parametrize(
    ("other", "known"),
    [
        ({}, True),
        ({"id": "two"}, True),
        ({"body_sha256": "b" * 64}, True),
        ({"id": "two", "body_sha256": "b" * 64}, False),
        ({"forge": "gitea"}, False),
        ({"repository": "elsewhere"}, False),
    ],
    ids=str,
)
async def test_an_id_and_a_body_are_taken_once(
    reopen: Reopen, ledger: Ledger, other: dict[str, str], *, known: bool
) -> None:
    assert not await ledger.taken(TAKEN)
    await ledger.take(TAKEN)
    await ledger.take(TAKEN)
    await ledger.close()
    again = reopen()
    await again.open()
    assert await again.taken(replace(TAKEN, **other)) == known
    await again.close()


async def test_what_is_wanted_of_a_pull_request_takes_the_place_of_what_was(ledger: Ledger) -> None:
    first = PREVIEW
    other = replace(first, number=13)
    closed = replace(first, commit="b", state="closed")
    for each, before in ((first, None), (other, None), (closed, first)):
        assert await ledger.want_preview(each, instead_of=before)
    assert await ledger.previews() == [closed, other]
    assert await ledger.want_preview(replace(other, state="gone"), instead_of=other)
    assert [each.number for each in await ledger.previews()] == [12]
    assert await ledger.preview("payments", "shop", 13) == replace(other, state="gone")
    assert await ledger.preview("payments", "books", 13) is None


@pytest.mark.parametrize("read", [None, {"state": "closed"}, {"commit": "b"}], ids=str)
async def test_what_is_wanted_by_now_is_not_overwritten(ledger: Ledger, read: dict[str, Any] | None) -> None:
    await ledger.want_preview(PREVIEW, instead_of=None)
    before = None if read is None else replace(PREVIEW, **read)
    assert not await ledger.want_preview(replace(PREVIEW, commit="c"), instead_of=before)
    assert not await ledger.want_preview(replace(PREVIEW, number=13), instead_of=replace(PREVIEW, number=13))
    assert await ledger.previews() == [PREVIEW]


@pytest.mark.parametrize("before", [None, PREVIEW], ids=["new", "known"])
async def test_of_a_hundred_that_want_something_at_once_one_has_its_way(
    ledger: Ledger, before: PreviewRecord | None
) -> None:
    if before:
        await ledger.want_preview(before, instead_of=None)
    wanted = [replace(PREVIEW, commit=f"c{number}") for number in range(100)]
    done = await asyncio.gather(*(ledger.want_preview(each, instead_of=before) for each in wanted))
    assert await ledger.previews() == [each for each, mine in zip(wanted, done, strict=True) if mine]
