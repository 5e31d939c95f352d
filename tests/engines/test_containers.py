"""`$(NAME)` and paths, as Kubernetes has them; environment and folders of a real step."""

import json
from pathlib import Path

import pytest

from idp.engines.local.containers import expanded, mapped
from tests.engines.conftest import ENVIRONMENT, Engines
from tests.engines.rendered import Manifest, program, workflow_template
from tests.engines.watching import ended, published, runs_now, until

TOKEN = {
    "name": "token",
    "projected": {
        "sources": [{"serviceAccountToken": {"path": "token", "audience": "idp", "expirationSeconds": 3600}}]
    },
}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$(A)", "1"),
        ("x$(A)y$(B)", "x1y$(C)"),
        ("$(NONE)", "$(NONE)"),
        ("$$(A)", "$(A)"),
        ("$$$(A)", "$1"),
        ("$$", "$"),
        ("$A ${A} $", "$A ${A} $"),
        ("$(A", "$(A"),
        ("$()", "$()"),
        ("plain", "plain"),
    ],
)
def test_variables_are_expanded_once_and_unknown_ones_stay(text: str, expected: str) -> None:
    assert expanded(text, {"A": "1", "B": "$(C)", "C": "no"}) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/work", "/real"),
        ("/work/", "/real/"),
        ("/work/a/b", "/real/a/b"),
        ("/workshop", "/workshop"),
        ("/work/inner/x", "/other/x"),
        ("/", "/"),
        ("work", "work"),
    ],
)
def test_paths_below_a_mount_are_real_ones(path: str, expected: str) -> None:
    assert mapped(path, {"/work": "/real", "/work/inner": "/other"}) == expected


async def said(engines: Engines, template: Manifest, **more: str) -> list[object]:
    config_maps = {"runner": {"TARGET": "sandbox", "SHARED": "map"}}
    manifest = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "runner"},
        "data": {"TARGET": "x", "SHARED": "x"},
    }
    async with engines(template, manifest, config_maps=config_maps) as engine:
        await ended(engine, **more)
        found: list[object] = json.loads(await anext(aiter(engine.logs("r", "r", follow=False))))
        return found


@pytest.mark.anyio
async def test_a_step_sees_its_environment_and_nothing_else(
    engines: Engines, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECRET_OF_THE_SERVER", "leaked")
    step = program(
        "provision",
        "import os, sys, json; print(json.dumps([dict(os.environ), os.getcwd(), sys.argv[1:], os.getsid(0) == os.getpid()]))",
    )
    step["container"] |= {
        "envFrom": [{"configMapRef": {"name": "runner"}}],
        "env": [
            {"name": "HOME", "value": "/work"},
            {"name": "FILE", "value": "/work/in/file"},
            {"name": "SHARED", "value": "own"},
            {"name": "TWICE", "value": "$(SHARED)+$(TARGET)+$(LATER)+$(PATH)"},
            {"name": "LATER", "value": "{{workflow.parameters.word}}"},
            {"name": "EMPTY"},
        ],
        "args": ["$(LATER)", "{{workflow.parameters.word}}", "/work/x", "$(HOME)", "{{outputs.artifacts.file.path}}"],
    }
    step["outputs"] = {
        "artifacts": [{"name": "file", "path": "/work/out/file", "optional": True, "archive": {"none": {}}}]
    }
    environment, folder, arguments, leads = await said(
        engines, workflow_template(step, parameters=("word",)), word="/work/y"
    )
    work = str(next((tmp_path / "data/runs/r/work").iterdir()) / "work")
    assert isinstance(environment, dict)
    environment.pop("LC_CTYPE", None)  # Python's own
    assert environment == ENVIRONMENT | {
        "TARGET": "sandbox",
        "SHARED": "own",
        "HOME": work,
        "FILE": f"{work}/in/file",
        "TWICE": "own+sandbox+$(LATER)+$(PATH)",
        "LATER": "/work/y",
        "EMPTY": "",
    }
    assert folder == work
    assert arguments == ["/work/y", "/work/y", "/work/x", work, f"{work}/out/file"]
    assert leads is True


@pytest.mark.anyio
async def test_the_token_names_the_step_while_it_runs_and_never_after(engines: Engines) -> None:
    code = "import os, time; print(open(os.environ['TOKEN']).read(), oct(os.stat(os.environ['TOKEN']).st_mode), flush=True); time.sleep(60)"
    step = program("provision", code, retryStrategy={"limit": 1})
    step["container"]["volumeMounts"].append({"name": "token", "mountPath": "/var/run/idp", "readOnly": True})
    step["container"]["env"] = [{"name": "TOKEN", "value": "/var/run/idp/token"}]
    whole = workflow_template(step, volumes=[{"name": "work", "emptyDir": {}}, TOKEN])
    async with engines(whole) as engine:
        await published(engine)
        seen = await until(engine, runs_now("r(0)"))
        token, mode = (await anext(aiter(engine.logs("r", "r", follow=True)))).split()
        identity = await engine.verifier.verify(token)
        assert identity
        assert (identity.run, identity.run_uid, identity.step, mode) == ("r", seen.uid, "r", "0o100600")
    async with engines() as engine:
        assert await engine.verifier.verify(token) == identity, "also after a restart"
        for forged in (
            "",
            "x",
            "x.y",
            token[:-2],
            f"{token}.x",
            "." + token.partition(".")[2],
            token.replace(".", "A."),
        ):
            assert await engine.verifier.verify(forged) is None
        await engine.stop("r")
        assert await engine.verifier.verify(token) is None
