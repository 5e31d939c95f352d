"""A server whose authority is as those of many clusters: without RFC 5280's key usage and key identifiers."""

from pathlib import Path
from urllib.request import urlopen

import pytest

from idp.authorities import trusting
from tests.engines.argo.certificates import Certificate, certificate, served


@pytest.fixture
def certified() -> Certificate:
    return certificate("localhost")


def test_a_clusters_own_authority_is_enough(certified: Certificate, tmp_path: Path) -> None:
    (tmp_path / "ca.crt").write_text(certified.authority)
    with served(certified, tmp_path) as port:
        for context in (trusting(file=tmp_path / "ca.crt"), trusting(text=certified.authority)):
            with urlopen(f"https://localhost:{port}/", context=context) as answer:
                assert answer.status == 200


def test_another_authority_and_another_name_are_refused(certified: Certificate, tmp_path: Path) -> None:
    with served(certified, tmp_path) as port:
        with pytest.raises(OSError, match="certificate verify failed"):
            urlopen(f"https://localhost:{port}/", context=trusting())
        with pytest.raises(OSError, match="IP address mismatch"):
            urlopen(f"https://127.0.0.1:{port}/", context=trusting(text=certified.authority))
