from datetime import timedelta
from typing import Any

import pytest

from idp.ledger.protocol import Ledger
from idp.ledger.records import OPEN_PHASES, Change, Page, RequestRecord
from tests.ledger.samples import START, acceptance, request_record, resource_key

pytestmark = pytest.mark.anyio

KEYS = {
    1: resource_key("b"),
    2: resource_key("a"),
    3: resource_key("a", team="sales"),
    4: resource_key("z", team="audit"),
    5: resource_key("a", capability="storage"),
}


@pytest.fixture
async def filled(ledger: Ledger) -> dict[int, RequestRecord]:
    """Five provisions, the second finished, and an inspection of the second's resource."""
    records = {number: request_record(number, key=key) for number, key in KEYS.items()}
    records[6] = request_record(6, "inspect", key=KEYS[2])
    for record in records.values():
        await ledger.accept(acceptance(record))
    await ledger.change(Change(request=records[2].id, history=(), phase="succeeded"))
    return records


async def numbers(ledger: Ledger, page: Page | None = None, **filters: Any) -> list[int]:
    found = await ledger.requests(page or Page(), **filters)
    return [int(each.id[3:]) for each in found]


async def test_requests_come_newest_first_in_pages(ledger: Ledger, filled: dict[int, RequestRecord]) -> None:
    assert await numbers(ledger) == [6, 5, 4, 3, 2, 1]
    assert await numbers(ledger, Page(limit=4)) == [6, 5, 4, 3]
    assert await numbers(ledger, Page(before=filled[3].id, limit=4)) == [2, 1]


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"teams": ["payments"]}, [6, 5, 2, 1]),
        ({"teams": ["sales", "audit"]}, [4, 3]),
        ({"teams": []}, []),
        ({"capability": "storage"}, [5]),
        ({"key": KEYS[2]}, [6, 2]),
        ({"phases": OPEN_PHASES}, [6, 5, 4, 3, 1]),
        ({"phases": ["succeeded", "failed"]}, [2]),
        ({"key": KEYS[2], "phases": ["succeeded"], "teams": ["payments"], "capability": "environments"}, [2]),
    ],
)
async def test_requests_are_filtered(ledger: Ledger, filters: dict[str, Any], expected: list[int]) -> None:
    assert await numbers(ledger, **filters) == expected


@pytest.mark.usefixtures("filled")
async def test_resources_come_by_team_and_name_in_pages(ledger: Ledger) -> None:
    async def titles(page: Page, **filters: Any) -> list[str]:
        found = await ledger.resources(page, capability="environments", **filters)
        return [f"{each.key.team}/{each.key.name}" for each in found]

    assert await titles(Page()) == ["audit/z", "payments/a", "payments/b", "sales/a"]
    assert await titles(Page(limit=2)) == ["audit/z", "payments/a"]
    assert await titles(Page(before="payments/a", limit=2)) == ["payments/b", "sales/a"]
    assert await titles(Page(), teams=["payments"]) == ["payments/a", "payments/b"]
    assert await titles(Page(), teams=[]) == []


async def test_tombstones_are_listed_on_request_only(ledger: Ledger) -> None:
    request = request_record(1)
    await ledger.accept(acceptance(request))
    await ledger.change(Change(request=request.id, history=(), phase="cancelled"))
    assert await ledger.resources(Page(), capability="environments") == []
    (tombstone,) = await ledger.resources(Page(), capability="environments", removed=True)
    assert tombstone.status == "removed"
    assert await ledger.resource(request.key) == tombstone


@pytest.mark.usefixtures("filled")
async def test_expired_are_those_past_their_end_that_nothing_is_done_about(ledger: Ledger) -> None:
    ends = START + timedelta(days=14)
    assert await ledger.expired(ends - timedelta(seconds=1)) == []
    assert [each.key for each in await ledger.expired(ends)] == [KEYS[2]]
    await ledger.accept(acceptance(request_record(9, "deprovision", key=KEYS[2])))
    assert await ledger.expired(ends) == []


async def test_what_is_not_there_is_none(ledger: Ledger) -> None:
    assert await ledger.request("nobody") is None
    assert await ledger.resource(resource_key()) is None
    assert await ledger.history("nobody") == []
    assert await ledger.decisions("nobody") == []
