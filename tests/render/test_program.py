import os
import subprocess
import sys
from pathlib import Path

import pytest

from idp.catalog import CATALOG
from idp.render.files import texts
from idp.render.objects import objects
from idp.render.program import main
from idp.settings import DEFAULT_CATALOG

COMMITTED = Path(__file__).parents[2] / "manifests"
FILES = texts(objects(CATALOG, DEFAULT_CATALOG), DEFAULT_CATALOG)


@pytest.fixture
def rendered(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    folder = tmp_path / "manifests"
    assert main(["--out", str(folder)]) == 0
    capsys.readouterr()
    return folder


def check(folder: Path) -> int:
    return main(["--check", "--out", str(folder)])


def test_the_committed_manifests_are_what_the_catalogue_renders() -> None:
    assert {path: (COMMITTED / path).read_text("utf-8") for path in FILES} == FILES
    assert check(COMMITTED) == 0


def test_another_process_with_another_hash_seed_writes_the_same_bytes(rendered: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    command = [sys.executable, "-m", "idp.render", "--out", str(again)]
    subprocess.run(command, check=True, capture_output=True, env=os.environ | {"PYTHONHASHSEED": "7"})
    assert {path.relative_to(again): path.read_bytes() for path in again.rglob("*.yaml")} == {
        path.relative_to(rendered): path.read_bytes() for path in rendered.rglob("*.yaml")
    }


def test_the_kustomization_lists_every_other_file() -> None:
    listed = [line[2:] for line in FILES["kustomization.yaml"].splitlines() if line.startswith("- ")]
    assert sorted([*listed, "kustomization.yaml"]) == sorted(FILES)


def test_check_names_each_file_that_is_not_fresh_and_writes_nothing(
    rendered: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (rendered / "events/sensor.yaml").write_text("# Written by idp.render long ago\n")
    (rendered / "namespaces.yaml").unlink()
    (rendered / "runs/templates/gone.yaml").write_text("# Written by idp.render\n")
    (rendered / "runs/runner.yaml").write_text("kind: ConfigMap\n")
    (rendered / "by-hand.yaml").write_text("kind: Secret\n")
    before = {path: path.read_bytes() for path in rendered.rglob("*.yaml")}

    assert check(rendered) == 1

    command = f"`python -m idp.render --out {rendered}`"
    assert capsys.readouterr().err.splitlines() == [
        f"{rendered}/events/sensor.yaml is stale: run {command}.",
        f"{rendered}/namespaces.yaml is missing: run {command}.",
        (
            f"{rendered}/runs/runner.yaml is in the way: a manifest of this name is to be written, and this file was not"
            " written by idp.render; move it away."
        ),
        f"{rendered}/runs/templates/gone.yaml is of no capability any more: run {command}, which deletes it.",
    ]
    assert {path: path.read_bytes() for path in rendered.rglob("*.yaml")} == before


def test_writing_mends_all_of_it_and_leaves_what_is_not_ours(
    rendered: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (rendered / "events/sensor.yaml").write_text("# Written by idp.render long ago\n")
    (rendered / "namespaces.yaml").unlink()
    (rendered / "runs/templates/gone.yaml").write_text("# Written by idp.render\n")
    (rendered / "by-hand.yaml").write_text("kind: Secret\n")

    assert main(["--out", str(rendered)]) == 0

    assert capsys.readouterr().out.splitlines() == [
        f"{rendered}/events/sensor.yaml: written",
        f"{rendered}/namespaces.yaml: written",
        f"{rendered}/runs/templates/gone.yaml: deleted",
    ]
    assert check(rendered) == 0
    assert (rendered / "by-hand.yaml").exists()


def test_a_file_of_somebody_else_is_never_overwritten(rendered: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (rendered / "events/sensor.yaml").write_text("kind: Sensor\n")
    (rendered / "namespaces.yaml").unlink()

    assert main(["--out", str(rendered)]) == 2

    assert "is in the way" in capsys.readouterr().err
    assert (rendered / "events/sensor.yaml").read_text() == "kind: Sensor\n"
    assert not (rendered / "namespaces.yaml").exists(), "nothing was written"


@pytest.mark.parametrize(
    ("reference", "said"),
    [
        ("idp.catalog", "write module:name"),
        ("acme.catalog:CATALOG", "there is no module 'acme' here"),
        ("idp.catalog:NOTHING", "module idp.catalog has no 'NOTHING'"),
        ("idp.names:LABEL", "that is a str, not a Catalog"),
    ],
)
def test_a_catalogue_that_is_none_is_said(reference: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check", "--catalog", reference]) == 2
    assert said in capsys.readouterr().err


def test_another_catalogue_is_rendered_by_its_name(tmp_path: Path) -> None:
    assert main(["--catalog", "tests.runner.echo:CATALOG", "--out", str(tmp_path)]) == 0
    (template,) = (tmp_path / "runs/templates").iterdir()
    assert template.read_text().startswith(
        "# Written by idp.render from tests.runner.echo:CATALOG: do not edit,"
        " run `python -m idp.render --catalog tests.runner.echo:CATALOG`.\n"
    )
    assert "value: tests.runner.echo:CATALOG" in template.read_text()


def test_a_reference_that_leads_nowhere_stops_the_rendering(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("idp.workflows.containers.PLAN", "plant")  # the graph goes on asking for the plan

    assert main(["--out", str(tmp_path / "out")]) == 2

    assert "references lead nowhere; nothing was written" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
