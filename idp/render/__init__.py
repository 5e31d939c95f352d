"""Code -> YAML: `python -m idp.render` writes a catalogue's manifests, `--check` says whether they are fresh.

Rendering is pure (`manifests`); nothing is written unless every reference in the objects resolves (`idp.wiring`).
"""

from idp.capability import Catalog
from idp.render.files import texts
from idp.render.objects import objects

__all__ = ["manifests"]


def manifests(catalog: Catalog, reference: str) -> dict[str, str]:
    """Path below the folder of manifests -> text. `reference` is the catalogue's own name (`module:name`)."""
    return texts(objects(catalog, reference), reference)
