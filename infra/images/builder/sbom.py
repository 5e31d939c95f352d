#!/usr/bin/python3
"""What an image is made of, as SPDX 2.3, and its place beside the image: an artifact whose subject is the image.

list FOLDER IMAGE          read the packages of a mounted image; the document goes to stdout
attach FILE IMAGE DIGEST   put the document into the image's repository, under the tag sbom-<the image's tag>
"""

import hashlib
import json
import os
import re
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

TYPE = "application/spdx+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
EMPTY = b"{}"
Package = tuple[str, str, str]
"""Kind as in a package URL, name, version."""


def packages(root: Path) -> Iterator[Package]:
    """Of Debian, Alpine, Python and Node; no link of the image is followed."""
    yield from _fields(root / "var/lib/dpkg/status", "deb", "Package: ", "Version: ")
    yield from _fields(root / "lib/apk/db/installed", "apk", "P:", "V:")
    for folder, below, files in os.walk(root):
        below[:] = [name for name in below if name not in {"proc", "sys"}]
        here = Path(folder)
        if here.suffix == ".dist-info" and "METADATA" in files:
            yield from _fields(here / "METADATA", "pypi", "Name: ", "Version: ")
        if here.parent.name == "node_modules" and "package.json" in files:
            yield from _node(here / "package.json")


def _fields(file: Path, kind: str, name: str, version: str) -> Iterator[Package]:
    if file.is_symlink() or not file.is_file():
        return
    for block in file.read_text("utf-8", "replace").split("\n\n"):
        lines = block.splitlines()
        found = [next((line[len(key) :] for line in lines if line.startswith(key)), "") for key in (name, version)]
        if all(found):
            yield kind, found[0].strip(), found[1].strip()
        if kind == "pypi":
            return


def _node(file: Path) -> Iterator[Package]:
    if file.is_symlink():
        return
    try:
        found = json.loads(file.read_text("utf-8", "replace"))
        yield "npm", str(found["name"]), str(found["version"])
    except (ValueError, KeyError, TypeError):
        return


def document(image: str, found: list[Package]) -> dict[str, object]:
    """The same packages give the same document: no time and no random number is in it."""
    listed = [
        {
            "SPDXID": f"SPDXRef-{number}",
            "name": name,
            "versionInfo": version,
            "downloadLocation": "NOASSERTION",
            "externalRefs": [
                {
                    "referenceCategory": "PACKAGE-MANAGER",
                    "referenceType": "purl",
                    "referenceLocator": f"pkg:{kind}/{name}@{version}",
                }
            ],
        }
        for number, (kind, name, version) in enumerate(found)
    ]
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": image,
        "documentNamespace": f"https://idp.io/sbom/{image}",
        "creationInfo": {"created": "1970-01-01T00:00:00Z", "creators": ["Tool: idp-builder"]},
        "packages": listed,
    }


class Repository:
    """The image's, by the OCI distribution API."""

    def __init__(self, image: str) -> None:
        registry, path, self.tag = re.fullmatch(r"([^/]+)/(.+):([^:/]+)", image).groups()
        scheme = "http" if os.environ.get("REGISTRY_PLAIN") == "true" else "https"
        self.registry = f"{scheme}://{registry}"
        self.url = f"{self.registry}/v2/{path}"

    def ask(self, method: str, url: str, body: bytes | None = None, **headers: str):
        asked = urllib.request.Request(url, data=body, method=method, headers=headers)
        return urllib.request.urlopen(asked, timeout=60)

    def blob(self, content: bytes, kind: str) -> dict[str, object]:
        """Put it there; its descriptor."""
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        with self.ask("POST", f"{self.url}/blobs/uploads/", b"") as begun:
            where = begun.headers["Location"]
        where = where if where.startswith("http") else self.registry + where
        where += ("&" if "?" in where else "?") + f"digest={digest}"
        self.ask("PUT", where, content, **{"Content-Type": "application/octet-stream"}).close()
        return {"mediaType": kind, "digest": digest, "size": len(content)}

    def attach(self, content: bytes, digest: str) -> None:
        with self.ask("GET", f"{self.url}/manifests/{digest}", Accept=MANIFEST) as answer:
            size, kind = len(answer.read()), answer.headers["Content-Type"]
        manifest = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "artifactType": TYPE,
            "config": self.blob(EMPTY, "application/vnd.oci.empty.v1+json"),
            "layers": [self.blob(content, TYPE)],
            "subject": {"mediaType": kind, "digest": digest, "size": size},
        }
        body = json.dumps(manifest).encode()
        self.ask("PUT", f"{self.url}/manifests/sbom-{self.tag}", body, **{"Content-Type": MANIFEST}).close()


def main(word: str, *rest: str) -> None:
    if word == "list":
        folder, image = rest
        print(json.dumps(document(image, sorted(set(packages(Path(folder)))))))
    else:
        file, image, digest = rest
        Repository(image).attach(Path(file).read_bytes(), digest)
        print(f"SBOM of {digest} is attached")


if __name__ == "__main__":
    main(*sys.argv[1:])
