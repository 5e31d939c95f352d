"""A Workflow of the cluster in the words of the protocol: pure."""

import base64
import binascii
import zlib
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache

from pydantic import ValidationError

from idp.engines.argo.objects import NODES, Node, Nodes, Workflow
from idp.engines.protocol import NodeSeen, RunSeen

_GZIP = b"\x1f\x8b"
_GZIP_WINDOW = zlib.MAX_WBITS | 16
LARGEST_STATUS = 64 * 1024 * 1024
"""Bytes of node status once it is not compressed any more: the object itself has at most 1.5 MiB."""
_NEVER = datetime.max.replace(tzinfo=UTC)


class ElsewhereError(Exception):
    """The nodes are not in the object in a form that is read here; the Argo Server shows them."""


def run_seen(workflow: Workflow, found: Nodes) -> RunSeen:
    """`found` are its nodes."""
    status = workflow.status
    return RunSeen(
        name=workflow.metadata.name,
        uid=workflow.metadata.uid,
        phase=status.phase,
        message=status.message,
        labels=workflow.metadata.labels,
        nodes=tuple(map(_node_seen, in_order(found))),
        outputs=status.outputs.values,
        started_at=status.started_at,
        finished_at=status.finished_at,
    )


def nodes(workflow: Workflow) -> Nodes:
    """All nodes by id, also of a status that was too large to be plain. Raises ElsewhereError."""
    status = workflow.status
    if status.nodes:
        return status.nodes
    if status.compressed_nodes:
        return _read(_decompressed(status.compressed_nodes))
    if status.offload_node_status_version:
        message = "The node status is in the controller's database (nodeStatusOffLoad)."
        raise ElsewhereError(message)
    return {}


def _read(plain: bytes) -> Nodes:
    try:
        return NODES.validate_json(plain)
    except ValidationError as error:
        message = f"The node status cannot be read: {error.errors()[0]['msg']}"
        raise ElsewhereError(message) from error


def _decompressed(text: str) -> bytes:
    """Base64 of gzip, as every version of Argo writes unless told otherwise (4.1 can also write zstd and brotli)."""
    try:
        packed = base64.b64decode(text, validate=True)
        if not packed.startswith(_GZIP):
            message = "The node status is compressed, and not with gzip."
            raise ElsewhereError(message)
        unpacking = zlib.decompressobj(_GZIP_WINDOW)
        plain = unpacking.decompress(packed, LARGEST_STATUS)
    except (binascii.Error, zlib.error) as error:
        message = f"The node status cannot be decompressed: {error}"
        raise ElsewhereError(message) from error
    if not unpacking.eof:
        message = f"The node status is cut, or has more than {LARGEST_STATUS} bytes."
        raise ElsewhereError(message)
    return plain


def in_order(found: Nodes) -> list[Node]:
    """As they were made: by start, and of those of one second each after what it follows. The object has no order."""
    depths = _depths(found)
    return sorted(found.values(), key=lambda node: (node.started_at or _NEVER, depths[node.id], node.name))


def _depths(found: Nodes) -> Mapping[str, int]:
    """How many nodes each comes after, on the longest way from a node that is nobody's child."""
    parents: dict[str, list[str]] = {id_: [] for id_ in found}
    for node in found.values():
        for child in node.children:
            parents.setdefault(child, []).append(node.id)

    @cache
    def depth(id_: str) -> int:
        return max((depth(parent) + 1 for parent in parents[id_]), default=0)

    return {id_: depth(id_) for id_ in found}


def _node_seen(node: Node) -> NodeSeen:
    return NodeSeen(
        id=node.id,
        name=node.display_name,
        type=node.type,
        phase=node.phase,
        template=node.template_name,
        message=node.message,
        started_at=node.started_at,
        finished_at=node.finished_at,
        outputs=node.outputs.values,
    )


def attempts(found: Nodes, step: str) -> list[Node]:
    """The nodes with a pod that go by this name: one, or the attempts of one in their order."""
    retried = {
        child
        for node in found.values()
        if node.type == "Retry" and node.display_name == step
        for child in node.children
    }
    return [
        node for node in in_order(found) if node.type == "Pod" and (node.display_name == step or node.id in retried)
    ]
