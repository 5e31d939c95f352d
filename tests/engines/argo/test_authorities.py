"""A server whose authority is as those of many clusters: without RFC 5280's key usage and key identifiers."""

import http.server
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.request import urlopen

import pytest

from idp.engines.argo.authorities import trusting
from tests.engines.argo.certificates import Certificate, certificate


@pytest.fixture
def certified() -> Certificate:
    return certificate("localhost")


@contextmanager
def served(certified: Certificate, folder: Path) -> Iterator[int]:
    server = http.server.HTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    (folder / "server.pem").write_text(certified.certificate + certified.key)
    context.load_cert_chain(folder / "server.pem")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


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
