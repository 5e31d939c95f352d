"""Hooks in both stores: generations, and deliveries that are taken once."""

import asyncio
from dataclasses import replace

import pytest

from idp.ledger.hooks import PreviewRecord, Taken
from idp.ledger.protocol import Ledger
from tests.ledger.conftest import Reopen
from tests.ledger.samples import START, Clock

pytestmark = pytest.mark.anyio

SHOP = "git.packetdance.com/payments/shop"
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
    first = PreviewRecord(team="payments", application="shop", number=12, commit="a", state="open")
    other = replace(first, number=13)
    for each in (first, other, replace(first, commit="b", state="closed")):
        await ledger.want_preview(each)
    assert await ledger.previews() == [replace(first, commit="b", state="closed"), other]
    await ledger.want_preview(replace(other, state="gone"))
    assert [each.number for each in await ledger.previews()] == [12]
    assert await ledger.preview("payments", "shop", 13) == replace(other, state="gone")
    assert await ledger.preview("payments", "books", 13) is None
