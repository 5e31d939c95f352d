"""`python -m idp.cli` is `idp`."""

from idp.cli import main

main()
