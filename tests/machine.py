"""The machine that tests run on."""

import platform
import sys

PLATFORM = f"{sys.platform}_{'amd64' if platform.machine() == 'x86_64' else 'arm64'}"
"""As Terraform names the folders of packages."""
