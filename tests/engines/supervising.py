"""The supervisor, neither isolated nor in the background: `python supervising.py PROGRAM FOLDER`. Coverage sees it so.

Loaded by its path: the package around it takes a second to import.
"""

import os
import runpy
import sys

if __name__ == "__main__":
    supervisor = runpy.run_path(sys.argv[1])
    os.chdir(sys.argv[2])
    listener = supervisor["listening"]()
    print("listening", flush=True)  # noqa: T201 - for the test that waits
    supervisor["Supervisor"](sys.argv[2], listener).serve()
