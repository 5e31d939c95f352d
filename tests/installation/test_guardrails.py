"""The rendered admission policies, judged by a real CEL; a real cluster judges the same tables in tests/cluster."""

import re
from collections.abc import Iterator

import pytest

from idp.catalog import CATALOG
from idp.installation.guardrails import guardrails
from tests.installation.cel import Judge
from tests.installation.judging import TABLES, Case, Table

OBJECTS = guardrails(CATALOG)
PARAMETERS = OBJECTS[0]
POLICIES = {each["metadata"]["name"]: each for each in OBJECTS if each["kind"] == "ValidatingAdmissionPolicy"}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.policy)
def test_there_is_a_table_for_every_policy_and_a_name_for_every_rule(table: Table) -> None:
    assert sorted(POLICIES) == sorted(each.policy for each in TABLES)
    assert len(POLICIES[table.policy]["spec"]["validations"]) == len(table.rules)
    assert len({case.title for case in table.cases}) == len(table.cases), "a title names one case"


@pytest.mark.parametrize(
    ("table", "case"),
    [(table, case) for table in TABLES for case in table.cases],
    ids=lambda each: getattr(each, "policy", str(each)),
)
def test_a_request_is_refused_by_the_rules_of_the_table(table: Table, case: Case) -> None:
    found = Judge(POLICIES[table.policy], PARAMETERS).refusing(case)

    assert [table.rules[index] for index in found] == list(case.refusing)


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.policy)
def test_every_rule_refuses_something_alone(table: Table) -> None:
    alone = {case.refusing[0] for case in table.cases if len(case.refusing) == 1}

    assert alone == set(table.rules)


_SWAPS = (("&&", "||"), ("||", "&&"), ("==", "!="), ("!has", "has"), (".all(", ".exists("), (".exists(", ".all("))


def mutants(expression: str) -> Iterator[str]:
    """Each word of it renamed, each operator turned round."""
    for word in re.finditer(r"[A-Za-z0-9_-]+", expression):
        yield f"{expression[: word.end()]}_{expression[word.end() :]}"
    for old, new in _SWAPS:
        for found in re.finditer(re.escape(old), expression):
            yield f"{expression[: found.start()]}{new}{expression[found.end() :]}"


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.policy)
def test_the_tables_notice_every_change_of_an_expression(table: Table) -> None:
    judge = Judge(POLICIES[table.policy], PARAMETERS)
    wanted = [(case, judge.refusing(case)) for case in table.cases]
    survivors = []
    for place, expression in judge.expressions.items():
        for mutant in mutants(expression):
            changed = judge.changed(place, mutant)
            if all(changed.refusing(case) == refusing for case, refusing in wanted):
                survivors.append(mutant)

    assert survivors == []
