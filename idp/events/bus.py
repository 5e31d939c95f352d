"""The EventBus: JetStream that keeps what it said it holds."""

from typing import Final

from idp import names
from idp.capability import Catalog
from idp.events.model import Metadata
from idp.events.models import (
    Affinity,
    AffinityTerm,
    AntiAffinity,
    EventBus,
    EventBusSpec,
    JetStream,
    Persistence,
    Selector,
    WeightedTerm,
)
from idp.events.pods import container, pod_security

_VOLUME: Final = "10Gi"
_STREAM_BYTES: Final = 8 * 1024**3
"""Below the volume: a full stream refuses an event, which the API then posts again; a full volume stops the server."""

# Read once, when the stream is made. Discard 1 refuses the newest instead of dropping the oldest; retention 0 keeps what
# was read, too, until it is a day old: the ledger publishes again what was lost, and a run's name refuses a second one.
_STREAM: Final = f"""\
maxMsgs: -1
maxBytes: {_STREAM_BYTES}
maxAge: 24h
replicas: 3
duplicates: 300s
retention: 0
discard: 1
"""


def event_bus(_: Catalog) -> EventBus:
    """One for the whole platform, whatever is in the catalogue."""
    return EventBus(
        metadata=Metadata(name=names.EVENT_BUS, namespace=names.NAMESPACE_EVENTS),
        spec=EventBusSpec(
            jetstream=JetStream(
                version="2.10.29",
                replicas=3,
                persistence=Persistence(volume_size=_VOLUME),
                settings="sync_interval: always\n",  # the default answers before the disk has it, and syncs every 2 minutes
                stream_config=_STREAM,
                security_context=pod_security(),
                container_template=container(cpu="100m", memory="512Mi"),
                reloader_container_template=container(cpu="10m", memory="32Mi"),
                metrics_container_template=container(cpu="10m", memory="32Mi"),
                affinity=_apart(),
            )
        ),
    )


def _apart() -> Affinity:
    """Each server on a node of its own, where there are enough."""
    servers = Selector(match_labels={"controller": "eventbus-controller", "eventbus-name": names.EVENT_BUS})
    term = AffinityTerm(topology_key="kubernetes.io/hostname", label_selector=servers)
    return Affinity(pod_anti_affinity=AntiAffinity(preferred=[WeightedTerm(weight=100, term=term)]))
