"""Settings: numbered, validated, rolled out like a version, rolled back by number, without a lost request."""

import json
import time
from typing import Any

from tests.applications.gits import GitServer
from tests.applications.ground import PLAIN, Platform, application, asking

SCHEMA = {
    "type": "object",
    "required": ["LOG_LEVEL"],
    "additionalProperties": False,
    "properties": {"LOG_LEVEL": {"enum": ["info", "debug"]}, "WORKERS": {"type": "integer", "maximum": 8}, "TOKEN": {}},
}


def _set(platform: Platform, name: str, environment: str, *, phase: str = "succeeded", **body: Any) -> Any:
    return platform.done("settings", {"name": name, "environment": environment, **body}, phase=phase)


def test_settings_are_numbered_and_taken_up_without_a_lost_request(git: GitServer, platform: Platform) -> None:
    repository = application(git, platform, "lamp", {"room": "dev"})
    before = _set(platform, "lamp", "room", settings={"LOG_LEVEL": "info"})
    assert before["outputs"] == {"settings": {"number": 1, "values": {"LOG_LEVEL": "info"}, "secrets": {}}}
    first = platform.deployed("lamp", "room", "main")["outputs"]
    assert PLAIN.get(first["url"]).json()["settings"] == {"LOG_LEVEL": "info"}
    with asking(first["url"]) as users:
        second = _set(platform, "lamp", "room", settings={"WORKERS": "4"}, secrets={"TOKEN": "lamp-api/token"})
        assert PLAIN.get(first["url"]).json()["settings"] == {
            "LOG_LEVEL": "info",
            "WORKERS": "4",
            "TOKEN": "lamp-api/token",
        }
        assert '+      "WORKERS": "4"' in second["plan"]["summary"]["text"]
        back = _set(platform, "lamp", "room", back_to=1)
        time.sleep(0.3)
    assert users.failures == []
    assert back["outputs"]["settings"] == {"number": 3, "values": {"LOG_LEVEL": "info"}, "secrets": {}}
    assert (back["outputs"]["revision"], back["outputs"]["digest"]) == (3, first["digest"])
    assert platform.deployed("lamp", "room", repository.push({"index.html": "2"}))["outputs"]["settings"]["number"] == 3
    assert "no settings 9" in _set(platform, "lamp", "room", phase="failed", back_to=9)["message"]
    assert _set(platform, "lamp", "room", settings={"LOG_LEVEL": "info"})["outputs"] is None, "nothing to do"


def test_settings_that_do_not_fit_the_schema_of_what_serves_are_refused(git: GitServer, platform: Platform) -> None:
    repository = application(git, platform, "gauge", {"lab": "dev"})
    repository.push({"settings.schema.json": json.dumps(SCHEMA)})
    url = platform.deployed("gauge", "lab", "main")["outputs"]["url"]

    failed = _set(platform, "gauge", "lab", phase="failed", settings={"WORKERS": "9", "COLOUR": "red"})

    for said in ("LOG_LEVEL is missing", "COLOUR is not one of its settings", "WORKERS is more than maximum 8"):
        assert said in failed["message"]
    _set(platform, "gauge", "lab", settings={"LOG_LEVEL": "debug", "WORKERS": "8"})
    assert PLAIN.get(url).json()["settings"] == {"LOG_LEVEL": "debug", "WORKERS": "8"}


def test_settings_that_a_version_cannot_start_with_are_given_up(git: GitServer, platform: Platform) -> None:
    repository = application(git, platform, "fuse", {"cellar": "dev"}, ready_seconds=10)
    repository.push({"sandbox.json": '{"not_ready_with": "BROKEN"}'})
    good = platform.deployed("fuse", "cellar", "main")["outputs"]
    with asking(good["url"]) as users:
        failed = _set(platform, "fuse", "cellar", phase="failed", settings={"BROKEN": "yes"})
    assert "was not ready within 10 s" in failed["message"]
    assert users.failures == []
    again = platform.deployed("fuse", "cellar", repository.push({"index.html": "2"}))["outputs"]
    assert again["settings"]["values"] == {}, "what never served is not taken up by the next version"


def test_settings_of_production_wait_for_another_person(git: GitServer, platform: Platform) -> None:
    application(git, platform, "vault", {"bank": "prod"})
    request = platform.file("settings", {"name": "vault", "environment": "bank", "settings": {"LIMIT": "5"}})
    waiting = platform.ended(request, phases=("awaiting-approval",))
    assert '"LIMIT": "5"' in waiting["plan"]["summary"]["text"]
    assert platform.approved(request)["outputs"]["settings"]["number"] == 1
