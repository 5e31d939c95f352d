"""`python -m idp.runner`: the only place where the runner meets its process."""

import os
import sys
from pathlib import Path

from idp.runner.command import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], environment=os.environ, work=Path.cwd()))
