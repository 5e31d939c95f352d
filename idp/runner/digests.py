"""What exactly is approved, in one hexadecimal number."""

import hashlib
import json
from pathlib import Path


def file_sha256(path: Path) -> str:
    """Hexadecimal SHA-256 of a file's bytes."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def digest(plan_sha256: str, image: str, request_text: str) -> str:
    """Of the saved plan, the image that will carry it out, and the request as it came: change one and it differs."""
    canonical = json.dumps([plan_sha256, image, request_text], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
