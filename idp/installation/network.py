"""Who may talk to whom. All else is refused, in both directions, in every namespace of idp.

Port numbers are those of pods: what a Service or the cluster's own API translates is judged after it was translated.
"""

from dataclasses import dataclass
from typing import Any, Final, Literal

from idp import names

_BUS_PORT: Final = 4222
_BUS_ROUTES: Final = 6222
_METRICS: Final = 7777
"""Of every pod that Argo Events makes."""
_KUBERNETES: Final = (443, 6443)
"""The cluster's API, before and behind its Service. The first is also every cloud's."""


@dataclass(frozen=True)
class _Peer:
    """Pods with all these labels, in namespaces with all these; no labels are all of them."""

    namespaces: tuple[tuple[str, str], ...]
    pods: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class _Flow:
    """To or from somewhere at these TCP ports; no peer is anywhere, in the cluster or out of it."""

    peer: _Peer | None
    ports: tuple[int, ...]


@dataclass(frozen=True)
class _Policy:
    name: str
    pods: _Peer
    taken: tuple[_Flow, ...]
    given: tuple[_Flow, ...]
    why: str


def _in(namespace: str, *pods: tuple[str, str]) -> _Peer:
    return _Peer(((names.LABEL_NAMESPACE, namespace),), pods)


_API: Final = _in(names.NAMESPACE_API, (names.LABEL_APP, names.API))
_BUS: Final = _in(names.NAMESPACE_EVENTS, ("eventbus-name", names.EVENT_BUS))
_SOURCE: Final = _in(names.NAMESPACE_EVENTS, ("eventsource-name", names.EVENT_SOURCE))
_SENSOR: Final = _in(names.NAMESPACE_EVENTS, ("sensor-name", names.SENSOR))
_STEPS: Final = _in(names.NAMESPACE_RUNS)
_ARGO: Final = _in(names.NAMESPACE_ARGO)
_CLIENTS: Final = _Peer(((names.LABEL_CLIENT, "true"),))

_TO_BUS: Final = _Flow(_BUS, (_BUS_PORT,))
_TO_KUBERNETES: Final = _Flow(None, _KUBERNETES)
_FIGURES: Final = _Flow(_CLIENTS, (_METRICS,))

_POLICIES: Final = (
    _Policy(
        "api",
        _API,
        taken=(_Flow(_CLIENTS, (names.API_PORT,)), _Flow(_STEPS, (names.API_PORT,))),
        given=(
            _Flow(_SOURCE, (names.EVENT_SOURCE_PORT,)),
            _Flow(_ARGO, (names.ARGO_SERVER_PORT,)),
            _TO_KUBERNETES,
            _Flow(None, (5432,)),
        ),
        why="Called by the edge, and by steps for their permits. Calls the EventSource, Argo, Kubernetes, its issuer and PostgreSQL.",
    ),
    _Policy(
        "event-bus",
        _BUS,
        taken=(
            _Flow(_SOURCE, (_BUS_PORT,)),
            _Flow(_SENSOR, (_BUS_PORT,)),
            _Flow(_BUS, (_BUS_PORT, _BUS_ROUTES)),
            _FIGURES,
        ),
        given=(_Flow(_BUS, (_BUS_PORT, _BUS_ROUTES)),),
        why="Who reaches it and has its password can forge events: only those who must, and its servers among each other.",
    ),
    _Policy(
        "event-source",
        _SOURCE,
        taken=(_Flow(_API, (names.EVENT_SOURCE_PORT,)), _FIGURES),
        given=(_TO_BUS,),
        why="Takes events from the API alone, and puts them on the bus.",
    ),
    _Policy(
        "sensor",
        _SENSOR,
        taken=(_FIGURES,),
        given=(_TO_BUS, _TO_KUBERNETES),
        why="Reads the bus and creates Workflows.",
    ),
    _Policy(
        "steps",
        _STEPS,
        taken=(),
        given=(_Flow(_API, (names.API_PORT,)), _TO_KUBERNETES),
        why="Ask the API for permits; change the cluster and the cloud, whose addresses change: every TLS port. Nobody calls a step.",
    ),
)


def network_policies() -> list[dict[str, Any]]:
    """In each namespace one that refuses all but names, and one for each kind of pod."""
    spaces = (names.NAMESPACE_API, names.NAMESPACE_EVENTS, names.NAMESPACE_RUNS, names.NAMESPACE_STATE)
    return [*(_default(each) for each in spaces), *(_rendered(each) for each in _POLICIES)]


def _default(namespace: str) -> dict[str, Any]:
    ports = [{"protocol": protocol, "port": 53} for protocol in ("UDP", "TCP")]
    lookup = {"to": [_peer(_in("kube-system"), namespace)], "ports": ports}
    why = "Nothing is taken, and nothing is asked but names. What else a pod needs has a policy of its own."
    return _object("default", namespace, why, {"podSelector": {}, "egress": [lookup]})


def _rendered(policy: _Policy) -> dict[str, Any]:
    namespace = policy.pods.namespaces[0][1]
    taken = [_rule("from", flow, namespace) for flow in policy.taken]
    given = [_rule("to", flow, namespace) for flow in policy.given]
    rules = {"ingress": taken, "egress": given} if taken else {"egress": given}
    return _object(policy.name, namespace, policy.why, {"podSelector": _labels(policy.pods.pods), **rules})


def _object(name: str, namespace: str, why: str, spec: dict[str, Any]) -> dict[str, Any]:
    """Both directions are always judged; without rules nothing is taken; an empty list would differ at every apply."""
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": namespace, "annotations": {names.ANNOTATION_DESCRIPTION: why}},
        "spec": {"policyTypes": ["Ingress", "Egress"], **spec},
    }


def _rule(direction: Literal["from", "to"], flow: _Flow, namespace: str) -> dict[str, Any]:
    ports = [{"protocol": "TCP", "port": port} for port in flow.ports]
    return {direction: [_peer(flow.peer, namespace)], "ports": ports} if flow.peer else {"ports": ports}


def _peer(peer: _Peer, namespace: str) -> dict[str, Any]:
    """Within the policy's own namespace only the pods are named."""
    elsewhere = peer.namespaces != ((names.LABEL_NAMESPACE, namespace),)
    return {
        **({"namespaceSelector": _labels(peer.namespaces)} if elsewhere else {}),
        **({"podSelector": _labels(peer.pods)} if peer.pods else {}),
    }


def _labels(pairs: tuple[tuple[str, str], ...]) -> dict[str, Any]:
    return {"matchLabels": dict(pairs)} if pairs else {}
