"""What a plan must satisfy before anyone is asked to agree to it: the rules of infra/guardrails, judged before the gate.

A plan that cannot be judged is refused as well. What the rules read and give: infra/guardrails/README.md.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from idp import names
from idp.errors import StepError
from idp.runner.assignment import Assignment
from idp.runner.processes import Processes
from idp.runner.rego_process import NOT_LOADED

_EVALUATOR: Final = (sys.executable, "-P", str(Path(__file__).with_name("rego_process.py")))
_SHARED: Final = "plan"
"""The file in which rules keep what they share; no rule of its own."""

_SAID_BYTES: Final = 1400
"""Of findings in one refusal; the request's message has room for 2000 characters in all."""

_LIBRARIES: Final = (
    "regopy, which evaluates the guardrails, cannot be loaded; the image must have the extra `runner` and libatomic"
    " (Debian's libatomic1)."
)


@dataclass(frozen=True)
class Finding:
    """Why a rule refuses a plan: `sentence` is for the one who asked."""

    rule: str
    address: str
    sentence: str

    def __str__(self) -> str:
        return f"[{self.rule}] {self.address}: {self.sentence}"


def judge(assigned: Assignment, verb: str, shown: Mapping[str, Any], processes: Processes) -> None:
    """Returns where every rule passes the plan, as `terraform show -json` tells it.

    Raises StepError with what the rules say, or where one could not be asked.
    """
    folder = assigned.infra / "guardrails"
    rules = sorted(file.stem for file in folder.glob("*.rego") if file.stem != _SHARED)
    if not rules:
        why = f"there is no rule in {folder}; IDP_INFRA must name a folder with guardrails."
        raise _not_judged(why)
    given = {"input": {"plan": shown, "request": _request(assigned, verb)}, "settings": _settings(assigned, folder)}
    findings = _findings(_told(folder, given, assigned.work, processes), rules)
    for finding in findings:
        print(f"guardrail {finding}", flush=True)  # noqa: T201 - the step's log
    if findings:
        raise StepError(_refusal(findings))


def _request(assigned: Assignment, verb: str) -> dict[str, str]:
    """`stage` is empty where the capability has none."""
    request = assigned.request
    return {
        "verb": verb,
        "stage": str(getattr(request, "stage", "")),
        "team": request.team,
        "resource": names.resource(assigned.capability.name, request.team, request.name),
    }


def _settings(assigned: Assignment, folder: Path) -> dict[str, Any]:
    """Those beside the rules, each replaced where the installation has its own."""
    beside = folder / "settings.json"
    try:
        settings: dict[str, Any] = json.loads(beside.read_bytes())["settings"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        why = f"{beside} cannot be read ({error!r})."
        raise _not_judged(why) from error
    unknown = sorted(set(assigned.settings.guardrail_settings) - set(settings))
    if unknown:
        why = f"IDP_GUARDRAIL_SETTINGS has {', '.join(unknown)}, and rules read {', '.join(sorted(settings))} only."
        raise _not_judged(why)
    return settings | assigned.settings.guardrail_settings


def _told(folder: Path, given: Mapping[str, Any], work: Path, processes: Processes) -> Any:
    """The evaluator's answer. The plan is handed on as a file, which goes: it has values that no output may have."""
    file = work / "guardrails.json"
    file.touch(mode=0o600)
    try:
        file.write_text(json.dumps(given), encoding="utf-8")
        code, told = processes.read((*_EVALUATOR, str(folder), str(file)), folder=work, environment={})
    finally:
        file.unlink()
    if code == NOT_LOADED:
        raise _not_judged(_LIBRARIES)
    if code != 0:
        why = f"the evaluator failed (exit code {code}); the log above says why."
        raise _not_judged(why)
    try:
        return json.loads(told)
    except ValueError as error:
        why = f"the evaluator's answer cannot be read ({error})."
        raise _not_judged(why) from error


def _findings(told: Any, rules: Sequence[str]) -> list[Finding]:
    """Of an answer that every rule has part in: a package by another name would never be asked."""
    if told["judged"] != rules:
        missing = ", ".join(sorted(set(rules) ^ set(told["judged"])))
        why = f"each file of infra/guardrails is to be the package idp.guardrails.<its name>; not so: {missing}."
        raise _not_judged(why)
    return [Finding(*parts) for parts in told["findings"]]


def _refusal(findings: Sequence[Finding]) -> str:
    """As many findings as fit, at least one."""
    said = [str(findings[0])]
    for finding in findings[1:]:
        if len(" ".join([*said, str(finding)]).encode()) > _SAID_BYTES:
            break
        said.append(str(finding))
    left = len(findings) - len(said)
    more = f" And {left} more, which the log has." if left else ""
    return f"The plan breaks the platform's rules, so nothing was changed: {' '.join(said)}{more}"


def _not_judged(why: str) -> StepError:
    return StepError(
        f"The plan could not be judged by the guardrails, so it was refused and nothing was changed: {why}"
    )
