"""The guardrails on a plan, by the evaluator that the runner has: infra/guardrails/README.md says what they read and give."""

import json
from collections.abc import Mapping
from typing import Any

from regopy import Interpreter

from idp.runner.rego_process import judged
from tests.platform.ground import INFRA

GUARDRAILS = INFRA / "guardrails"


def findings(plan: Mapping[str, Any], request: Mapping[str, str]) -> set[tuple[str, ...]]:
    """(rule, address, sentence) of everything that all rules find in what `terraform show -json` printed."""
    settings = json.loads((GUARDRAILS / "settings.json").read_text())["settings"]
    given = {"input": {"plan": dict(plan), "request": dict(request)}, "settings": settings}
    return {tuple(finding) for finding in judged(Interpreter(), GUARDRAILS, given)["findings"]}
