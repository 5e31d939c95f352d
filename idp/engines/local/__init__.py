"""The embedded engine: interprets the rendered manifests. It loads YAML and shares no code with what writes it."""

from idp.engines.local.engine import LocalEngine
from idp.engines.local.errors import ManifestError

__all__ = ["LocalEngine", "ManifestError"]
