"""Where the API server is, and who we are to it."""

import base64
import json
import ssl
from pathlib import Path
from typing import Any

import pytest

from idp.engines.argo.access import kubernetes
from idp.errors import DefinitionError
from tests.engines.argo.certificates import certificate

Json = dict[str, Any]


def kubeconfig(folder: Path, *, cluster: Json | None = None, user: Json | None = None, **more: Any) -> dict[str, str]:
    """A file with two contexts, as environment; YAML knows JSON."""
    whole = {
        "current-context": "ours",
        "contexts": [
            {"name": "other", "context": {"cluster": "x", "user": "x"}},
            {"name": "ours", "context": {"cluster": "c", "user": "u", "namespace": "n"}},
        ],
        "clusters": [
            {"name": "x", "cluster": {"server": "https://x", "proxy-url": "http://x"}},
            {"name": "c", "cluster": {"server": "https://10.0.0.1:6443"} | (cluster or {})},
        ],
        "users": [{"name": "x", "user": {"exec": {}}}, {"name": "u", "user": {"token": "t"} if user is None else user}],
    }
    file = folder / "config"
    file.write_text(json.dumps(whole | more))
    return {"KUBECONFIG": str(file)}


def test_the_current_context_counts_and_no_other(tmp_path: Path) -> None:
    found = kubernetes(kubeconfig(tmp_path))

    assert found.url == "https://10.0.0.1:6443"
    assert found.token
    assert found.token() == "t"
    assert found.ssl
    assert found.ssl.verify_mode == ssl.CERT_REQUIRED


def test_a_token_file_is_beside_the_kubeconfig_and_read_each_time(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("one")
    found = kubernetes(kubeconfig(tmp_path, user={"tokenFile": "mine"}))

    assert found.token
    assert found.token() == "one"
    (tmp_path / "mine").write_text("two")
    assert found.token() == "two"


def test_certificates_as_data_and_as_files(tmp_path: Path) -> None:
    made = certificate()
    for name, pem in (("ca.crt", made.authority), ("me.crt", made.certificate), ("me.key", made.key)):
        (tmp_path / name).write_text(pem)
    data = {
        "client-certificate-data": base64.b64encode(made.certificate.encode()).decode(),
        "client-key-data": base64.b64encode(made.key.encode()).decode(),
    }
    files = {"client-certificate": "me.crt", "client-key": "me.key"}

    for cluster, user in (
        ({"certificate-authority-data": base64.b64encode(made.authority.encode()).decode()}, data),
        ({"certificate-authority": "ca.crt"}, files),
    ):
        found = kubernetes(kubeconfig(tmp_path, cluster=cluster, user=user))
        assert found.token is None
        assert found.ssl
        assert len(found.ssl.get_ca_certs()) == 1, "this authority and no other"


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"user": {"exec": {"command": "kubelogin"}}}, "exec"),
        ({"user": {"username": "u", "password": "p"}}, "username"),
        ({"cluster": {"insecure-skip-tls-verify": True}}, "insecure-skip-tls-verify"),
        ({"cluster": {"proxy-url": "http://p"}}, "proxy-url"),
        ({"cluster": {"certificate-authority-data": "?"}}, "base64"),
        ({"cluster": {"certificate-authority-data": "eA=="}}, "no start line"),
        ({"cluster": {"certificate-authority": "nothing"}}, "nothing"),
        ({"user": {"client-certificate-data": "eA==", "client-key-data": "eA=="}}, "PEM"),
        ({"current-context": "gone"}, "'gone' among its contexts"),
        ({"contexts": []}, "'ours' among its contexts"),
        ({"users": []}, "'u' among its users"),
        ({"clusters": None}, "cannot be used"),
    ],
)
def test_what_would_change_who_we_are_or_whom_we_talk_to_is_refused(tmp_path: Path, parts: Json, reason: str) -> None:
    with pytest.raises(DefinitionError, match=r"Needed are one file with one current context") as caught:
        kubernetes(kubeconfig(tmp_path, **parts))

    assert reason in str(caught.value)


@pytest.mark.parametrize("content", [None, "", "- a list", "{", "\t"])
def test_a_file_that_is_no_kubeconfig_is_refused(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "config").write_text(content)

    with pytest.raises(DefinitionError, match="cannot be used"):
        kubernetes({"KUBECONFIG": str(tmp_path / "config")})


@pytest.mark.parametrize(
    ("host", "url"), [("10.96.0.1", "https://10.96.0.1:443"), ("fd00::1", "https://[fd00::1]:443")]
)
def test_in_a_pod_its_account_counts(tmp_path: Path, host: str, url: str) -> None:
    (tmp_path / "token").write_text("one")
    (tmp_path / "ca.crt").write_text(certificate().authority)
    found = kubernetes({"KUBERNETES_SERVICE_HOST": host, "KUBERNETES_SERVICE_PORT": "443"}, tmp_path)

    assert found.url == url
    assert found.token
    assert found.token() == "one"
    assert found.ssl
    assert len(found.ssl.get_ca_certs()) == 1
    (tmp_path / "token").write_text("two")
    assert found.token() == "two"


def test_elsewhere_the_next_move_is_told(tmp_path: Path) -> None:
    with pytest.raises(
        DefinitionError, match=r"KUBECONFIG is not set\. Set it, or serve without a cluster: IDP_ENGINE=local"
    ):
        kubernetes({"KUBERNETES_SERVICE_HOST": "10.96.0.1", "KUBERNETES_SERVICE_PORT": "443"}, tmp_path)
