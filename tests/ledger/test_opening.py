from pathlib import Path

import pytest

from idp.errors import DefinitionError
from idp.ledger.opening import opened
from idp.ledger.postgresql import PostgresqlLedger
from idp.ledger.protocol import LedgerUnavailableError
from idp.ledger.sqlite import SqliteLedger
from tests.ledger.postgresql import server
from tests.ledger.samples import acceptance, request_record

pytestmark = pytest.mark.anyio


async def test_without_an_url_it_is_a_file_of_the_data_folder(tmp_path: Path) -> None:
    async with opened(tmp_path, None) as ledger:
        assert isinstance(ledger, SqliteLedger)
        await ledger.accept(acceptance(request_record(1)))
    assert (tmp_path / "ledger.db").exists()
    with pytest.raises(LedgerUnavailableError, match="is not open"):
        await ledger.request("any")


async def test_with_one_it_is_that_database(tmp_path: Path) -> None:
    await server.made(tmp_path)
    async with opened(tmp_path / "data", server.url(tmp_path)) as ledger:
        assert isinstance(ledger, PostgresqlLedger)
        await ledger.accept(acceptance(request_record(1)))
    assert not (tmp_path / "data").exists()
    with pytest.raises(LedgerUnavailableError, match="is not open"):
        await ledger.request("any")


@pytest.mark.parametrize("url", ["", "mysql://me:secret@host/ledger", "host:5432/secret"])
async def test_another_url_is_refused_without_showing_it(tmp_path: Path, url: str) -> None:
    with pytest.raises(
        DefinitionError, match=r"IDP_LEDGER_URL is no postgresql://.*Correct it, or unset it"
    ) as refused:
        async with opened(tmp_path, url):
            pass
    assert "secret" not in str(refused.value)
