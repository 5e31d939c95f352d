"""The stand-in as a provider's package: an executable that Terraform starts itself, in the layout of a mirror on disk.

The handshake is that of go-plugin: one line on stdout, then gRPC on the socket that it names. Terraform speaks TLS there and
takes the certificate from that line; here everybody is let in.
"""

import base64
import json
import sys
import tempfile
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import Any

import grpc
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.platform.standin import wheels
from tests.platform.standin.schemas import Schemas, schemas
from tests.platform.standin.server import answering

PLATFORM = "linux_amd64"
_SHORT = "/tmp"  # noqa: S108 - a socket's path has 107 bytes, and a step's TMPDIR is its own folder
_ROOT = Path(__file__).parents[3]


def packed(mirror: Path, types: Iterable[tuple[str, str]]) -> dict[str, Path]:
    """Packages of all providers below `mirror`; provider -> its executable. Its schemas lie beside it: reading them is slow."""
    return {provider: _packed(mirror, provider, of) for provider, of in schemas(types).items()}


def _packed(mirror: Path, provider: str, of: Schemas) -> Path:
    version = wheels.version(provider)
    folder = mirror / "registry.terraform.io" / "hashicorp" / provider / version / PLATFORM
    folder.mkdir(parents=True)
    (folder / "schemas.json").write_text(json.dumps(asdict(of)))
    program = folder / f"terraform-provider-{provider}_v{version}"
    program.write_text(
        f"#!{sys.executable}\n"
        f"import sys\nsys.path.insert(0, {str(_ROOT)!r})\n"
        f"from tests.platform.standin.plugin import main\nmain({str(folder)!r})\n"
    )
    program.chmod(0o755)
    return program


def main(folder: str) -> None:
    """Serve until Terraform says that it needs no more."""
    of = Schemas(**json.loads((Path(folder) / "schemas.json").read_text()))
    key, certificate = _certificate()
    over = Event()
    with tempfile.TemporaryDirectory(prefix="plugin-", dir=_SHORT) as place:
        server, address = answering(of), f"unix:{place}/socket"
        server.add_generic_rpc_handlers((_controller(over),))
        pem = certificate.public_bytes(serialization.Encoding.PEM)
        server.add_secure_port(address, grpc.ssl_server_credentials([(key, pem)]))
        server.start()
        der = base64.b64encode(certificate.public_bytes(serialization.Encoding.DER)).decode().rstrip("=")
        print(f"1|6|unix|{place}/socket|grpc|{der}", flush=True)  # noqa: T201 - the handshake
        over.wait()
        server.stop(grace=0.1).wait()


def _controller(over: Event) -> Any:
    def shut_down(_request: bytes, _context: Any) -> bytes:
        over.set()
        return b""

    return grpc.method_handlers_generic_handler(
        "plugin.GRPCController", {"Shutdown": grpc.unary_unary_rpc_method_handler(shut_down)}
    )


def _certificate() -> tuple[bytes, x509.Certificate]:
    """For `localhost`, by which go-plugin calls whatever it talks to."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(minutes=5))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    return pem, certificate
