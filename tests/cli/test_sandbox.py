"""Counting what is left."""

from pathlib import Path

from idp.cli.sandbox import Sandbox


def test_states_and_files_are_counted(tmp_path: Path) -> None:
    state = tmp_path / "cloud" / "state" / "payments" / "environments" / "checkout"
    world = tmp_path / "cloud" / "world" / "env"
    for folder in (state, world):
        folder.mkdir(parents=True)
    (state / "terraform.tfstate").write_text('{"resources": [{}, {}]}')
    (world / "namespace.json").touch()

    sandbox = Sandbox(tmp_path)

    assert sandbox.states() == {"payments/environments/checkout": 2}
    assert sandbox.world() == ["env/namespace.json"]
    assert sandbox.described() == "2 resources in 1 Terraform states, 1 files in the sandbox's world"


def test_nothing_is_nothing(tmp_path: Path) -> None:
    assert Sandbox(tmp_path).described() == "0 resources in 0 Terraform states, 0 files in the sandbox's world"
