"""The wiring proof: every reference in the rendered objects, from the API's event to the runner's words, resolves.

Pure: objects and Catalog in, all findings out. It reads objects as anyone would who got the YAML, in strict shapes of its
own, and compares with a contract written down a second time (`expected`). Terraform's variables are the runner's to prove.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from idp.capability import Catalog
from idp.wiring.access import access_findings
from idp.wiring.events import bus_findings, sensor_findings, source_findings
from idp.wiring.files import file_findings
from idp.wiring.findings import Finding
from idp.wiring.guarding import guarding_findings
from idp.wiring.network import network_findings
from idp.wiring.parsed import parsed
from idp.wiring.serving import serving_findings
from idp.wiring.templates import template_findings

__all__ = ["Finding", "findings"]


def findings(files: Mapping[str, Sequence[Any]], catalog: Catalog, reference: str) -> list[Finding]:
    """All that is wrong with the objects of each file, in a fixed order; empty where every reference resolves."""
    objects, found = parsed(files, "kustomization.yaml")
    return sorted(
        {
            *found,
            *file_findings(objects),
            *bus_findings(objects),
            *source_findings(objects, catalog),
            *sensor_findings(objects, catalog),
            *template_findings(objects, catalog, reference),
            *access_findings(objects),
            *serving_findings(objects, catalog, reference),
            *network_findings(objects),
            *guarding_findings(objects),
        }
    )
