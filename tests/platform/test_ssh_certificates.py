"""The Ansible module that has Entra sign a key, against an authority that really signs."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.platform.authority import Authority, authority
from tests.platform.ground import INFRA

MODULE = INFRA / "ansible" / "library" / "entra_ssh_certificate.py"
TENANT = "99999999-9999-9999-9999-999999999999"


@pytest.fixture
def entra(tmp_path: Path) -> Any:
    with authority(tmp_path / "authority") as it:
        yield it


def asked(tmp_path: Path, entra: Authority, *, identity: bool = True) -> dict[str, Any]:
    """What the module answers, called as Ansible calls it."""
    token = tmp_path / "federated-token"
    token.write_text("the.pods.token\n")
    given = {"folder": str(tmp_path / "keys"), "tenant_id": TENANT, "authority": entra.url}
    arguments = tmp_path / "arguments.json"
    arguments.write_text(json.dumps({"ANSIBLE_MODULE_ARGS": given}))
    who = {"AZURE_CLIENT_ID": "app", "AZURE_FEDERATED_TOKEN_FILE": str(token)} if identity else {}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AZURE_")}
    done = subprocess.run(
        [sys.executable, str(MODULE), str(arguments)], env=kept | who, capture_output=True, text=True, check=False
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def test_a_new_key_is_signed_for_the_pods_identity(tmp_path: Path, entra: Authority) -> None:
    answer = asked(tmp_path, entra)
    assert answer["changed"] is False
    assert answer["principal"] == "app-configure"
    ((path, form),) = entra.asked
    assert path == f"/{TENANT}/oauth2/v2.0/token"
    key = json.loads(form.pop("req_cnf"))
    assert form == {
        "client_id": "app",
        "client_assertion": "the.pods.token",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "grant_type": "client_credentials",
        "scope": "https://pas.windows.net/CheckMyAccess/Linux/.default",
        "token_type": "ssh-cert",
        "key_id": key["kid"],
    }
    private, certificate = Path(answer["key"]), Path(answer["certificate"])
    assert private.stat().st_mode & 0o077 == 0
    shown = subprocess.run(["ssh-keygen", "-L", "-f", certificate], capture_output=True, text=True, check=True).stdout
    own = subprocess.run(["ssh-keygen", "-l", "-f", private], capture_output=True, text=True, check=True).stdout
    assert own.split()[1] in shown, "the certificate is for this very key"


def test_each_run_has_a_key_of_its_own(tmp_path: Path, entra: Authority) -> None:
    first = Path(asked(tmp_path, entra)["key"]).read_text()
    assert Path(asked(tmp_path, entra)["key"]).read_text() != first


def test_a_refusal_is_told_in_entras_words_and_without_the_token(tmp_path: Path, entra: Authority) -> None:
    entra.refusal = "AADSTS700016: Application app was not found."
    answer = asked(tmp_path, entra)
    assert answer["failed"] is True
    assert answer["msg"] == "Entra signed no SSH key: AADSTS700016: Application app was not found."
    assert "the.pods.token" not in json.dumps(answer)


def test_a_pod_without_an_identity_asks_nobody(tmp_path: Path, entra: Authority) -> None:
    answer = asked(tmp_path, entra, identity=False)
    assert "no workload identity (AZURE_CLIENT_ID, AZURE_FEDERATED_TOKEN_FILE not set)" in answer["msg"]
    assert entra.asked == []
