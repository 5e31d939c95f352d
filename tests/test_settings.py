"""What the server's settings refuse, and with which next move."""

from typing import Any

import pytest
from pydantic import ValidationError

from idp.settings import ServerSettings

ARGO = {"engine": "argo", "issuer": "https://login.example.org"}
LOCAL = "is a setting of the engine local, and IDP_ENGINE is argo: unset it, or set IDP_ENGINE=local."
CLUSTER = "is a setting of the engine argo, and IDP_ENGINE is local: unset it, or set IDP_ENGINE=argo."


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests' own runner names a data folder."""
    for name in ("IDP_DATA", "IDP_ENGINE", "IDP_ISSUER"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"engine": "argo"}, "the local issuer serves one machine: set IDP_ISSUER to the address of an OpenID issuer."),
        (ARGO | {"manifests": "x"}, f"IDP_MANIFESTS {LOCAL}"),
        (ARGO | {"infra": "x"}, f"IDP_INFRA {LOCAL}"),
        (ARGO | {"parallelism": 4}, f"IDP_PARALLELISM {LOCAL}"),
        ({"event_source_url": "http://x"}, f"IDP_EVENT_SOURCE_URL {CLUSTER}"),
        ({"event_source_token_file": "x"}, f"IDP_EVENT_SOURCE_TOKEN_FILE {CLUSTER}"),
        ({"argo_server_url": "http://x"}, f"IDP_ARGO_SERVER_URL {CLUSTER}"),
        ({"argo_ui_url": "http://x"}, f"IDP_ARGO_UI_URL {CLUSTER}"),
        ({"runs_namespace": "x"}, f"IDP_RUNS_NAMESPACE {CLUSTER}"),
        (ARGO | {"runs_namespace": "no_namespace"}, "runs_namespace"),
        (
            {"ledger_sign_in": "azure"},
            "IDP_LEDGER_SIGN_IN=azure is for a ledger in PostgreSQL, and IDP_LEDGER_URL is not set",
        ),
        ({"engine": "other"}, "'local' or 'argo'"),
        ({"port": 65536}, "port"),
    ],
)
def test_what_cannot_be_meant_is_refused(given: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError) as caught:
        ServerSettings(**given)

    assert message in str(caught.value)


def test_the_same_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IDP_ARGO_UI_URL", "https://argo.example")

    with pytest.raises(ValidationError, match="IDP_ARGO_UI_URL is a setting of the engine argo"):
        ServerSettings()


def test_a_refusal_tells_no_secret() -> None:
    with pytest.raises(ValidationError) as caught:
        ServerSettings(engine="argo", ledger_url="postgresql://idp:hunter2@db/idp")

    assert "hunter2" not in str(caught.value)
    assert "hunter2" not in repr(ServerSettings(ledger_url="postgresql://idp:hunter2@db/idp"))


def test_an_issuer_is_taken_letter_by_letter() -> None:
    """It must equal what its tokens say."""
    for issuer in ("https://login.example.org", "https://login.example.org/", "https://login.example.org/realms/x"):
        assert str(ServerSettings(issuer=issuer).issuer) == issuer
