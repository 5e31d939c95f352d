"""`idp show` of a request whose run is seen somewhere."""

import json

from tests.cli.program import Program
from tests.cli.scripted import Scripted, answer
from tests.cli.test_output import REQUEST

UI = "https://argo.example/workflows/idp-runs/storage-01kax"


def test_a_request_with_its_steps_and_where_they_are_seen(idp: Program, scripted: Scripted) -> None:
    shown = REQUEST | {"links": {"history": f"/v1/requests/{REQUEST['id']}/history", "ui": UI}}
    step = {"kind": "step", "data": {"step": "look", "phase": "Running"}, "links": {"ui": f"{UI}?nodeId=1"}}
    started = {"kind": "started", "data": {}, "links": {}}
    scripted.answers = [answer(200, json.dumps(shown)), answer(200, json.dumps({"items": [started, step]}))]

    done = idp("show", REQUEST["id"], IDP_URL=scripted.url)

    assert done.returncode == 0, done.stderr
    lines = [line.rstrip() for line in done.stdout.splitlines()]
    assert f"seen at    {UI}" in lines
    assert lines[-2:] == ["STEP  PHASE    SEEN AT", f"look  Running  {UI}?nodeId=1"]
    assert [path for _, path, _, _ in scripted.seen] == [f"/v1/requests/{REQUEST['id']}", shown["links"]["history"]]


def test_a_request_that_is_seen_nowhere_asks_no_more(idp: Program, scripted: Scripted) -> None:
    scripted.answers = [answer(200, json.dumps(REQUEST | {"links": {}}))]

    done = idp("show", REQUEST["id"], IDP_URL=scripted.url)

    assert done.returncode == 0, done.stderr
    assert "seen at" not in done.stdout
    assert "STEP" not in done.stdout
    assert len(scripted.seen) == 1
