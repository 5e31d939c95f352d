"""The part of a kubeconfig that a server needs: one cluster, and a user with a token or a certificate."""

import base64
import ssl
import tempfile
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from idp.authorities import trusting
from idp.engines.argo.service import Address
from idp.engines.argo.tokens import Token, token_in
from idp.errors import DefinitionError


class _Part(BaseModel):
    """What is not here is refused by name: to leave it out would change who we are, or whom we talk to."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=lambda name: name.replace("_", "-"))

    extensions: Any = None


class _Context(_Part):
    cluster: str
    user: str
    namespace: str = ""


class _Cluster(_Part):
    server: str
    certificate_authority: Path | None = None
    certificate_authority_data: str = ""


class _User(_Part):
    token: str = ""
    token_file: Path | None = Field(default=None, alias="tokenFile")
    client_certificate: Path | None = None
    client_certificate_data: str = ""
    client_key: Path | None = None
    client_key_data: str = ""


def from_kubeconfig(file: Path, name: str) -> Address:
    """The current context's. Raises DefinitionError with the next move."""
    try:
        whole = yaml.safe_load(file.read_text("utf-8"))
        context = _Context.model_validate(_named(whole, "contexts", whole["current-context"])["context"])
        cluster = _Cluster.model_validate(_named(whole, "clusters", context.cluster)["cluster"])
        user = _User.model_validate(_named(whole, "users", context.user)["user"])
        return Address(
            name=name, url=cluster.server, token=_token(user, file.parent), ssl=_tls(cluster, user, file.parent)
        )
    except (OSError, yaml.YAMLError, ValidationError, LookupError, TypeError, ValueError) as error:
        message = (
            f"The kubeconfig {file} cannot be used: {error}. Needed are one file with one current context, a cluster with"
            " `server`, and a user with `token`, `tokenFile` or a client certificate."
        )
        raise DefinitionError(message) from error


def _named(whole: Any, kind: str, name: str) -> Any:
    for each in whole[kind]:
        if each["name"] == name:
            return each
    message = f"it has no {name!r} among its {kind}"
    raise LookupError(message)


def _token(user: _User, folder: Path) -> Token | None:
    if user.token_file:
        return token_in(folder / user.token_file)
    return (lambda: user.token) if user.token else None


def _tls(cluster: _Cluster, user: _User, folder: Path) -> ssl.SSLContext:
    authorities = trusting(text=_pem(cluster.certificate_authority_data, cluster.certificate_authority, folder))
    certificate = _pem(user.client_certificate_data, user.client_certificate, folder)
    key = _pem(user.client_key_data, user.client_key, folder)
    if certificate and key:
        _identify(authorities, certificate, key)
    return authorities


def _pem(data: str, file: Path | None, folder: Path) -> str | None:
    if data:
        return base64.b64decode(data, validate=True).decode("ascii")
    return (folder / file).read_text("ascii") if file else None


def _identify(tls: ssl.SSLContext, certificate: str, key: str) -> None:
    """OpenSSL reads them from a file only: one that nobody else can read, for that moment."""
    with tempfile.NamedTemporaryFile("w", encoding="ascii") as pem:
        pem.write(f"{certificate}\n{key}")
        pem.flush()
        tls.load_cert_chain(pem.name)
