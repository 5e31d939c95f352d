"""The engine of the cluster: an EventSource for events, the Kubernetes API for runs and logs, the Argo Server to resume and stop."""

from idp.engines.argo.engine import ArgoEngine, Places

__all__ = ["ArgoEngine", "Places"]
