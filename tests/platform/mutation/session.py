"""One worker: all tests collected once, then for each mutant those that could notice it, until one does.

Runs in a copy of the repository. A mutant comes as a line of JSON on `IDP_MUTANTS` (a number of an open file), and the
answer goes to `IDP_ANSWERS`: the test that noticed it, or null.
"""

import json
import os
import re
import sys
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from _pytest.runner import runtestprotocol

from tests.platform.ground import HANDOVERS, INFRA, ROOTS
from tests.platform.mutation.warm import Plans
from tests.platform.terraform import TerraformError

PLACES = ("tests/platform", "tests/infra")
NO_JUDGES = {
    "test_denials.py": "judges guardrails in a served platform",
    "test_guardrails.py": "judges rules on plans of its own",
    "test_images.py": "judges images",
    "test_mutation.py": "judges this",
    "test_objects.py": "judges roles of Ansible",
    "test_providers.py": "judges the runner's mirror",
    "test_roles.py": "judges roles of Ansible",
    "test_all_terraform_code_is_formatted": "a mutant's looks are no matter",
    "test_each_playbook_is_understood": "judges playbooks",
}
"""What does not judge Terraform code's meaning, each with the reason."""

REFUSED = ", as Terraform refuses it"
"""Beside a test's name: no value was compared, the code as it is then does not plan."""

SNAPSHOT = "test_planned.py"
"""Judges when all tables are silent: a mutant that it alone notices is told apart."""


class Judge:
    """The plugin that runs the tests."""

    def __init__(self) -> None:
        self.plans: Plans | None = None
        self._opened: set[str] | None = None
        self._copied: Path | None = None
        self._reads: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
        self._noticed: Counter[tuple[str, str]] = Counter()
        sys.addaudithook(self._audit)

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        """Instead of running each test once."""
        items = [item for item in session.items if not any(name in item.nodeid for name in NO_JUDGES)]
        answers = os.fdopen(int(os.environ["IDP_ANSWERS"]), "w", buffering=1)
        started = time.monotonic()
        failed = self._learn(items)
        print(json.dumps({"ready": len(items), "failed": failed, "seconds": time.monotonic() - started}), file=answers)
        for line in os.fdopen(int(os.environ["IDP_MUTANTS"])):
            print(json.dumps(self._judged(items, json.loads(line))), file=answers)
        return True

    def _learn(self, items: list[pytest.Item]) -> list[str]:
        """Run each test on the code as it is, and see what it reads; gives those that fail."""
        failed = []
        seen = plans_of(self).calls.seen
        for item in items:
            self._opened = set()
            seen.clear()
            said = _complaint(item)
            if said is not None:
                failed.append(f"{item.nodeid}\n{said[-2000:]}")
            self._reads[item.nodeid] = (frozenset(self._opened), frozenset(plans_of(self).calls.seen))
            self._opened = None
        return failed

    def _audit(self, event: str, arguments: tuple[Any, ...]) -> None:
        """A file that is only copied is not read: what becomes of the copy shows in where Terraform is called."""
        if self._opened is None or event not in {"open", "shutil.copyfile"}:
            return
        if not isinstance(arguments[0], (str, os.PathLike)):
            return
        path = Path(os.fspath(arguments[0]))
        if event == "shutil.copyfile":
            self._copied = path
        elif path == self._copied:
            self._copied = None
        elif path.is_relative_to(INFRA):
            self._opened.add(str(path.relative_to(INFRA)))
        elif path.name == "terraform.tfstate" and self.plans is not None:
            self.plans.calls.seen |= {"applied", f"state of {path.parent.name}"}

    def _judged(self, items: list[pytest.Item], mutant: dict[str, str]) -> dict[str, Any]:
        started = time.monotonic()
        file, folder = mutant["file"], str(Path(mutant["file"]).parent)
        touched = users(folder)
        roots = frozenset(root for root in ROOTS if f"platform/{root}" in touched)
        if Path(file).name == "outputs.tf":
            roots |= {receiver for root in roots for receiver in HANDOVERS[root]}
            touched |= {f"platform/{root}" for root in roots}
        by = None
        with _changed(file, mutant["text"], plans_of(self)):
            plans_of(self).touch(roots)
            for item in self._order(items, file, touched):
                self._apply(item, roots)
                said = _complaint(item)
                if said is not None:
                    by = item.nodeid.partition("[")[0] + (REFUSED if "TerraformError: " in said else "")
                    self._noticed[folder, item.nodeid] += 1
                    break
            plans_of(self).restore()
        return {"by": by, "seconds": round(time.monotonic() - started, 3)}

    def _apply(self, item: pytest.Item, roots: frozenset[str]) -> None:
        """For a test that opens a state itself. What cannot be applied is noticed by others."""
        for root in roots:
            if f"state of {root}" in self._reads[item.nodeid][1]:
                with suppress(TerraformError):
                    plans_of(self).calls.quietly(plans_of(self).apply, root)

    def _order(self, items: list[pytest.Item], file: str, touched: frozenset[str]) -> list[pytest.Item]:
        """Those that could notice it: cheap ones first, among them the ones that noticed most of its neighbours."""
        folder = str(Path(file).parent)
        return sorted(
            (item for item in items if self._concerns(item, file, touched)),
            key=lambda item: (self._cost(item, file), -self._noticed[folder, item.nodeid]),
        )

    def _concerns(self, item: pytest.Item, file: str, touched: frozenset[str]) -> bool:
        opened, asked = self._reads[item.nodeid]
        return file in opened or bool(asked & touched)

    def _cost(self, item: pytest.Item, file: str) -> int:
        """Texts, schemas, plans, what is seen after apply, the snapshot; then what plans and renders once more.

        Those behind the snapshot see what it does not once in a thousand times, and cost more than all the others.
        """
        asked = self._reads[item.nodeid][1]
        own = str(Path(file).parent) in asked
        costs = {
            SNAPSHOT: 7,
            "is_valid_by_the_providers_schemas": 1 if own else 4,
            "own_tests_pass": (2 if file.endswith("variables.tf") else 6) if own else 9,
            "nothing_to_change": 9,
            "can_be_destroyed": 9,
            "stays_as_it_is": 9,
            "test_charts.py": 6 if "platform/tools" in file else 8,
            "test_boundaries.py": 6,
            "test_naming.py": 6,
        }
        known = (cost for name, cost in costs.items() if name in item.nodeid)
        return next(known, 0 if not asked else 5 if "applied" in asked else 3)


def users(folder: str) -> frozenset[str]:
    """A folder of infra/ and all that call it, through any number of modules."""
    callers: dict[str, set[str]] = {}
    for path in INFRA.rglob("*.tf"):
        here = path.parent
        if ".terraform" in path.parts:
            continue
        for source in re.findall(r'^\s*source\s*=\s*"(\.{1,2}/[^"]+)"', path.read_text(), re.MULTILINE):
            called_folder = os.path.normpath(here / source)
            callers.setdefault(os.path.relpath(called_folder, INFRA), set()).add(str(here.relative_to(INFRA)))
    found, new = {folder}, {folder}
    while new:
        new = {caller for each in new for caller in callers.get(each, ())} - found
        found |= new
    return frozenset(found)


class _changed:  # noqa: N801 - used as a function
    """The file with the mutant in it, where tests read it and where Terraform does."""

    def __init__(self, file: str, text: str, plans: Plans) -> None:
        self._places = [INFRA / file, *plans.places(file)]
        self._before = [path.read_text() for path in self._places]
        self._text = text

    def __enter__(self) -> None:
        for number, path in enumerate(self._places):
            path.write_text(
                self._text if number == 0 else self._text.replace("prevent_destroy = true", "prevent_destroy = false")
            )

    def __exit__(self, *_: object) -> None:
        for path, text in zip(self._places, self._before, strict=True):
            path.write_text(text)


def _complaint(item: pytest.Item) -> str | None:
    """What a test says that fails."""
    failed = [report for report in runtestprotocol(item, log=False, nextitem=None) if report.failed]
    return failed[0].longreprtext if failed else None


JUDGE = Judge()


def plans_of(judge: Judge) -> Plans:
    """What the fixtures give, made when first asked for."""
    if judge.plans is None:
        judge.plans = Plans(Path.cwd() / "ground", os.environ["TF_REATTACH_PROVIDERS"])
    return judge.plans


@pytest.fixture(scope="session")
def terraform() -> Any:
    return plans_of(JUDGE).ground.terraform


@pytest.fixture(scope="session")
def untouched() -> Any:
    return plans_of(JUDGE).untouched


@pytest.fixture(scope="session")
def plans() -> Any:
    return plans_of(JUDGE)


def main() -> int:
    """Collect and judge until the mutants end."""
    options = [
        "-q",
        "-p",
        "no:cacheprovider",
        "-p",
        "no:schemathesis",
        "--assert=plain",
        "--tb=native",
        f"--rootdir={Path.cwd()}",
    ]
    return int(pytest.main([*options, *PLACES], plugins=[JUDGE]))


if __name__ == "__main__":
    # By its name, not as __main__: the fixtures and the plugin must be of one module.
    from tests.platform.mutation import session as this

    sys.exit(this.main())
