"""The stand-in as running servers, one a provider, which Terraform finds through TF_REATTACH_PROVIDERS."""

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import grpc

from tests.platform.standin.calls import calls
from tests.platform.standin.schemas import Schemas

SERVICE = "tfplugin6.Provider"
_LARGEST_MESSAGE_BYTES = 64 * 1024 * 1024


@contextmanager
def serving(schemas: Mapping[str, Schemas]) -> Iterator[str]:
    """Serve every provider; gives the value for TF_REATTACH_PROVIDERS."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="standin-")))
        attach = {
            f"registry.terraform.io/hashicorp/{name}": stack.enter_context(_serving(of, folder / f"{name}.sock"))
            for name, of in schemas.items()
        }
        yield json.dumps(attach)


def answering(schemas: Schemas) -> Any:
    """A server that answers for one provider, with no address yet."""
    server = grpc.server(
        ThreadPoolExecutor(max_workers=4), options=[("grpc.max_send_message_length", _LARGEST_MESSAGE_BYTES)]
    )
    answers = {
        name: grpc.unary_unary_rpc_method_handler(
            answer,
            request_deserializer=message.FromString,
            response_serializer=lambda response: response.SerializeToString(),
        )
        for name, (message, answer) in calls(schemas).items()
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SERVICE, answers),))
    return server


@contextmanager
def _serving(schemas: Schemas, socket: Path) -> Iterator[dict[str, Any]]:
    server = answering(schemas)
    server.add_insecure_port(f"unix:{socket}")
    server.start()
    try:
        yield {
            "Protocol": "grpc",
            "ProtocolVersion": 6,
            "Pid": os.getpid(),
            "Test": True,
            "Addr": {"Network": "unix", "String": str(socket)},
        }
    finally:
        server.stop(grace=None).wait()
