"""The folder of providers that an image is built with. Terraform's `init` compares packages and starts none, so any file does for one.

What is planned and applied with such a folder: tests/platform/test_providers.py.
"""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from idp.runner import mirror
from idp.runner.providers import lock_of
from tests.machine import PLATFORM
from tests.runner.steps import ROOT, Run

PACKAGE = f"registry.terraform.io/acme/cloud/1.2.3/{PLATFORM}/terraform-provider-cloud_v1.2.3"
MAIN = """
terraform {
  backend "local" {}
  required_providers {
    cloud = {
      source  = "acme/cloud"
      version = "~> 1.0"
    }
  }
}
"""


@pytest.fixture
def infra(tmp_path: Path) -> Path:
    """Of a platform whose storage needs a provider, and whose environments need none."""
    folder = tmp_path / "infra"
    for part in ("catalog", "modules", "targets/sandbox/environment"):
        shutil.copytree(ROOT / "infra" / part, folder / part)
    root = folder / "targets" / "sandbox" / "storage"
    root.mkdir()
    (root / "main.tf").write_text(MAIN)
    return folder


@pytest.fixture
def packages(tmp_path: Path) -> Path:
    package = tmp_path / "packages" / PACKAGE
    package.parent.mkdir(parents=True)
    package.write_text("#!/bin/sh\n")
    package.chmod(0o755)
    return tmp_path / "packages"


def filled(source: Path | str, folder: Path, infra: Path) -> int:
    return mirror.main([str(source), str(folder)], {**os.environ, "IDP_INFRA": str(infra)})


@pytest.fixture
def storage(run: Callable[..., Run], infra: Path, packages: Path) -> Run:
    assert filled(packages, infra / "providers", infra) == 0
    made = run("storage", containers=["abc"])
    made.settings["IDP_INFRA"] = str(infra)
    return made


def test_it_has_what_the_roots_use_and_a_lock_for_each_that_uses_some(
    packages: Path, infra: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert filled(packages, infra / "providers", infra) == 0
    assert capfd.readouterr().out.splitlines()[-1] == "1 roots with providers: sandbox/storage"
    package = infra / "providers" / "mirror" / PACKAGE
    assert package.is_file()
    assert not package.parent.is_symlink(), "the image has it, not the place it came from"
    assert 'version     = "1.2.3"' in lock_of(infra / "providers", "sandbox", "storage").read_text()
    assert not lock_of(infra / "providers", "sandbox", "environment").exists()
    assert not (infra / "targets" / "sandbox" / "storage" / ".terraform.lock.hcl").exists(), "infra/ stays as it is"


def test_a_changed_package_or_a_missing_lock_or_mirror_stops_a_step_at_its_beginning(
    storage: Run, infra: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    package, lock = infra / "providers" / "mirror" / PACKAGE, lock_of(infra / "providers", "sandbox", "storage")

    def said() -> str:
        storage.step("look", "storage", "provision").done(1)
        return capfd.readouterr().err.splitlines()[-1]

    package.write_text("#!/bin/sh\n# changed\n")
    assert "the package of registry.terraform.io/acme/cloud 1.2.3 is not the one that the image's lock names" in said()
    lock.unlink()
    assert "the image has no lock for this root" in said()
    shutil.rmtree(infra / "providers" / "mirror")
    assert "the provider acme/cloud is not in this image" in said()


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("nowhere", "idp: There is no folder nowhere with providers; name one, `registry`, `none` or an address with"),
        ("https://127.0.0.1:9/", "idp: The providers of sandbox/storage were not found for "),
    ],
)
def test_an_image_without_its_providers_is_not_built(
    tmp_path: Path, infra: Path, capfd: pytest.CaptureFixture[str], source: str, said: str
) -> None:
    assert filled(source, tmp_path / "providers", infra) == 1
    assert capfd.readouterr().err.splitlines()[-1].startswith(said)


def test_an_image_for_targets_without_any_needs_no_source(tmp_path: Path, infra: Path) -> None:
    assert filled("none", tmp_path / "providers", infra) == 0
    assert list((tmp_path / "providers" / "mirror").iterdir()) == []


def test_it_says_how_it_is_used(capfd: pytest.CaptureFixture[str]) -> None:
    assert mirror.main(["registry"], {}) == 2
    assert capfd.readouterr().err.startswith("Usage: python -m idp.runner.mirror ")


def test_the_registry_is_asked_directly_and_nothing_else() -> None:
    assert mirror._configuration("registry") == "provider_installation {\n  direct {\n  }\n}\n"
