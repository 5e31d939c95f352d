"""The README's lines work when pasted."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.cli.served import Served

README = Path(__file__).parents[2] / "README.md"


def block(first: str) -> str:
    """The shell block that begins so."""
    (found,) = [
        text
        for text in re.findall(r"```sh\n(.*?)```", README.read_text("utf-8"), flags=re.DOTALL)
        if text.startswith(first)
    ]
    return str(found)


def pasted(text: str, served: Served, folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run as typed, but for the address; `./run` is what it hands over to."""
    (folder / "run").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m idp.cli "$@"\n')
    (folder / "run").chmod(0o755)
    (folder / "examples").symlink_to(README.parent / "examples")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("IDP_")}
    environment |= {"IDP_DATA": str(served.folder), "IDP_URL": served.url, "XDG_CONFIG_HOME": str(folder)}
    return subprocess.run(
        ["bash", "-eu", "-o", "pipefail"],
        input=text.replace("http://127.0.0.1:8000", served.url),
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_curl_lines_work(served: Served, tmp_path: Path) -> None:
    done = pasted(block("ADA=").replace("curl -s", "curl --fail-with-body -s"), served, tmp_path)

    assert done.returncode == 0, done.stderr + done.stdout
    assert '"verdict":"allow"' in done.stdout
    assert "event: succeeded" in done.stdout
    assert '"status":"ready"' in done.stdout
    assert '"verb":"deprovision"' in done.stdout


def test_the_commands_work(served: Served, tmp_path: Path) -> None:
    done = pasted(block("./run token"), served, tmp_path)

    assert done.returncode == 0, done.stderr + done.stdout
    assert "provision environments/payments/shop: succeeded" in done.stderr
    assert re.search(r"^status +ready *$", done.stdout, flags=re.MULTILINE)
