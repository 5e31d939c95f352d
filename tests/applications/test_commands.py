"""The command line, from deploying to rolling back."""

import json
import subprocess
import sys
from datetime import timedelta
from typing import Any

from idp.cli.commands.token import signed
from tests.applications.gits import GitServer
from tests.applications.ground import Platform, application


class Program:
    """`idp` as ada runs it."""

    def __init__(self, platform: Platform) -> None:
        token = signed(platform.folder, "ada", (platform.team,), (), timedelta(hours=1))
        self._environment = {"IDP_URL": platform.url, "IDP_TOKEN": token, "PATH": "/usr/bin:/bin", "COLUMNS": "200"}

    def __call__(self, *words: str, code: int = 0) -> str:
        """What it prints."""
        ended = subprocess.run(
            [sys.executable, "-m", "idp.cli", *words],
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ended.returncode == code, ended.stdout + ended.stderr
        return ended.stdout if code == 0 else ended.stderr

    def json(self, *words: str) -> Any:
        """The same for programs."""
        return json.loads(self("--json", *words))


def test_deploy_and_back_again(git: GitServer, platform: Platform) -> None:
    idp, named = Program(platform), f"{platform.team}/clock"
    repository = application(git, platform, "clock", {}, placements=[{"environment": "tower", "branch": "main"}])
    platform.done("environments", {"name": "tower"})
    assert "was never deployed to tower" in idp("rollback", named, code=2)
    first = idp.json("deploy", named, "--watch")["outputs"]
    second = idp.json("deploy", named, "--version", repository.push({"index.html": "2"}), "--watch")["outputs"]
    assert second["digest"] != first["digest"]

    back = idp.json("rollback", named, "--watch")

    assert back["outputs"]["digest"] == first["digest"]
    assert "build" not in back["outputs"]["seconds"]
    shown = idp("show", f"applications/{named}")
    row = next(line for line in shown.splitlines() if line.startswith("tower") and "healthy" in line).split()
    assert row == ["tower", "dev", "ready", "healthy", first["commit"][:12], "3", "0", first["url"]]
    assert shown.count("succeeded") == 3
    assert "may be deployed to" not in shown


def test_settings_by_number(git: GitServer, platform: Platform) -> None:
    idp, named = Program(platform), f"{platform.team}/bell"
    application(git, platform, "bell", {"tower": "dev"})
    assert "No branch is deployed to tower" in idp("deploy", named, code=2)
    idp("deploy", named, "--version", "main", "--wait")
    idp("config", "set", named, "TONE=deep", "--secret", "KEY=bell/key", "--wait")
    idp("config", "set", named, "--remove", "TONE", "--wait")
    idp("config", "rollback", named, "1", "--wait")

    assert idp.json("config", "show", named) == {
        "number": 3,
        "values": {"TONE": "deep"},
        "secrets": {"KEY": "bell/key"},
    }
    lines = idp("config", "history", named).splitlines()
    assert [line.split()[0] for line in lines] == ["NUMBER", "3", "2", "1"]
    assert ["back to 1" in line for line in lines] == [False, True, False, False]
    assert "Nothing to set" in idp("config", "set", named, code=2)
