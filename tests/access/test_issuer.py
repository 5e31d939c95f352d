import json
import stat
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest

from idp.access import issuer
from idp.access.caller import Caller
from idp.access.tokens import verified
from idp.errors import DefinitionError, InvalidError


def test_what_it_signs_holds_with_its_public_key(tmp_path: Path) -> None:
    token = issuer.token(tmp_path, "ada", teams=["payments"], roles=["approver"], lifetime=timedelta(hours=1))

    held = verified(
        token, issuer.public_keys(tmp_path), issuer=issuer.LOCAL_ISSUER, audience="idp", now=int(time.time())
    )

    assert held.caller == Caller("ada", frozenset({"payments"}), frozenset({"approver"}))
    assert 3590 < held.expires_at - time.time() <= 3600


def test_the_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "data"

    first, second = issuer.signing_key(folder), issuer.signing_key(folder)

    assert first.as_dict(private=True) == second.as_dict(private=True)
    assert [file.name for file in folder.iterdir()] == ["issuer.json"]
    assert stat.S_IMODE((folder / "issuer.json").stat().st_mode) == 0o600


def test_the_public_keys_hold_no_private_part(tmp_path: Path) -> None:
    (key,) = issuer.public_keys(tmp_path).keys

    assert not key.is_private
    assert "d" in json.loads((tmp_path / "issuer.json").read_text())


def test_processes_that_start_together_agree_on_the_key(tmp_path: Path) -> None:
    program = (
        "import sys, pathlib; from idp.access import issuer; print(issuer.signing_key(pathlib.Path(sys.argv[1])).kid)"
    )
    started = [
        subprocess.Popen([sys.executable, "-c", program, tmp_path / "data"], stdout=subprocess.PIPE) for _ in range(4)
    ]

    kids = {process.communicate()[0] for process in started}

    assert [process.returncode for process in started] == [0] * 4
    assert len(kids) == 1


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"kty":"EC"}', '{"kty":"oct","k":"aa"}'])
def test_a_broken_file_is_named_with_the_next_move(tmp_path: Path, content: str) -> None:
    (tmp_path / "issuer.json").write_text(content)

    with pytest.raises(DefinitionError, match=r"issuer\.json holds no key .* Remove it"):
        issuer.token(tmp_path, "ada")


@pytest.mark.parametrize("user", ["", "a b", "{{x}}", "a\n", "(sweeper)", "a" * 201])
def test_a_user_that_no_token_can_name_is_refused(tmp_path: Path, user: str) -> None:
    with pytest.raises(InvalidError, match="User"):
        issuer.token(tmp_path, user)
