"""`python -m idp.render`."""

import sys

from idp.render.program import main

sys.exit(main())
