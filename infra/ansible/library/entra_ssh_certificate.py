#!/usr/bin/python
# ruff: noqa: EXE001 - Ansible loads it by path
"""Makes an SSH key, and has Entra sign it for the workload identity of the pod: no key is kept anywhere."""

import base64
import hashlib
import json
import os
import subprocess
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import urlopen

from ansible.module_utils.basic import AnsibleModule  # type: ignore[import-untyped]  # no types

DOCUMENTATION = r"""
module: entra_ssh_certificate
short_description: Make an SSH key, and have Entra sign it
description:
  - Who it is for is the pod's workload identity (C(AZURE_CLIENT_ID) and C(AZURE_FEDERATED_TOKEN_FILE), which its webhook sets).
  - That identity needs the role Virtual Machine Administrator Login on the machine, and the machine the extension AADSSHLoginForLinux.
  - The certificate holds for about an hour. Each call makes a new one, so it is never a change.
options:
  folder:
    description: Where key and certificate go; made where it is not there.
    type: str
    required: true
  tenant_id:
    description: The Entra tenant.
    type: str
    required: true
  authority:
    description: Whom to ask.
    type: str
    default: https://login.microsoftonline.com
"""

EXAMPLES = r"""
- name: A certificate for this run
  entra_ssh_certificate:
    folder: /work/reach
    tenant_id: 99999999-9999-9999-9999-999999999999
"""

RETURN = r"""
key:
  description: File of the private key.
  type: str
  returned: always
certificate:
  description: File of the certificate.
  type: str
  returned: always
principal:
  description: Whom the certificate lets in.
  type: str
  returned: always
"""

# What `az ssh cert` asks for: the one scope for which Entra signs keys of Linux machines.
_SCOPE = "https://pas.windows.net/CheckMyAccess/Linux/.default"
_IDENTITY = ("AZURE_CLIENT_ID", "AZURE_FEDERATED_TOKEN_FILE")


def main() -> None:
    """Ansible's entry."""
    module = AnsibleModule(
        argument_spec={
            "folder": {"type": "str", "required": True},
            "tenant_id": {"type": "str", "required": True},
            "authority": {"type": "str", "default": "https://login.microsoftonline.com"},
        },
        supports_check_mode=True,
    )
    missing = [name for name in _IDENTITY if not os.environ.get(name)]
    if missing:
        module.fail_json(
            msg=f"This step has no workload identity ({', '.join(missing)} not set): its ServiceAccount needs the annotation"
            " azure.workload.identity/client-id, and its pod the label azure.workload.identity/use"
        )
    try:
        module.exit_json(changed=False, **_signed(module.params))
    except (OSError, KeyError, ValueError, subprocess.CalledProcessError) as error:
        module.fail_json(msg=f"Entra signed no SSH key: {_words(error)}")


def _signed(wanted: dict[str, Any]) -> dict[str, str]:
    folder = Path(wanted["folder"])
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    key = _key(folder)
    answer = _asked(f"{wanted['authority']}/{wanted['tenant_id']}/oauth2/v2.0/token", _jwk(key))
    certificate = folder / "id_rsa-cert.pub"
    certificate.write_text(f"ssh-rsa-cert-v01@openssh.com {answer['access_token']}\n")
    return {"key": str(key), "certificate": str(certificate), "principal": _principal(certificate)}


def _key(folder: Path) -> Path:
    """RSA, as Entra signs no other."""
    key = folder / "id_rsa"
    for old in (key, key.with_suffix(".pub")):
        old.unlink(missing_ok=True)
    command = ["ssh-keygen", "-q", "-t", "rsa", "-b", "3072", "-N", "", "-C", "idp", "-f", str(key)]
    subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - fixed words and a folder of ours
    return key


def _jwk(key: Path) -> dict[str, str]:
    """The public key as Entra wants it, named by its digest."""
    exponent, modulus = _parts(base64.b64decode(key.with_suffix(".pub").read_text().split()[1]))[1:]
    plain = {"e": _base64url(exponent), "kty": "RSA", "n": _base64url(modulus.lstrip(b"\0"))}
    digest = hashlib.sha256(json.dumps(plain, separators=(",", ":"), sort_keys=True).encode()).digest()
    return {**plain, "kid": _base64url(digest)}


def _asked(url: str, jwk: dict[str, str]) -> dict[str, Any]:
    form = {
        "client_id": os.environ["AZURE_CLIENT_ID"],
        "client_assertion": Path(os.environ["AZURE_FEDERATED_TOKEN_FILE"]).read_text().strip(),
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "grant_type": "client_credentials",
        "scope": _SCOPE,
        "token_type": "ssh-cert",
        "req_cnf": json.dumps(jwk),
        "key_id": jwk["kid"],
    }
    with urlopen(url, urlencode(form).encode(), timeout=30) as answer:  # noqa: S310 - the authority is the role's
        found: dict[str, Any] = json.load(answer)
    return found


def _principal(certificate: Path) -> str:
    """The first whom the certificate lets in, as ssh-keygen reads it."""
    command = ["ssh-keygen", "-L", "-f", str(certificate)]
    shown = subprocess.run(command, check=True, capture_output=True, text=True).stdout  # noqa: S603 - fixed words
    lines = [line.strip() for line in shown.splitlines()]
    return lines[lines.index("Principals:") + 1]


def _parts(blob: bytes) -> list[bytes]:
    """SSH's own form: each part after its length in four bytes."""
    found = []
    while blob:
        length = int.from_bytes(blob[:4], "big")
        found.append(blob[4 : 4 + length])
        blob = blob[4 + length :]
    return found


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _words(error: Exception) -> str:
    """Entra's own, where it said why; never the token that was shown."""
    try:
        return str(json.loads(error.read())["error_description"]).splitlines()[0]  # type: ignore[attr-defined]  # an HTTPError
    except (AttributeError, KeyError, ValueError):
        return str(error)


if __name__ == "__main__":
    main()
