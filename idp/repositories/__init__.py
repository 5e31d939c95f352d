"""Git servers, read over HTTP: what a branch or a tag points to, and who wrote commits. No file is fetched, and no git runs here."""

from idp.repositories.reading import GitServers

__all__ = ["GitServers"]
