"""What Argo's executor writes into a step's log: it is the step's parent, and shares its output."""

import re
from collections.abc import AsyncIterator
from typing import Final

_SAID: Final = re.compile(r"time=\S+ level=\w+ msg=.* argo=true(?: .*)?")
_EXITED: Final = 'msg="sub-process exited"'
_FAREWELL: Final = re.compile(r"Error: exit status \d+")
"""Its last line where the step failed; without a mark, so it counts as the executor's only once the step has exited."""


async def written_by_the_step(lines: AsyncIterator[str]) -> AsyncIterator[str]:
    """The same without the executor's lines: the engine says how a step ended, and the last line is the step's own."""
    exited = False
    async for line in lines:
        if _SAID.fullmatch(line):
            exited = exited or _EXITED in line
        elif not (exited and _FAREWELL.fullmatch(line)):
            yield line
