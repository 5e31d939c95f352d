"""Values as Terraform sends them, and what becomes of them in a world where everything succeeds."""

import base64
import uuid
from typing import Any

import msgpack

from tests.platform.standin.javascript import Block, attribute_type


class Unknown:
    """A value known after apply."""


UNKNOWN = Unknown()
_UNKNOWN_EXTENSION = 0
_NAMESPACE = uuid.UUID("5f3a0bb4-63b1-4d5d-9a25-7f5a3ef7c5a4")


def decoded(data: bytes) -> Any:
    """A value of the wire; any kind of unknown is UNKNOWN."""
    return msgpack.unpackb(data, ext_hook=lambda _code, _data: UNKNOWN, strict_map_key=False)


def encoded(value: Any) -> bytes:
    """A value for the wire."""
    return bytes(msgpack.packb(value, default=_extension))


def planned(block: Block, proposed: Any) -> Any:
    """What the provider would have: everything it computes and nobody wrote is known after apply."""
    if not isinstance(proposed, dict):
        return proposed
    result = dict(proposed)
    for name, attribute in block["attributes"].items():
        if attribute.get("write_only"):
            result[name] = None
        elif attribute.get("computed") and result.get(name) is None:
            result[name] = UNKNOWN
        elif "nested" in attribute:
            result[name] = _each(attribute["nested"], result.get(name), planned)
    for name, nested in block["blocks"].items():
        result[name] = _each(nested["block"], result.get(name), planned)
    return result


def applied(block: Block, value: Any, address: str) -> Any:
    """The planned value with every unknown filled in, the same way each time."""
    if not isinstance(value, dict):
        return value
    result = dict(value)
    for name, attribute in block["attributes"].items():
        result[name] = _filled(attribute_type(attribute), result.get(name), f"{address}.{name}")
        if "nested" in attribute:
            nested = attribute["nested"]
            result[name] = _each(nested, result[name], lambda b, v, n=name: applied(b, v, f"{address}.{n}"))
    for name, nested in block["blocks"].items():
        result[name] = _each(nested["block"], result.get(name), lambda b, v, n=name: applied(b, v, f"{address}.{n}"))
    return result


def _each(block: Block, value: Any, change: Any) -> Any:
    if isinstance(value, list):
        return [change(block, item) for item in value]
    return change(block, value)


def _filled(cty: Any, value: Any, address: str) -> Any:
    """Example: an unknown `["list", ["object", {...}]]` becomes a list of one object with every member filled in."""
    if value is not UNKNOWN:
        return [_filled_inside(cty, item, address) for item in value] if isinstance(value, list) else value
    if isinstance(cty, str):
        return _primitive(cty, address)
    kind, inner = cty
    if kind == "object":
        return {name: _filled(member, UNKNOWN, f"{address}.{name}") for name, member in inner.items()}
    if kind == "map":
        return {}
    return [_filled(inner, UNKNOWN, address)] if isinstance(inner, list) else []


def _filled_inside(cty: Any, item: Any, address: str) -> Any:
    if not (isinstance(cty, list) and isinstance(item, dict) and isinstance(cty[1], list) and cty[1][0] == "object"):
        return _filled(cty[1] if isinstance(cty, list) else cty, item, address)
    return {name: _filled(cty[1][1].get(name, "string"), value, f"{address}.{name}") for name, value in item.items()}


def _primitive(cty: str, address: str) -> Any:
    if cty == "number":
        return 1
    if cty == "bool":
        return False
    return computed_text(address)


def computed_text(address: str) -> str:
    """What the stand-in computes where a text belongs: `azurerm_subnet.snet-nodes.id`."""
    name = address.rpartition(".")[2]
    if name in {"client_id", "object_id", "principal_id", "subscription_id", "tenant_id"}:
        return str(uuid.uuid5(_NAMESPACE, name if name in {"subscription_id", "tenant_id"} else address))
    path = f"/standin/{address.replace('.', '/')}"
    return base64.b64encode(path.encode()).decode() if name.endswith(("certificate", "certificate_data")) else path


def _extension(value: Any) -> Any:
    if isinstance(value, Unknown):
        return msgpack.ExtType(_UNKNOWN_EXTENSION, b"\x00")
    message = f"A {type(value).__name__} is no value of Terraform's."
    raise TypeError(message)
