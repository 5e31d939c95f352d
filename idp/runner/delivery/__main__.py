"""`python -m idp.runner.delivery FOLDER`: the node of the sandbox whose world is in the folder."""

import asyncio
import sys
from pathlib import Path

from idp.runner.delivery.node import tend

if __name__ == "__main__":
    sys.exit(asyncio.run(tend(Path(sys.argv[1]))))
