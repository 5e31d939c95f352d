"""How the world finds the API. Class and certificate are the installation's own: TLS ends at its edge."""

from typing import Any

from idp import names
from idp.capability import Catalog


def ingress(catalog: Catalog) -> dict[str, Any]:
    """Host `api.<domain>`, without annotations of any one controller."""
    service = {"name": names.API, "port": {"number": names.API_PORT}}
    path = {"path": "/", "pathType": "Prefix", "backend": {"service": service}}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": names.API, "namespace": names.NAMESPACE_API},
        "spec": {"rules": [{"host": names.host(names.API, catalog.domain), "http": {"paths": [path]}}]},
    }
