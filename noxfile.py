"""Every check of the project, one session each: `./run nox -s lint`, or nox in an environment with requirements/dev.txt."""

import hashlib
import sys
from pathlib import Path

import nox

nox.needs_version = ">=2025.11"
nox.options.default_venv_backend = "none"
nox.options.sessions = ["tests", "types", "lint", "imports", "manifests", "infra", "applications", "docs"]

CLUSTER = Path("tests/cluster")
PLATFORM = Path("tests/platform")
APPLICATIONS = Path("tests/applications")
WIRING = Path("tests/wiring")
BENCHES = ("engine", "ledger", "render")
"""Without a cluster; bench/cluster.py is run by tests/cluster/whole."""


@nox.session
def tests(session: nox.Session) -> None:
    """Run every test that no other session has, with branch coverage of at least 95 %."""
    _python(session, "coverage", "erase")
    _python(session, "coverage", "run", "-m", "pytest", "-n", "3", "--dist", "worksteal", *_ignored(), *session.posargs)
    if session.posargs:
        session.log("Coverage is not judged: these were chosen tests.")
        return
    _python(session, "coverage", "combine", "--quiet")
    _python(session, "coverage", "report")


@nox.session
def types(session: nox.Session) -> None:
    """Check all types, those of the tests too."""
    _python(session, "mypy", "idp", "tests", "bench", "noxfile.py")


@nox.session
def lint(session: nox.Session) -> None:
    """Check style and formatting."""
    _python(session, "ruff", "check")
    _python(session, "ruff", "format", "--check")


@nox.session
def imports(session: nox.Session) -> None:
    """Check that imports go one way."""
    session.run("lint-imports", external=True)


@nox.session
def manifests(session: nox.Session) -> None:
    """Check that manifests/ is what the catalogue renders, and that the proof of their wiring notices each of thousands of mutants."""
    _python(session, "idp.render", "--check")
    _python(session, "pytest", "-n", "2", str(WIRING), *session.posargs)


@nox.session
def infra(session: nox.Session) -> None:
    """Check Terraform and Ansible code: formats, and the tests over both. Azure's roots are planned by real Terraform on a stand-in."""
    ground = _environment(session, "infra", ".")
    session.run(str(ground / "pytest"), "-n", "2", "tests/infra", str(PLATFORM), *session.posargs, external=True)
    with session.chdir("infra/ansible"):  # where its settings and Ansible's are
        session.run("ansible-lint", external=True)
    checkov = _environment(session, "checkov")
    session.run(str(checkov / "checkov"), "--config-file", "infra/.checkov.yaml", external=True)


@nox.session
def applications(session: nox.Session) -> None:
    """Deploy applications on this machine: whole platforms, real git over HTTP, real processes. Needs git."""
    _python(session, "pytest", "-n", "2", str(APPLICATIONS), *session.posargs)


@nox.session(default=False)
def mutation(session: nox.Session) -> None:
    """Mutate the Terraform code of infra/ and see which test notices: `./run nox -s mutation -- --help`."""
    session.run(
        str(_environment(session, "infra", ".") / "python"),
        "-m",
        "tests.platform.mutate",
        *session.posargs,
        external=True,
    )


@nox.session(default=False)
def cluster(session: nox.Session) -> None:
    """Run tests/cluster against the cluster that KUBECONFIG names."""
    if not any(CLUSTER.rglob("test_*.py")):
        session.skip(f"{CLUSTER} has no tests yet.")
    _python(session, "pytest", str(CLUSTER), *session.posargs)


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Measure what must stay fast."""
    for script in BENCHES:
        session.run("python", f"bench/{script}.py", external=True)


@nox.session
def docs(session: nox.Session) -> None:
    """Check the links of the documentation and the commands of the README."""
    _python(session, "pytest", "tests/cli/test_docs.py", "tests/cli/test_readme.py")


def _ignored() -> tuple[str, ...]:
    return tuple(f"--ignore={folder}" for folder in (CLUSTER, PLATFORM, APPLICATIONS, WIRING))


def _environment(session: nox.Session, name: str, *editable: str) -> Path:
    """Folder of the programs of `.venv-<name>`, which holds requirements/<name>.txt and what is editable; made when it does not."""
    folder, lock = Path(f".venv-{name}").absolute(), Path(f"requirements/{name}.txt")
    stamp = folder / ".installed"
    wanted = f"{folder}\n{hashlib.sha256(lock.read_bytes()).hexdigest()}\n"
    if not stamp.exists() or stamp.read_text() != wanted:
        session.log(f"Installing {lock} into {folder.name} (once, and after changes) ...")
        session.run(sys.executable, "-m", "venv", "--clear", str(folder), external=True)
        pip = (
            str(folder / "bin" / "python"),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-compile",
            "--disable-pip-version-check",
        )
        session.run(*pip, "--require-hashes", "--only-binary", ":all:", "-r", str(lock), external=True)
        for folder_of_ours in editable:
            session.run(*pip, "--no-deps", "--no-build-isolation", "--no-index", "-e", folder_of_ours, external=True)
        stamp.write_text(wanted)
    return folder / "bin"


def _python(session: nox.Session, module: str, *arguments: str) -> None:
    session.run(sys.executable, "-m", module, *arguments, external=True)
