"""The EventSource: one endpoint per capability, so that one that is stuck does not hold the others."""

from typing import Final

from idp import names
from idp.capability import Capability, Catalog
from idp.events.model import Metadata
from idp.events.models import EventSource, EventSourceSpec, SecretKey, Service, ServicePort, Webhook
from idp.events.pods import pod

TOKEN_SECRET: Final = SecretKey(name=names.EVENT_SOURCE_SECRET, key="token")
"""What the API shows as bearer token. The installation makes it (32 random bytes or more); it is never rendered."""

PAYLOAD_LIMIT: Final = 256 * 1024
"""Bytes. JetStream takes 1 MiB with all headers; what is above fails only there."""


def event_source(catalog: Catalog) -> EventSource:
    """Its webhooks are named as the capabilities."""
    port = names.EVENT_SOURCE_PORT
    return EventSource(
        metadata=Metadata(name=names.EVENT_SOURCE, namespace=names.NAMESPACE_EVENTS),
        spec=EventSourceSpec(
            event_bus_name=names.EVENT_BUS,
            replicas=2,
            template=pod(None, read_only=True),
            service=Service(ports=[ServicePort(name="http", port=port, target_port=port)]),
            webhook={capability.name: _webhook(capability) for capability in catalog},
        ),
    )


def _webhook(capability: Capability) -> Webhook:
    return Webhook(
        endpoint=names.endpoint(capability.name),
        port=str(names.EVENT_SOURCE_PORT),
        max_payload_size=PAYLOAD_LIMIT,
        auth_secret=TOKEN_SECRET,
    )
