from pathlib import Path

import pytest

from idp.catalog import CATALOG
from idp.errors import DefinitionError
from idp.loading import loaded


def test_a_catalogue_is_found_by_its_name() -> None:
    assert loaded("idp.catalog:CATALOG") is CATALOG


@pytest.mark.parametrize(
    ("reference", "says"),
    [
        ("idp.catalog", "write module:name"),
        (":CATALOG", "write module:name"),
        ("idp.nowhere:CATALOG", "no module 'idp.nowhere'"),
        ("nowhere.at_all:CATALOG", "no module 'nowhere'"),
        ("idp.catalog:NOPE", "has no 'NOPE'"),
        ("idp.catalog:Images", "not a Catalog"),
    ],
)
def test_a_wrong_name_says_what_is_wrong(reference: str, says: str) -> None:
    with pytest.raises(DefinitionError, match=says):
        loaded(reference)


def test_a_module_that_cannot_import_its_own_needs_is_not_called_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_catalogue.py").write_text("import surely_not_installed\n")
    monkeypatch.syspath_prepend(tmp_path)

    with pytest.raises(ModuleNotFoundError, match="surely_not_installed"):
        loaded("broken_catalogue:CATALOG")
