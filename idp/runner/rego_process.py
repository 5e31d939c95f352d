"""Judges one plan by a folder of Rego rules: `python rego_process.py FOLDER GIVEN`. A process of its own for a native library.

FOLDER has the package `idp.guardrails.<rule>` in each `<rule>.rego`. GIVEN is a file: {"input": ..., "settings": ...}.
Prints {"judged": [rule], "findings": [[rule, address, sentence]]}. Exit code NOT_LOADED: there is no evaluator.
"""

import base64
import json
import sys
from pathlib import Path
from typing import Any, Final

NOT_LOADED: Final = 3

_QUERY: Final = """
told := {
    "judged": [rule | some rule; data.idp.guardrails[rule]],
    "findings": [
        [base64.encode(finding[part]) | some part in ["rule", "address", "sentence"]] |
        some rule; some finding in data.idp.guardrails[rule].findings
    ],
}
"""
"""In base64, as regopy 1.5 writes texts without escaping them, and an address has quotes: `this["exports"]`."""


def main() -> int:
    """The exit code."""
    folder, given = map(Path, sys.argv[1:])
    try:
        rego = _interpreter(given.parent)
    except (ImportError, OSError) as error:
        print(error, file=sys.stderr, flush=True)  # noqa: T201 - the step's log
        return NOT_LOADED
    told = judged(rego, folder, json.loads(given.read_bytes()))
    print(json.dumps(told))  # noqa: T201 - the answer
    return 0


def _interpreter(work: Path) -> Any:
    """Imported here, as its native library may be missing, or what that needs. Raises ImportError, OSError."""
    try:
        from regopy import Interpreter  # noqa: PLC0415 - see above
    except OSError as error:
        if "libatomic" not in str(error):
            raise
        from idp.runner import libatomic  # noqa: PLC0415 - where it is missing only

        libatomic.loaded(work)
        from regopy import Interpreter  # noqa: PLC0415 - again
    return Interpreter()


def judged(rego: Any, folder: Path, given: Any) -> dict[str, Any]:
    """What `main` prints. Raises whatever the evaluator raises; one that gives no result has failed, too."""
    rego.strict_built_in_errors = True  # else a rule that trips over a value would pass it
    rego.add_data({"settings": given["settings"]})
    for rule in sorted(folder.glob("*.rego")):
        rego.add_module(rule.stem, rule.read_text(encoding="utf-8"))
    rego.set_input(given["input"])
    told = rego.query(_QUERY).results[0].bindings["told"]
    findings = sorted([base64.b64decode(part).decode() for part in finding] for finding in told["findings"])
    return {"judged": sorted(told["judged"]), "findings": findings}


if __name__ == "__main__":
    sys.exit(main())
