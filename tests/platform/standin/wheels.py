"""The providers' schemas as PyPI has them: inside the `cdktn-provider-*` wheels, as generated JavaScript."""

import importlib.metadata
import importlib.util
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path

PROVIDERS = ("azuread", "azurerm", "helm", "kubernetes", "random")


def sources(provider: str, folders: frozenset[str]) -> Mapping[str, str]:
    """The JavaScript of these folders, such as `storage-account`; a folder that the wheel lacks is absent."""
    wanted = {f"package/lib/{folder}/index.js": folder for folder in folders}
    return {wanted[name]: text for name, text in _members(_archive(provider), frozenset(wanted))}


def folder(kind: str, type_name: str, provider: str) -> str:
    """Where the wheel keeps a type: `data`, `azurerm_dns_zone` -> `data-azurerm-dns-zone`; only resources drop the provider."""
    dashed = type_name.replace("_", "-")
    return dashed.removeprefix(f"{provider}-") if kind == "resource" else f"{kind}-{dashed}"


def version(provider: str) -> str:
    """Version of the provider itself, as the wheel's description tells it: `5.10.0`."""
    described = str(importlib.metadata.metadata(f"cdktn-provider-{provider}").json["description"])
    return described.splitlines()[0].rpartition(" ")[2]


def _archive(provider: str) -> Path:
    spec = importlib.util.find_spec(f"cdktn_provider_{provider}")
    if spec is None or spec.origin is None:
        message = f"cdktn-provider-{provider} is not installed: install the dependency group `infra`."
        raise ModuleNotFoundError(message)
    return next((Path(spec.origin).parent / "_jsii").glob("*.tgz"))


def _members(archive: Path, names: frozenset[str]) -> Iterator[tuple[str, str]]:
    with tarfile.open(archive, mode="r|gz") as stream:
        for member in stream:
            if member.name in names:
                content = stream.extractfile(member)
                if content is not None:
                    yield member.name, content.read().decode()
