"""The runner's words, its exit codes and its last line.

Exit codes: 0 done, 1 failed, 2 misused, 143 stopped by SIGTERM. Unless 0, the last line on stderr is `idp: ...`: what
happened and the next move. The request's history shows it.
"""

import argparse
import sys
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError
from pydantic_settings import SettingsError

from idp.errors import IdpError
from idp.loading import loaded
from idp.runner import changing, looking
from idp.runner.assignment import Assignment, assignment
from idp.runner.processes import Processes, StoppedError
from idp.settings import RunnerSettings

FAILED = 1
MISUSED = 2
STOPPED = 143


def main(arguments: Sequence[str], *, environment: Mapping[str, str], work: Path) -> int:
    """Carry out one word in the folder `work`; returns the exit code. argparse itself exits with 2."""
    words = _parser().parse_args(arguments)
    processes = Processes(environment)
    try:
        with processes.owning_signals():
            settings = RunnerSettings()
            assigned = assignment(settings, loaded(settings.catalog), words.capability, work)
            _carried_out(words, assigned, processes)
    except (ValidationError, SettingsError) as error:
        return _ended(MISUSED, f"the settings do not hold: {_in_one_line(error)}; compare them with the manifests.")
    except StoppedError as error:
        return _ended(STOPPED, str(error))
    except IdpError as error:
        return _ended(FAILED, str(error))
    except Exception as error:  # noqa: BLE001 - the rim: the last line must speak, whatever happened
        traceback.print_exc()
        return _ended(FAILED, f"the runner itself failed ({error!r}); tell the platform team, with this log.")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m idp.runner", description="Carry out one step of a run.")
    words = parser.add_subparsers(dest="word", required=True)
    for word in ("look", "inspect", "apply", "destroy", "playbook", "deliver"):
        words.add_parser(word).add_argument("capability")
    words.choices["look"].add_argument("verb", choices=["provision", "deprovision", "perform"])
    for word in ("playbook", "deliver"):
        words.choices[word].add_argument("step")
        words.choices[word].add_argument("state", choices=["present", "absent"])
    return parser


def _carried_out(words: argparse.Namespace, assigned: Assignment, processes: Processes) -> None:
    match words.word:
        case "look":
            looking.look(assigned, words.verb, processes)
        case "inspect":
            looking.inspect(assigned, processes)
        case "apply":
            changing.apply(assigned, processes)
        case "destroy":
            changing.destroy(assigned, processes)
        case "deliver":
            changing.deliver(assigned, words.step, words.state, processes)
        case _:
            changing.playbook(assigned, words.step, words.state, processes)


def _ended(code: int, message: str) -> int:
    sys.stdout.flush()
    print("idp:", " ".join(message.split()), file=sys.stderr, flush=True)  # noqa: T201 - the step's log
    return code


def _in_one_line(error: ValidationError | SettingsError) -> str:
    """Names only: a setting's value may be anything."""
    if isinstance(error, SettingsError):
        return str(error)
    return "; ".join(f"IDP_{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors(include_input=False))
