"""What the messages of runs and nodes mean: the two engines need not use the same words, but must mean the same."""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Meaning:
    """`word` is what the table says; `reason` why all these texts mean one thing."""

    word: str
    pattern: str
    reason: str


MEANINGS = (
    Meaning("", r"", "Nothing is said."),
    Meaning(
        "",
        r"Resumed by: .*",
        "Argo's server says which account resumed; who approved is in the ledger, not in the engine.",
    ),
    Meaning("exit-{}", r"main: Error \(exit code (\d+)\)", "The step's own end, whatever it was for."),
    Meaning("no-output", r"wait: Error \(exit code \d+\): .+", "It said it was done and left less than it promises."),
    Meaning(
        "deadline",
        r"Pod was active on the node longer than the specified deadline|Step exceeded its deadline"
        r"|retry exceeded workflow deadline .+",
        "Out of time. Kubelet, controller and executor watch the same clock; who looks first is chance.",
    ),
    Meaning(
        "stopped",
        r"workflow shutdown with strategy:  ?Stop|Stopped with strategy 'Stop'",
        "The run was stopped. Argo says it in one way of steps, in another of steps not started, in a third of the rest.",
    ),
    Meaning(
        "not-started",
        r"task '.+' errored: pods .+|The step's folder could not be made: .+",
        "What the step needs to run could not be made; nothing of it ever ran.",
    ),
    Meaning("no-more-retries", r"No more retries left", "As often as its template allows."),
    Meaning("depends", r"omitted: depends condition not met", "What it waits for ended otherwise."),
    Meaning("when", r"when '.+' evaluated false", "Its condition was read, and does not hold."),
    Meaning("no-condition", r"Invalid 'when' expression '.*': .+", "With this value its condition cannot be read."),
    Meaning("invalid", r"invalid spec: .+", "The Workflow is none that its template can run."),
    Meaning("mutex", r"Waiting for .+ lock\. Lock status: 0/1", "Another run has the resource."),
)


def meaning(message: str) -> str:
    """The table's word for it; the message itself where no pattern fits, so that the comparison shows it."""
    for known in MEANINGS:
        if match := re.fullmatch(known.pattern, message, re.DOTALL):
            return known.word.format(*match.groups())
    return message
