"""What the tests of infra/ do not notice: mutate.py measures it, this holds what it found."""

import os
from pathlib import Path

import pytest

from tests.platform import mutate
from tests.platform.ground import INFRA
from tests.platform.mutation import results as seen
from tests.platform.mutation.hcl import UnreadableError, parts
from tests.platform.mutation.kinds import left_alone, mutants

SAMPLE, SEED = 8, int(os.environ.get("IDP_MUTATION_SEED", "20261127"))
"""Judged in every run; another seed judges others."""

COVERED = 0.95
"""Share of today's mutants that must have been judged: a small change may wait for the next run."""

CODE = """\
# What there is.
resource "azurerm_thing" "this" {
  name    = "thing-${var.name}" # of this platform
  open    = false
  ports   = ["443", "8443"]
  from    = var.private ? var.inside : "203.0.113.0/24"
  scope   = module.one.id
  message = <<-TEXT
    one
    two
  TEXT

  rule {
    access = "Deny"
    days   = 7
  }
}

module "two" {
  source = "../two"
  roles  = { reads = { role = "Reader", scope = module.two.id } }
}

variable "name" {
  description = "What it is called."
  type        = string

  validation {
    condition     = length(var.name) > 2
    error_message = "The name must be long."
  }
}
"""

MUTANTS = {
    "module.two removed",
    "module.two.roles removed",
    "module.two.roles.reads removed",
    "module.two.roles.reads.role removed",
    'module.two.roles.reads.role loosened "Reader"',
    "module.two.roles.reads.scope removed",
    "module.two.roles.reads.scope swapped for module.one.id",
    "module.two.source removed",
    'module.two.source changed "../two"',
    "resource.azurerm_thing.this removed",
    "resource.azurerm_thing.this.from always",
    "resource.azurerm_thing.this.from never",
    "resource.azurerm_thing.this.from removed",
    'resource.azurerm_thing.this.from loosened "203.0.113.0/24"',
    "resource.azurerm_thing.this.message line 1 removed",
    "resource.azurerm_thing.this.message line 2 removed",
    "resource.azurerm_thing.this.message removed",
    'resource.azurerm_thing.this.name changed "thing-${var.name}"',
    "resource.azurerm_thing.this.name removed",
    "resource.azurerm_thing.this.open flipped false",
    "resource.azurerm_thing.this.open removed",
    "resource.azurerm_thing.this.ports removed",
    "resource.azurerm_thing.this.ports[0] removed",
    'resource.azurerm_thing.this.ports[0] loosened "443"',
    "resource.azurerm_thing.this.ports[1] removed",
    'resource.azurerm_thing.this.ports[1] loosened "8443"',
    "resource.azurerm_thing.this.rule removed",
    "resource.azurerm_thing.this.rule.access removed",
    'resource.azurerm_thing.this.rule.access loosened "Deny"',
    "resource.azurerm_thing.this.rule.days raised 7",
    "resource.azurerm_thing.this.rule.days removed",
    "resource.azurerm_thing.this.scope removed",
    "resource.azurerm_thing.this.scope swapped for module.two.id",
    "variable.name removed",
    "variable.name.type removed",
    "variable.name.validation.condition made true",
}


def _changed(name: str) -> str:
    (mutant,) = [each for each in mutants("main.tf", CODE) if each.name == name]
    return mutant.applied(CODE)


def test_the_mutants_of_a_piece_of_code_are_those_of_the_table() -> None:
    assert {each.name for each in mutants("main.tf", CODE)} == MUTANTS


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("resource.azurerm_thing.this.open removed", "  open    = false\n", ""),
        ("resource.azurerm_thing.this.ports[0] removed", '"443", ', ""),
        ("resource.azurerm_thing.this.ports[1] removed", ', "8443"', ""),
        ('resource.azurerm_thing.this.rule.access loosened "Deny"', '"Deny"', '"Allow"'),
        ("resource.azurerm_thing.this.rule.days raised 7", "= 7", "= 8"),
        ("resource.azurerm_thing.this.from always", 'var.private ? var.inside : "203.0.113.0/24"', "var.inside"),
        ("resource.azurerm_thing.this.from never", "var.private ? var.inside : ", ""),
        ("resource.azurerm_thing.this.message line 1 removed", "    one\n", ""),
        ("module.two.roles.reads.role removed", 'role = "Reader", ', ""),
        ("module.two.roles.reads.scope removed", ", scope = module.two.id", ""),
        (
            "variable.name.validation.condition made true",
            "length(var.name) > 2",
            "(length(var.name) > 2) || true",
        ),
    ],
)
def test_a_mutant_is_one_small_change(name: str, old: str, new: str) -> None:
    assert CODE.count(old) == 1
    assert _changed(name) == CODE.replace(old, new)


@pytest.mark.parametrize("text", ['a = "open', "a = [1", "a = 1 }", "a = §"])
def test_what_is_no_terraform_code_is_refused(text: str) -> None:
    with pytest.raises((UnreadableError, IndexError)):
        parts(text)


@pytest.mark.parametrize("file", seen.files())
def test_each_line_is_mutated_or_left_alone_for_a_reason(file: str) -> None:
    text = (INFRA / file).read_text()
    assert [line for line, reason in left_alone(file, text).items() if reason == "?"] == []


@pytest.mark.parametrize("file", seen.files())
def test_each_mutant_has_a_name_of_its_own_and_changes_something(file: str) -> None:
    text = (INFRA / file).read_text()
    found = mutants(file, text)
    assert len({each.name for each in found}) == len(found)
    assert [each.name for each in found if each.applied(text) == text] == []


def test_survivors_are_few_and_each_has_its_reason() -> None:
    results = seen.read()
    survivors = seen.survivors(results)
    judged = sum(len(kept.seen) for kept in results.values())
    assert seen.unexplained(survivors) == []
    assert len(survivors) <= 0.05 * judged


def test_no_reason_is_given_for_what_is_noticed() -> None:
    noticed = {(file, name) for file, kept in seen.read().items() for name, by in kept.seen.items() if by is not None}
    assert {(file, name) for file, names in seen.reasons().items() for name in names} & noticed == set()


def test_the_results_cover_todays_code() -> None:
    """By name: a file that has changed since is told by `mutate.py --summary`, and judged when it next runs."""
    assert seen.coverage(seen.read(), seen.todays()) >= COVERED


def test_identities_exposure_tags_and_pins_are_noticed_by_tables() -> None:
    """Not by the reviewed plan alone, in which a reader might overlook them."""
    overlooked = [
        f"{file}: {name}"
        for file, kept in seen.read().items()
        for name, by in kept.seen.items()
        if seen.is_weighty(name) and seen.noticed_by(by) == "the reviewed plan alone"
    ]
    assert overlooked == []


def test_some_are_judged_anew(capsys: pytest.CaptureFixture[str]) -> None:
    code = mutate.main(["--sample", str(SAMPLE), "--seed", str(SEED)])
    assert code == 0, capsys.readouterr().out


def test_results_are_kept_and_what_is_known_is_not_judged_again(tmp_path: Path) -> None:
    """A file's mutants are judged again when its text changes, its survivors also when the tests change."""
    now = seen.todays("modules/release/*")
    file = "modules/release/outputs.tf"
    first, *others = now[file]
    kept = seen.OfFile(
        seen.text_hash(file), seen.judges_hash(), {first.name: None, **{each.name: "t" for each in others}}
    )
    seen.write({file: kept}, tmp_path / "results.json")
    results = seen.read(tmp_path / "results.json")
    assert results == {file: kept}
    assert [each for each in seen.wanted(results, now) if each.file == file] == []
    results[file].judges = "others"
    assert [each for each in seen.wanted(results, now) if each.file == file] == [first]
    results[file].text = "another"
    assert [each for each in seen.wanted(results, now) if each.file == file] == [first, *others]
    assert seen.stale(results) == [file]
