"""The API's Deployment and the program in its image agree."""

import shlex
from pathlib import Path
from typing import Any

import pytest

from idp import names
from idp.catalog import CATALOG
from idp.installation.api import api
from idp.loading import loaded
from idp.settings import ServerSettings

DEPLOYMENT, SERVICE, _ = api(CATALOG, "idp.catalog:CATALOG")
CONTAINER: Any = DEPLOYMENT["spec"]["template"]["spec"]["containers"][0]
DOCKERFILE = (Path(__file__).parents[2] / "infra/images/api/Dockerfile").read_text()


def test_every_variable_is_a_setting_and_the_server_takes_them(monkeypatch: pytest.MonkeyPatch) -> None:
    for each in CONTAINER["env"]:
        assert each["name"].removeprefix("IDP_").lower() in ServerSettings.model_fields
        monkeypatch.setenv(each["name"], each.get("value", "postgresql://idp:secret@db:5432/idp"))

    settings = ServerSettings()

    assert (settings.engine, str(settings.host), settings.port) == ("argo", "0.0.0.0", names.API_PORT)  # noqa: S104
    assert settings.ledger_url
    assert str(settings.event_source_url).rstrip("/") == names.EVENT_SOURCE_URL
    assert loaded(settings.catalog) is CATALOG


def test_the_image_is_of_the_user_and_starts_the_program_that_the_deployment_says() -> None:
    security = DEPLOYMENT["spec"]["template"]["spec"]["securityContext"]

    assert f"USER {security['runAsUser']}:{security['runAsGroup']}" in DOCKERFILE
    assert shlex.join(CONTAINER["command"]) == "python -m idp.cli"
    assert 'ENTRYPOINT ["python", "-m", "idp.cli"]' in DOCKERFILE


def test_where_the_token_is_mounted_is_where_it_is_looked_for() -> None:
    mounts = {each["name"]: each["mountPath"] for each in CONTAINER["volumeMounts"]}
    given = {each["name"]: each.get("value") for each in CONTAINER["env"]}

    assert given["IDP_EVENT_SOURCE_TOKEN_FILE"] == f"{mounts['event-source']}/token"


def test_hooks_and_statuses_need_a_secret_and_the_api_does_not() -> None:
    mounts = {each["name"]: each["mountPath"] for each in CONTAINER["volumeMounts"]}
    given = {each["name"]: each.get("value") for each in CONTAINER["env"]}
    volumes = {each["name"]: each.get("secret") for each in DEPLOYMENT["spec"]["template"]["spec"]["volumes"]}

    assert given["IDP_HOOK_KEY_FILE"] == f"{mounts['hooks']}/key"
    assert volumes["hooks"] == {"secretName": "hooks", "optional": True}
    assert volumes["git-servers"] == {"secretName": "git-servers", "optional": True}


def test_nothing_of_a_secret_is_in_the_deployment() -> None:
    (ledger,) = [each for each in CONTAINER["env"] if each["name"] == "IDP_LEDGER_URL"]

    assert ledger == {"name": "IDP_LEDGER_URL", "valueFrom": {"secretKeyRef": {"name": "ledger", "key": "url"}}}
