"""Guardrails in the looking step: what they refuse reaches no gate, and neither does what they could not judge."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from idp.runner.guardrails import Finding, _refusal
from tests.runner.steps import ROOT, Run

FILE = "module.storage_account.terraform_data.file"
UNASKED = "This would be destroyed, and nobody asked for that: deprovision the resource if it is meant."
REFUSED = "idp: The plan breaks the platform's rules, so nothing was changed: "
NOT_JUDGED = "idp: The plan could not be judged by the guardrails, so it was refused and nothing was changed: "


@pytest.fixture
def infra(tmp_path: Path) -> Path:
    """A platform's own infra, to be spoilt."""
    folder = tmp_path / "infra"
    for part in ("catalog", "guardrails", "modules", "targets"):
        shutil.copytree(ROOT / "infra" / part, folder / part)
    return folder


@pytest.fixture
def storage(run: Callable[..., Run], infra: Path) -> Run:
    made = run("storage", containers=["invoices"])
    made.settings["IDP_INFRA"] = str(infra)
    return made


def refused(storage: Run, capfd: pytest.CaptureFixture[str], verb: str = "provision", **settings: str) -> str:
    """The last line of a looking step that failed, and left nothing that could be approved."""
    storage.settings |= settings
    step = storage.step("look", "storage", verb).done(1)
    left = {file.name for file in (step.work / "out").iterdir()}
    assert left == {"plan"}, "neither digest nor summary: there is nothing to agree to"
    assert not (step.work / "guardrails.json").exists(), "it has the plan's values"
    return capfd.readouterr().err.splitlines()[-1]


def test_nothing_is_destroyed_but_by_deprovision(storage: Run, infra: Path, capfd: pytest.CaptureFixture[str]) -> None:
    storage.provisioned()
    main = infra / "targets" / "sandbox" / "storage" / "main.tf"
    whole = main.read_text()
    main.write_text(whole.partition('module "storage_account"')[0])

    said = refused(storage, capfd)
    assert said.startswith(f"{REFUSED}[destruction] {FILE}: {UNASKED} [destruction] module.storage_account.")
    assert len(storage.world) == 1

    main.write_text(whole)
    storage.change(storage.look("deprovision"), "destroy", "storage").done()
    assert storage.world == []


def test_the_installation_s_settings_are_the_ones_that_count(storage: Run, capfd: pytest.CaptureFixture[str]) -> None:
    storage.provisioned()
    storage.request = {**storage.request, "retention_days": 30}
    storage.look("provision")

    said = refused(storage, capfd, IDP_GUARDRAIL_SETTINGS='{"replaceable": []}')
    assert said == (
        f"{REFUSED}[destruction] {FILE}:"
        " This would be destroyed and made anew, without its data: ask for another resource beside it."
    )
    said = refused(storage, capfd, IDP_GUARDRAIL_SETTINGS='{"replacable": []}')
    assert said == (
        f"{NOT_JUDGED}IDP_GUARDRAIL_SETTINGS has replacable, and rules read regions, replaceable, roles, sizes only."
    )


RULE = "package idp.guardrails.broken\n\nfindings contains finding if {\n\tfinding := %s\n}\n"


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        (
            "package idp.guardrails.broken\n\nfindings contains {",
            "the evaluator failed (exit code 1); the log above says",
        ),
        (RULE % 'lower(input.request)["rule"]', "the evaluator failed (exit code 1)"),
        ("package idp.guardrails.broken\n\nfindings := 1\n\nfindings := 2\n", "the evaluator failed (exit code 1)"),
        (RULE.replace("broken", "other") % "{}", "not so: broken, other."),
    ],
    ids=["no Rego", "trips over a value", "contradicts itself", "is another package"],
)
def test_a_rule_that_cannot_be_asked_refuses(
    storage: Run, infra: Path, capfd: pytest.CaptureFixture[str], rule: str, why: str
) -> None:
    (infra / "guardrails" / "broken.rego").write_text(rule)
    said = refused(storage, capfd)
    assert said.startswith(NOT_JUDGED)
    assert why in said


def test_no_rule_at_all_refuses(storage: Run, infra: Path, capfd: pytest.CaptureFixture[str]) -> None:
    shutil.rmtree(infra / "guardrails")
    assert refused(storage, capfd) == (
        f"{NOT_JUDGED}there is no rule in {infra}/guardrails; IDP_INFRA must name a folder with guardrails."
    )


def test_settings_that_cannot_be_read_refuse(storage: Run, infra: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (infra / "guardrails" / "settings.json").write_text("{}")
    assert "settings.json cannot be read (KeyError('settings'))." in refused(storage, capfd)


def test_an_image_without_the_evaluator_s_libraries_refuses_and_names_them(
    storage: Run, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    missing = tmp_path / "as-in-slim"
    missing.mkdir()
    (missing / "regopy.py").write_text("raise OSError('libatomic.so.1: cannot open shared object file')\n")
    said = refused(storage, capfd, PYTHONPATH=f"{missing}:{ROOT}")
    assert said == (
        f"{NOT_JUDGED}regopy, which evaluates the guardrails, cannot be loaded; the image must have the extra `runner`"
        " and libatomic (Debian's libatomic1)."
    )


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="It is a file as Linux loads them.")
def test_a_machine_that_has_nothing_but_python_needs_no_libatomic(tmp_path: Path) -> None:
    program = """
import sys
from pathlib import Path
from idp.runner import libatomic
libatomic.loaded(Path(sys.argv[1]))
import regopy
print(regopy.Interpreter().query("x := 1 + 1").results[0].bindings["x"])
print([line for line in Path("/proc/self/maps").read_text().splitlines() if "libatomic" in line and sys.argv[1] not in line])
"""
    done = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path)], capture_output=True, text=True, check=False, cwd=ROOT
    )
    assert done.stdout.splitlines() == ["2", "[]"], done.stderr
    assert list(tmp_path.iterdir()) == []


def test_an_answer_that_is_none_refuses(storage: Run, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    broken = tmp_path / "broken"
    broken.mkdir()
    (broken / "regopy.py").write_text("import sys\nprint('all is well')\nsys.exit(0)\n")
    assert f"{NOT_JUDGED}the evaluator's answer cannot be read (" in refused(
        storage, capfd, PYTHONPATH=f"{broken}:{ROOT}"
    )


def test_a_plan_may_have_any_text(storage: Run, infra: Path, capfd: pytest.CaptureFixture[str]) -> None:
    main = infra / "targets" / "sandbox" / "storage" / "main.tf"
    texts = ['"\\\n\u2028{{x}} ${y}', "", "ö\U0001f600", "\u0001", '":[[{']
    quoted = json.dumps(texts, ensure_ascii=False).replace("${", "$${")
    resource = f'\nresource "terraform_data" "odd" {{\n  for_each = toset({quoted})\n  input = each.value\n}}\n'
    main.write_text(main.read_text() + resource)
    storage.provisioned()
    main.write_text(main.read_text().replace(resource, ""))
    said = refused(storage, capfd)
    assert said.count("[destruction] terraform_data.odd[") == len(texts)


def test_what_does_not_fit_is_counted() -> None:
    assert (
        _refusal([Finding("sizes", "a.b", "Too large.")]) == f"{REFUSED.removeprefix('idp: ')}[sizes] a.b: Too large."
    )
    many = _refusal([Finding("sizes", f"a.b[{number}]", "Too large.") for number in range(100)])
    said = many.count("[sizes]")
    assert many.endswith(f" And {100 - said} more, which the log has.")
    assert 1000 < len(many) < 1900
    assert _refusal([Finding("sizes", "a" * 5000, "Too large."), Finding("tags", "b", "Not so.")]).endswith(
        "And 1 more, which the log has."
    )
