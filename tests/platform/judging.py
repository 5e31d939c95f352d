"""The guardrails on a plan, by the evaluator that the runner is to have: infra/guardrails/README.md says what they read and give."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from regopy import Interpreter

from tests.platform.ground import INFRA

GUARDRAILS = INFRA / "guardrails"

_QUERY = """
told := [
    [base64.encode(finding[part]) | some part in ["rule", "address", "sentence"]] |
    some rule; some finding in data.idp.guardrails[rule].findings
]
"""
"""In base64, as regopy 1.5 writes texts without escaping them, and an address has quotes: `this["exports"]`."""


def findings(plan: Mapping[str, Any], request: Mapping[str, str]) -> set[tuple[str, ...]]:
    """(rule, address, sentence) of everything that all rules find in what `terraform show -json` printed."""
    rego = Interpreter()
    rego.add_data(json.loads((GUARDRAILS / "settings.json").read_text()))
    for rule in sorted(GUARDRAILS.glob("*.rego")):
        rego.add_module(rule.stem, rule.read_text())
    rego.set_input({"plan": dict(plan), "request": dict(request)})
    told = rego.query(_QUERY).results[0].bindings["told"]
    return {tuple(base64.b64decode(part).decode() for part in finding) for finding in told}
