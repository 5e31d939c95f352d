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
from pathlib import Path
from threading import Event
from typing import Any

import grpc

from tests.certificates import self_signed
from tests.machine import PLATFORM
from tests.platform.standin import wheels
from tests.platform.standin.schemas import Schemas, schemas
from tests.platform.standin.server import answering

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
    shown = self_signed("localhost")  # as go-plugin calls whatever it talks to
    over = Event()
    with tempfile.TemporaryDirectory(prefix="plugin-", dir=_SHORT) as place:
        server, address = answering(of), f"unix:{place}/socket"
        server.add_generic_rpc_handlers((_controller(over),))
        server.add_secure_port(address, grpc.ssl_server_credentials([(shown.key, shown.certificate)]))
        server.start()
        der = base64.b64encode(shown.der).decode().rstrip("=")
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
