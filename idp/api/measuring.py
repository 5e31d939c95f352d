"""What is counted and timed, for Prometheus."""

from dataclasses import asdict
from datetime import datetime
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from idp.delivery.counters import Counters

_SECONDS: Final = (0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)


class Measures:
    """One server's: a registry of its own, so that two in one process do not mix."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self._calls = Counter("idp_calls", "Calls answered.", labels, registry=self._registry)
        self._seconds = Histogram(
            "idp_call_seconds",
            "Seconds until a call's answer began.",
            ("method", "route"),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._hooks = Counter("idp_hooks", "Hooks of git servers.", ("forge", "outcome"), registry=self._registry)
        self._waiting = Gauge("idp_outbox_rows", "Outbox rows that wait.", registry=self._registry)
        self._oldest = Gauge("idp_outbox_oldest_seconds", "Age of the oldest of them.", registry=self._registry)

        self._loops = Gauge(
            "idp_delivery", "What the loops counted since the start.", ("what",), registry=self._registry
        )

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one call."""
        self._calls.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    def hooked(self, forge: str, outcome: str) -> None:
        """Count one hook."""
        self._hooks.labels(forge, outcome).inc()

    def exposition(self, counters: Counters, *, waiting: int, oldest: datetime | None, now: datetime) -> bytes:
        """Prometheus' text format, with the outbox as it stands."""
        self._waiting.set(waiting)
        self._oldest.set((now - oldest).total_seconds() if oldest else 0)
        for what, count in asdict(counters).items():
            self._loops.labels(what).set(count)
        return generate_latest(self._registry)
