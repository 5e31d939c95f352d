"""The pretend world of the target sandbox by real Terraform: things are files, which drift, are mended, move and go."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from idp.catalog import CATALOG
from tests.platform.requested import examples, root
from tests.platform.terraform import Terraform

FILE = "storage-account.stpaymentsre31fb42774b44.json"


@pytest.fixture
def world(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "world"


@pytest.fixture
def storage(terraform: Terraform, tmp_path: Path, world: Path) -> Path:
    """Two containers, applied."""
    capability = CATALOG["storage"]
    request = examples(capability)["as in the first example"]
    state = {"folder": str(world.parent)}
    where = root(tmp_path / "infra", terraform, "sandbox", capability, request, state_backend=state)
    terraform(where, "apply", "-input=false", "-auto-approve")
    return where


def _changes(terraform: Terraform, where: Path) -> set[tuple[str, tuple[str, ...]]]:
    changes = terraform.plan(where)["resource_changes"]
    return {
        (each["address"], tuple(each["change"]["actions"]))
        for each in changes
        if each["change"]["actions"] != ["no-op"]
    }


def _told(world: Path) -> Any:
    return json.loads((world / FILE).read_text())


def test_a_thing_is_one_file_that_says_what_it_is(terraform: Terraform, storage: Path, world: Path) -> None:
    assert [path.name for path in world.iterdir()] == [FILE]
    assert _told(world)["properties"]["containers"] == ["exports", "invoices"]
    assert _changes(terraform, storage) == set()


def test_a_thing_that_was_changed_by_hand_is_made_again(terraform: Terraform, storage: Path, world: Path) -> None:
    before = _told(world)
    changed = {**before, "properties": {**before["properties"], "replication": "LRS"}}
    (world / FILE).write_text(json.dumps(changed))
    time.sleep(1.1)  # a revision is the second in which it was planned
    warned = " ".join(terraform(storage, "plan", "-input=false").replace("│", " ").split())
    assert "The storage-account stpaymentsre31fb42774b44 is gone or was changed by hand." in warned
    assert _changes(terraform, storage) == {("module.storage_account.terraform_data.file", ("delete", "create"))}
    terraform(storage, "apply", "-input=false", "-auto-approve")
    assert _told(world)["properties"] == before["properties"]
    assert _told(world)["revision"] != before["revision"]
    assert _changes(terraform, storage) == set()


def test_a_thing_that_is_gone_is_made_again(terraform: Terraform, storage: Path, world: Path) -> None:
    before = _told(world)
    (world / FILE).unlink()
    time.sleep(1.1)
    terraform(storage, "apply", "-input=false", "-auto-approve")
    assert _told(world)["properties"] == before["properties"]


def test_a_thing_with_another_name_is_another_and_the_first_goes(
    terraform: Terraform, storage: Path, world: Path
) -> None:
    terraform(storage, "apply", "-input=false", "-auto-approve", "-var=name=bills")
    (only,) = world.iterdir()
    assert only.name != FILE
    assert only.name.startswith("storage-account.stpaymentsb")


def test_a_thing_that_goes_leaves_nothing_and_no_half_of_it(terraform: Terraform, storage: Path, world: Path) -> None:
    (world / f"{FILE}.new").write_text("cut short")
    terraform(storage, "destroy", "-input=false", "-auto-approve")
    assert list(world.iterdir()) == []


def test_what_reaches_a_command_is_no_part_of_it(terraform: Terraform, storage: Path, world: Path) -> None:
    """Were a value text of the command, this would make a file of its own."""
    owner = f"$(touch {world}/pwned)'\"; touch {world}/pwned #"
    terraform(storage, "apply", "-input=false", "-auto-approve", f"-var=owner={owner}")
    assert [path.name for path in world.iterdir()] == [FILE]
    assert _told(world)["properties"]["tags"]["owner"] == owner
