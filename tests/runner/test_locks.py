"""A lock in the way: read from what Terraform says, and asked about over real HTTP."""

from pathlib import Path

import pytest
from pydantic import HttpUrl

from idp.runner.locks import Lock, lock_held, may_go
from tests.runner.permits import Permits

ID = "9db590f1-b6fe-c5f2-2678-8804f089deba"
HOLDER = "idp@environments-01jd0000000000000000000000-terraform-apply-2174911835"

# As Terraform 1.11 prints it, without and with its frame.
PLAIN = f"""
Error: Error acquiring the state lock

Error message: the state is already locked by another terraform client
Lock Info:
  ID:        {ID}
  Path:
  Operation: OperationTypeApply
  Who:       {HOLDER}
  Version:   1.11.4
  Created:   2026-11-26 18:00:00.000000000 +0000 UTC
  Info:


Terraform acquires a state lock to protect the state from being written
"""
FRAMED = "\n".join(f"│ {line}" for line in PLAIN.splitlines())


@pytest.mark.parametrize(
    ("said", "lock"),
    [
        (PLAIN, Lock(ID, HOLDER)),
        (FRAMED, Lock(ID, HOLDER)),
        (PLAIN.replace("Lock Info:", ""), None),
        (PLAIN.replace("  Who: ", "  Whose: "), None),
        (PLAIN.replace(HOLDER, ""), None),
        ("Error: Saved plan is stale", None),
        (f"ID: {ID}\nWho: {HOLDER}", None),
        ("", None),
    ],
)
def test_the_lock_is_what_terraform_tells_of(said: str, lock: Lock | None) -> None:
    assert lock_held(said.splitlines()) == lock


@pytest.mark.parametrize(
    ("status", "answer", "goes"),
    [
        (200, {"releasable": True}, True),
        (200, {"releasable": False}, False),
        (200, {"permitted": True}, False),
        (200, "<html>a captive portal</html>", False),
        (409, {"detail": "Run x has not ended."}, False),
        (404, {"title": "Not found"}, False),
    ],
)
def test_only_what_the_api_allows_goes(
    permits: Permits, tmp_path: Path, capsys: pytest.CaptureFixture[str], status: int, answer: object, *, goes: bool
) -> None:
    (tmp_path / "token").write_text("first\n")
    permits.answers = [(503, {"detail": "It ended just now."}), (status, answer)]
    assert may_go(HttpUrl(permits.url), tmp_path / "token")(Lock(ID, HOLDER)) is goes
    assert permits.asked == [("/v1/locks", "Bearer first", {"lock": ID, "holder": HOLDER})] * 2
    assert (f"The lock {ID} stays: " in capsys.readouterr().out) is not goes


def test_without_an_api_every_lock_stays(tmp_path: Path) -> None:
    assert not may_go(None, tmp_path / "token")(Lock(ID, HOLDER))
