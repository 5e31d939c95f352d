"""Providers that come with the runner's image: real Terraform on a mirror that is packed from the stand-in."""

import json
import os
import shutil
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from idp.runner.providers import lock_of
from tests.certificates import self_signed
from tests.machine import PLATFORM
from tests.platform.ground import INFRA
from tests.platform.standin import wheels
from tests.platform.standin.plugin import packed
from tests.platform.standin.schemas import used_types
from tests.runner.permits import Permits
from tests.runner.steps import Run

FIXTURES = Path(__file__).parent / "guardrails"
BACKEND = 'terraform {\n  backend "local" {}\n}\n'
REFUSED = "idp: Terraform could not be initialised: "


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A mirror as a registry fills it, but for what is in it."""
    mirror = tmp_path_factory.mktemp("packages")
    packed(mirror, used_types(FIXTURES / "good"))
    return mirror


@pytest.fixture(scope="module")
def built(packages: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """infra/ of a platform whose storage is made of a cloud's resources, and its providers as the image's build fills them."""
    infra = tmp_path_factory.mktemp("built") / "infra"
    for part in ("catalog", "guardrails", "modules"):
        shutil.copytree(INFRA / part, infra / part)
    root = infra / "targets" / "sandbox" / "storage"
    shutil.copytree(FIXTURES / "good", root)
    (root / "backend.tf").write_text(BACKEND)
    done = filled(str(packages), infra / "providers", infra)
    assert done.stdout.splitlines()[-1] == "1 roots with providers: sandbox/storage", done.stderr
    return infra


@pytest.fixture
def infra(built: Path, tmp_path: Path) -> Path:
    """To be spoilt."""
    return shutil.copytree(built, tmp_path / "infra")


@pytest.fixture
def providers(infra: Path) -> Path:
    return infra / "providers"


@pytest.fixture
def storage(tmp_path: Path, infra: Path, providers: Path) -> Iterator[Run]:
    """A run of that storage."""
    folder = tmp_path / "run"
    folder.mkdir()
    body = {"team": "shop", "name": "receipts", "containers": ["abc"]}
    with Permits() as permits:
        made = Run(folder, tmp_path / "cloud", "storage", body, api=permits.url)
        made.settings |= {"IDP_INFRA": str(infra), "IDP_PROVIDERS": str(providers)}
        yield made


def filled(source: str, folder: Path, infra: Path) -> "subprocess.CompletedProcess[str]":
    """The program that fills the image's mirror."""
    command = [sys.executable, "-m", "idp.runner.mirror", source, str(folder)]
    environment = {**os.environ, "IDP_INFRA": str(infra)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)


def refused(storage: Run, capfd: pytest.CaptureFixture[str]) -> str:
    storage.step("look", "storage", "provision").done(1)
    return capfd.readouterr().err.splitlines()[-1]


def test_a_plan_is_made_and_applied_with_what_is_in_the_mirror(storage: Run, providers: Path) -> None:
    (package,) = providers.glob("mirror/registry.terraform.io/hashicorp/azurerm/*/*_*")
    assert not package.is_symlink(), "the image holds it"

    looked = storage.look("provision")
    applied = storage.change(looked, "apply", "storage").done()

    assert (looked.work / "infra" / "targets" / "sandbox" / "storage" / ".terraform.lock.hcl").is_file()
    assert json.loads((storage.cloud / "state/shop/storage/receipts/terraform.tfstate").read_text())["resources"]
    assert not list((storage.folder / "..").glob("**/.terraform.d")), "no plug-in of the user's"
    installed = next((applied.work / "terraform-data" / "providers").rglob(PLATFORM))
    assert installed.resolve() == package.resolve(), "linked, not copied: one of Azure's has 200 MB"


def test_the_lock_of_the_image_names_what_is_there(providers: Path) -> None:
    lock = lock_of(providers, "sandbox", "storage").read_text()
    assert lock.count("provider ") == 1
    assert '"registry.terraform.io/hashicorp/azurerm"' in lock
    assert '"h1:' in lock


def test_a_provider_that_is_not_in_the_image_is_refused_and_not_downloaded(
    storage: Run, infra: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    main = infra / "targets" / "sandbox" / "storage" / "main.tf"
    required = 'required_providers {\n    unknown = {\n      source = "acme/unknown"\n    }'
    main.write_text(main.read_text().replace("required_providers {", required))
    assert refused(storage, capfd) == (
        f"{REFUSED}the provider acme/unknown is not in this image as its lock names it, and no step downloads any; the"
        " platform team builds the image with it."
    )


def test_an_image_without_any_provider_refuses(storage: Run, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    storage.settings["IDP_PROVIDERS"] = str(tmp_path / "none")
    assert refused(storage, capfd).startswith(f"{REFUSED}the provider hashicorp/azurerm is not in this image")


def test_a_package_that_was_changed_is_refused(
    storage: Run, providers: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (program,) = providers.glob("mirror/**/terraform-provider-azurerm_*")
    program.write_text(program.read_text() + "# and something else\n")
    assert refused(storage, capfd) == (
        f"{REFUSED}the package of registry.terraform.io/hashicorp/azurerm {wheels.version('azurerm')} is not the one that the image's lock names"
        " by its checksum, so it was not used; tell the platform team."
    )


def test_a_package_that_was_changed_after_the_look_is_refused_too(
    storage: Run, providers: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    looked = storage.look("provision")
    (program,) = providers.glob("mirror/**/terraform-provider-azurerm_*")
    program.write_text(program.read_text() + "# and something else\n")
    storage.change(looked, "apply", "storage").done(1)
    assert "is not the one that the image's lock names" in capfd.readouterr().err.splitlines()[-1]
    assert not list(storage.cloud.rglob("*.tfstate"))


def test_a_root_without_its_lock_is_refused(storage: Run, providers: Path, capfd: pytest.CaptureFixture[str]) -> None:
    lock_of(providers, "sandbox", "storage").unlink()
    assert refused(storage, capfd) == (
        f"{REFUSED}the image has no lock for this root, or one that lacks a provider, so nothing says which packages are the"
        " right ones; the platform team builds the image anew."
    )


@contextmanager
def network_mirror(folder: Path, packages: Path) -> Iterator[tuple[str, Path]]:
    """One over HTTPS, as a company has it, with zipped packages; its address, and the authority to believe."""
    (program,) = packages.rglob("terraform-provider-azurerm_*")
    version = wheels.version("azurerm")
    served = folder / "served" / "registry.terraform.io" / "hashicorp" / "azurerm"
    served.mkdir(parents=True)
    shutil.make_archive(str(served / "azurerm"), "zip", program.parent)
    (served / "index.json").write_text(json.dumps({"versions": {version: {}}}))
    (served / f"{version}.json").write_text(json.dumps({"archives": {PLATFORM: {"url": "azurerm.zip"}}}))
    shown, authority = self_signed("localhost"), folder / "authority.pem"
    authority.write_bytes(shown.certificate + shown.key)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority)
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder / "served"))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"https://localhost:{server.server_port}/", authority
        server.shutdown()
        thread.join()


def test_a_network_mirror_fills_it_as_well(
    storage: Run, tmp_path: Path, infra: Path, packages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    providers = tmp_path / "downloaded"
    with network_mirror(tmp_path, packages) as (address, authority):
        monkeypatch.setenv("SSL_CERT_FILE", str(authority))
        done = filled(address, providers, infra)
    assert done.returncode == 0, done.stderr
    (program,) = (providers / "mirror").rglob("terraform-provider-azurerm_*")
    assert os.access(program, os.X_OK), "unpacked: a step has nothing to unpack"
    storage.settings["IDP_PROVIDERS"] = str(providers)
    assert storage.look("provision").left("changes") != "0"


def test_every_root_of_azure_gets_a_lock(tmp_path: Path) -> None:
    packed(tmp_path / "packages", used_types(INFRA / "targets"))
    done = filled(str(tmp_path / "packages"), tmp_path / "providers", INFRA)
    assert done.returncode == 0, done.stderr
    roots = sorted(f"azure/{path.name}" for path in (INFRA / "targets" / "azure").iterdir() if path.is_dir())
    assert done.stdout.splitlines()[-1] == f"{len(roots)} roots with providers: {', '.join(roots)}"
    locks = [lock_of(tmp_path / "providers", *root.split("/")).read_text() for root in roots]
    assert {lock.count(f'version     = "{wheels.version("azurerm")}"') for lock in locks} == {1}, (
        "of one image, one version"
    )
