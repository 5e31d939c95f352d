"""Whom we believe that they are the Kubernetes API."""

import ssl
from pathlib import Path


def trusting(*, file: Path | None = None, text: str | None = None) -> ssl.SSLContext:
    """A context that trusts the cluster's own authority, and what the machine trusts where none is given.

    Python 3.13 made VERIFY_X509_STRICT its default: it refuses authorities without the extensions of RFC 5280 (key usage,
    key identifiers), and those of many clusters have none. The chain, the name and the dates are checked as ever.
    """
    context = ssl.create_default_context(cafile=file, cadata=text)
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context
