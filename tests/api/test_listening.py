import socket

import pytest

from idp.api.listening import bound, loopback, url
from idp.errors import DefinitionError


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104 - not listened on
        ("::", False),
        ("", False),
        ("10.0.0.1", False),
        ("localhost.example.org", False),
        ("example.org", False),
    ],
)
def test_loopback(host: str, *, expected: bool) -> None:
    assert loopback(host) == expected


def test_a_taken_port_is_named_with_the_next_move() -> None:
    with bound("127.0.0.1", 0) as first:
        port = first.getsockname()[1]
        with pytest.raises(DefinitionError, match=rf"Cannot listen on 127\.0\.0\.1 port {port}: .* --port"):
            bound("127.0.0.1", port)


def test_a_host_that_is_none_is_named() -> None:
    with pytest.raises(DefinitionError, match="Cannot listen on nowhere"):
        bound("nowhere.invalid", 0)


@pytest.mark.parametrize(
    ("host", "reached"),
    [("127.0.0.1", "http://127.0.0.1:"), ("0.0.0.0", "http://127.0.0.1:"), ("localhost", "http://localhost:")],  # noqa: S104 - closed at once
)
def test_the_address_is_one_that_this_machine_reaches(host: str, reached: str) -> None:
    with bound(host, 0) as listening:
        assert url(host, listening).startswith(reached)


def test_an_address_of_version_six_is_written_in_brackets() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listening:  # which family it is does not matter here
        port = listening.getsockname()[1]
        assert url("::1", listening) == url("::", listening) == f"http://[::1]:{port}"


def test_answers_do_not_wait_for_delayed_acknowledgements() -> None:
    with bound("127.0.0.1", 0) as listening, socket.create_connection(listening.getsockname()):
        connection, _ = listening.accept()
        with connection:
            assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
