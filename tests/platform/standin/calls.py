"""What the stand-in answers to each call of plugin protocol 6. Shapes of requests: tfplugin6.proto."""

import json
from collections.abc import Callable
from typing import Any

from pyvider.protocols.tfprotov6.protobuf import tfplugin6_pb2 as pb

from tests.platform.standin import messages, values
from tests.platform.standin.javascript import Block
from tests.platform.standin.schemas import Schemas

Call = Callable[[Any, Any], Any]


def calls(schemas: Schemas) -> dict[str, tuple[Any, Call]]:
    """Name of each call -> (the request's message, its answer)."""
    answer = _Answers(schemas)
    return {
        "GetProviderSchema": (pb.GetProviderSchema.Request, answer.schema),
        "GetResourceIdentitySchemas": (pb.GetResourceIdentitySchemas.Request, answer.no_identities),
        "ValidateProviderConfig": (pb.ValidateProviderConfig.Request, _empty(pb.ValidateProviderConfig)),
        "ValidateResourceConfig": (pb.ValidateResourceConfig.Request, _empty(pb.ValidateResourceConfig)),
        "ValidateDataResourceConfig": (pb.ValidateDataResourceConfig.Request, _empty(pb.ValidateDataResourceConfig)),
        "ValidateEphemeralResourceConfig": (
            pb.ValidateEphemeralResourceConfig.Request,
            _empty(pb.ValidateEphemeralResourceConfig),
        ),
        "ConfigureProvider": (pb.ConfigureProvider.Request, _empty(pb.ConfigureProvider)),
        "StopProvider": (pb.StopProvider.Request, _empty(pb.StopProvider)),
        "UpgradeResourceState": (pb.UpgradeResourceState.Request, answer.upgrade),
        "ReadResource": (pb.ReadResource.Request, answer.read),
        "PlanResourceChange": (pb.PlanResourceChange.Request, answer.plan),
        "ApplyResourceChange": (pb.ApplyResourceChange.Request, answer.apply),
        "ReadDataSource": (pb.ReadDataSource.Request, answer.data),
        "OpenEphemeralResource": (pb.OpenEphemeralResource.Request, answer.open),
        "CloseEphemeralResource": (pb.CloseEphemeralResource.Request, _empty(pb.CloseEphemeralResource)),
    }


class _Answers:
    def __init__(self, schemas: Schemas) -> None:
        self._schemas = schemas

    def schema(self, _request: Any, _context: Any) -> Any:
        return messages.provider_schema(self._schemas)

    def no_identities(self, _request: Any, _context: Any) -> Any:
        return pb.GetResourceIdentitySchemas.Response()

    def upgrade(self, request: Any, _context: Any) -> Any:
        return pb.UpgradeResourceState.Response(upgraded_state=_message(json.loads(request.raw_state.json)))

    def read(self, request: Any, _context: Any) -> Any:
        return pb.ReadResource.Response(new_state=request.current_state, private=request.private)

    def plan(self, request: Any, _context: Any) -> Any:
        proposed = values.decoded(request.proposed_new_state.msgpack)
        planned = values.planned(self._schemas.resource[request.type_name], proposed)
        return pb.PlanResourceChange.Response(planned_state=_message(planned), legacy_type_system=True)

    def apply(self, request: Any, _context: Any) -> Any:
        state = values.decoded(request.planned_state.msgpack)
        address = ".".join((request.type_name, *_label(state)))
        applied = values.applied(self._schemas.resource[request.type_name], state, address)
        return pb.ApplyResourceChange.Response(new_state=_message(applied), legacy_type_system=True)

    def data(self, request: Any, _context: Any) -> Any:
        return pb.ReadDataSource.Response(state=_found(self._schemas.data[request.type_name], request))

    def open(self, request: Any, _context: Any) -> Any:
        return pb.OpenEphemeralResource.Response(result=_found(self._schemas.ephemeral[request.type_name], request))


def _empty(message: Any) -> Call:
    return lambda _request, _context: message.Response()


def _label(state: Any) -> tuple[str, ...]:
    """Its name, which azuread calls `display_name`."""
    name = (state.get("name") or state.get("display_name")) if isinstance(state, dict) else None
    return (name.replace(".", "_"),) if isinstance(name, str) else ()


def _found(block: Block, request: Any) -> Any:
    config = values.decoded(request.config.msgpack)
    return _message(
        values.applied(block, values.planned(block, config), ".".join((request.type_name, *_label(config))))
    )


def _message(value: Any) -> Any:
    return pb.DynamicValue(msgpack=values.encoded(value))
