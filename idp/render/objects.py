"""Every object of a catalogue, by the file it is written to."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from idp.capability import Catalog
from idp.events.access import sensor_access
from idp.events.bus import event_bus
from idp.events.sensor import sensor
from idp.events.source import event_source
from idp.installation.access import api_access
from idp.installation.api import api
from idp.installation.delivery import delivery
from idp.installation.guardrails import guardrails
from idp.installation.ingress import ingress
from idp.installation.namespaces import namespaces
from idp.installation.network import network_policies
from idp.workflows.access import run_access
from idp.workflows.configuration import runner_configuration
from idp.workflows.templates import workflow_templates

Object = dict[str, Any]
Objects = Mapping[str, Sequence[Object]]
"""Path below the folder of manifests -> the objects in that file."""

KUSTOMIZATION: Final = "kustomization.yaml"


def objects(catalog: Catalog, reference: str) -> dict[str, list[Object]]:
    """All of them, the kustomization that lists the files included. Pure: the same catalogue gives the same objects."""
    files: dict[str, list[Object]] = {
        "namespaces.yaml": namespaces(),
        "guardrails.yaml": guardrails(catalog),
        "network.yaml": network_policies(),
        "api/access.yaml": api_access(),
        "api/api.yaml": api(catalog, reference),
        "api/ingress.yaml": [ingress(catalog)],
        "events/access.yaml": sensor_access(),
        "events/event-bus.yaml": [event_bus(catalog).rendered()],
        "events/event-source.yaml": [event_source(catalog).rendered()],
        "events/sensor.yaml": [sensor(catalog).rendered()],
        "runs/access.yaml": run_access(),
        "runs/runner.yaml": [runner_configuration()],
    }
    for template in workflow_templates(catalog, reference):
        files[f"runs/templates/{template['metadata']['name']}.yaml"] = [template]
    files[KUSTOMIZATION] = [_kustomization(list(files))]
    return files


def delivery_objects() -> dict[str, list[Object]]:
    """What a cluster that carries applications has beside it, with a kustomization of its own: not every cluster has Argo CD."""
    return {"delivery/delivery.yaml": delivery(), f"delivery/{KUSTOMIZATION}": [_kustomization(["delivery.yaml"])]}


def _kustomization(resources: list[str]) -> Object:
    return {
        "apiVersion": "kustomize.config.k8s.io/v1beta1",
        "kind": "Kustomization",
        "resources": resources,
    }
