"""Schemas as the messages of plugin protocol 6."""

import json
from typing import Any

from pyvider.protocols.tfprotov6.protobuf import tfplugin6_pb2 as pb

from tests.platform.standin.javascript import Block
from tests.platform.standin.schemas import Schemas

_BLOCK_NESTING = {"single": 1, "list": 2, "set": 3, "map": 4}
_OBJECT_NESTING = {"single": 1, "list": 2, "set": 3, "map": 4}


def provider_schema(schemas: Schemas) -> Any:
    """The answer to GetProviderSchema."""
    return pb.GetProviderSchema.Response(
        provider=schema(schemas.provider),
        resource_schemas={name: schema(block) for name, block in schemas.resource.items()},
        data_source_schemas={name: schema(block) for name, block in schemas.data.items()},
        ephemeral_resource_schemas={name: schema(block) for name, block in schemas.ephemeral.items()},
        server_capabilities=pb.ServerCapabilities(plan_destroy=True),
    )


def schema(block: Block) -> Any:
    """One type's schema."""
    return pb.Schema(version=0, block=_block(block))


def _block(block: Block) -> Any:
    return pb.Schema.Block(
        attributes=[_attribute(name, attribute) for name, attribute in block["attributes"].items()],
        block_types=[
            pb.Schema.NestedBlock(
                type_name=name,
                block=_block(nested["block"]),
                nesting=_BLOCK_NESTING[nested["nesting"]],
                min_items=nested["min"] if nested["nesting"] != "single" else 0,
                max_items=nested["max"],
            )
            for name, nested in block["blocks"].items()
        ],
    )


def _attribute(name: str, attribute: dict[str, Any]) -> Any:
    flags = {key: True for key in ("required", "optional", "computed", "sensitive", "write_only") if attribute.get(key)}
    if "type" in attribute:
        return pb.Schema.Attribute(name=name, type=json.dumps(attribute["type"]).encode(), **flags)
    nested = attribute["nested"]
    members = [_attribute(key, value) for key, value in nested["attributes"].items()]
    return pb.Schema.Attribute(
        name=name,
        nested_type=pb.Schema.Object(attributes=members, nesting=_OBJECT_NESTING[attribute["nesting"]]),
        **flags,
    )
