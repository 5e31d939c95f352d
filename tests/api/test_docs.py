import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest

from idp.api import reference
from idp.api.app import application
from idp.api.measuring import Measures
from idp.capability import Catalog
from idp.catalog import CATALOG
from idp.errors import DefinitionError
from tests.api.platform import Platform

pytestmark = pytest.mark.anyio


async def test_swagger_comes_from_this_server_alone(idp: Platform) -> None:
    async with idp.client(None) as client:
        page = await client.get("/docs")
        policy = page.headers["content-security-policy"]
        parts = re.findall(r'(?:src|href)="([^"]+)"', page.text)
        assert sorted(parts) == ["data:,", "docs/start.js", "docs/swagger-ui-bundle.js", "docs/swagger-ui.css"]
        assert "<script>" not in page.text
        assert "script-src 'self';" in policy
        assert "http" not in policy
        for part in parts:
            if part.startswith("docs/"):
                answer = await client.get(f"/{part}")
                assert answer.status_code == 200
                assert answer.headers["content-type"].startswith(("text/javascript", "text/css"))
        assert "SwaggerUIBundle" in (await client.get("/docs/swagger-ui-bundle.js")).text
        assert "validatorUrl: null" in (await client.get("/docs/start.js")).text


async def test_the_document_is_open_and_knows_the_capabilities(idp: Platform) -> None:
    async with idp.client(None) as client:
        document = (await client.get("/openapi.json")).json()

    assert document["openapi"].startswith("3.1")
    assert [entry["name"] for entry in document["x-idp-capabilities"]] == [
        "environments",
        "storage",
        "vaults",
        "machines",
        "postgresql",
        "mssql",
        "redis",
        "configurations",
        "applications",
        "deployments",
        "settings",
    ]
    (configurations,) = (each for each in document["x-idp-capabilities"] if each["name"] == "configurations")
    assert configurations == {
        "name": "configurations",
        "kind": "action",
        "summary": "Settings of an environment, applied by an allow-listed playbook.",
        "owner": "platform",
        "verbs": ["perform"],
        "acts_on": "environments",
        "schema": "#/components/schemas/ConfigurationRequest",
    }
    for entry in document["x-idp-capabilities"]:
        assert document["components"]["schemas"][entry["schema"].rpartition("/")[2]]["properties"]
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"


def operations() -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in application(CATALOG, Measures()).openapi()["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_each_operation_has_an_id_a_summary_and_its_problems() -> None:
    found = dict(operations())
    ids = [operation["operationId"] for operation in found.values()]

    assert len(set(ids)) == len(ids)
    for name, operation in found.items():
        assert operation["summary"], name
        problems = {status for status in operation["responses"] if status >= "400"}
        assert {"400", "413", "422", "500", "503"} <= problems
        # A hook is signed, and has no bearer token.
        assert ("401" in problems) == (bool(operation.get("security")) or name == "POST /v1/hooks/{forge}"), name
        for status in problems:
            (media,) = operation["responses"][status]["content"]
            assert media == "application/problem+json"


def test_the_examples_can_be_sent_as_they_are() -> None:
    for capability in CATALOG:
        operation = dict(operations())[f"POST /v1/{capability.name}"]
        media = operation["requestBody"]["content"]["application/json"]

        assert media["schema"] == {"$ref": f"#/components/schemas/{capability.request.__name__}"}
        assert [example["value"] for example in media["examples"].values()] == list(capability.examples.values())
        for example in media["examples"].values():
            capability.request.model_validate(example["value"])


def test_no_reference_leads_nowhere() -> None:
    document = application(CATALOG, Measures()).openapi()
    names = set(re.findall(r"#/components/schemas/(\w+)", str(document)))

    assert names == set(document["components"]["schemas"])


def test_the_committed_document_is_fresh() -> None:
    assert reference.main(["--check"]) == 0


def test_a_stale_document_is_told_and_written_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(reference, "FOLDER", tmp_path / "reference")

    assert reference.main(["--check"]) == 1
    assert capsys.readouterr().err == (
        "docs/reference/openapi.json is stale: run `python -m idp.api.reference`.\n"
        "docs/reference/settings.md is stale: run `python -m idp.api.reference`.\n"
    )
    assert reference.main([]) == 0
    assert reference.main(["--check"]) == 0


@pytest.mark.parametrize("name", ["requests", "capabilities", "permits", "locks", "me", "events"])
def test_a_capability_cannot_take_a_name_of_the_apis_own(name: str) -> None:
    catalog: Catalog = replace(CATALOG, capabilities=(replace(CATALOG["storage"], name=name),))

    with pytest.raises(DefinitionError, match=f"/v1/{name} is the API's own"):
        application(catalog, Measures())


def test_the_api_loads_neither_hera_nor_the_engines_yaml() -> None:
    program = (
        "import sys, idp.api.app; print([m for m in ('hera', 'yaml', 'ansible', 'rich.live') if m in sys.modules])"
    )

    assert subprocess.check_output([sys.executable, "-c", program], text=True) == "[]\n"


async def test_authorisation_is_asked_for_before_anything_else(idp: Platform) -> None:
    async with idp.client(None) as client:
        answer: httpx2.Response = await client.post("/v1/environments?nonsense=1", content=b"{")

    assert answer.status_code == 401
