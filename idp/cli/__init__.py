"""The command line `idp`: a client of any server, and the way to start one."""

from idp.cli.program import main

__all__ = ["main"]
