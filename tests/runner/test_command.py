"""Words, exit codes and the last line."""

from collections.abc import Callable

import pytest

from tests.runner.permits import Permits
from tests.runner.steps import Run

Last = Callable[[], str]


@pytest.fixture
def last(capfd: pytest.CaptureFixture[str]) -> Last:
    """The last line on stderr."""
    return lambda: capfd.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("hold", "environments"),
        ("look", "environments"),
        ("look", "environments", "inspect"),
        ("apply",),
        ("playbook", "environments", "playbook-environment", "gone"),
        ("inspect", "environments", "more"),
    ],
)
def test_misuse_ends_with_2(run: Callable[..., Run], words: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit) as ended:
        run("environments").step(*words).done()
    assert ended.value.code == 2


def test_settings_that_are_missing_or_wrong_are_named_without_their_values(run: Callable[..., Run], last: Last) -> None:
    made = run("environments")
    step = made.step("look", "environments", "provision")
    del step.environment["IDP_REQUEST"]
    step.environment["IDP_API_URL"] = "a-secret"
    step.done(2)
    assert last() == (
        "idp: the settings do not hold: IDP_REQUEST: Field required; IDP_API_URL: Input should be a valid URL,"
        " relative URL without a base; compare them with the manifests."
    )
    step = made.step("look", "environments", "provision", settings={"IDP_STATE_BACKEND": "{"})
    step.done(2)
    assert 'error parsing value for field "state_backend"' in last()


@pytest.mark.parametrize(
    ("settings", "words", "said"),
    [
        ({}, ("look", "castles", "provision"), "There is no capability 'castles'; there are environments, storage"),
        (
            {"IDP_CATALOG": "idp.catalog"},
            ("look", "environments", "provision"),
            "Catalogue 'idp.catalog': write module:name",
        ),
        ({"IDP_TARGET": "moon"}, ("inspect", "environments"), "There is no target 'moon'; set IDP_TARGET to one of"),
        (
            {"IDP_STATE_BACKEND": '{"folder": "relative"}'},
            ("inspect", "environments"),
            "The target sandbox keeps all in one folder; set IDP_STATE_BACKEND",
        ),
        (
            {"IDP_STATE_BACKEND": '{"folder": "/a", "bucket": "b"}'},
            ("inspect", "environments"),
            "The target sandbox keeps all in one folder; set IDP_STATE_BACKEND",
        ),
        (
            {"IDP_REQUEST": '{"team": "payments", "name": "UPPER", "cpu": "4", "color": "red"}'},
            ("look", "environments", "provision"),
            "The request is none that environments takes: name: String should match pattern",
        ),
        ({"IDP_REQUEST": "{"}, ("look", "environments", "provision"), "takes: body: Invalid JSON"),
        ({}, ("apply", "environments"), "There is no saved plan at "),
        (
            {},
            ("playbook", "environments", "playbook-castle", "present"),
            "Capability environments has no playbook step 'playbook-castle'; it has playbook-environment.",
        ),
        (
            {},
            ("playbook", "storage", "playbook-x", "present"),
            "The request is none that storage takes: containers: Field required.",
        ),
        (
            {"IDP_OUTPUTS": "[]"},
            ("playbook", "environments", "playbook-environment", "present"),
            "IDP_OUTPUTS is no JSON object",
        ),
        (
            {"IDP_OUTPUTS": "{"},
            ("playbook", "environments", "playbook-environment", "present"),
            "IDP_OUTPUTS is no JSON object",
        ),
        (
            {},
            ("playbook", "environments", "playbook-environment", "present"),
            "not the one that was looked at (none was named); nothing was changed.",
        ),
        (
            {"IDP_INFRA": "/nowhere"},
            ("inspect", "environments"),
            "Target sandbox has no root for module environment: /nowhere/targets/sandbox/environment is missing",
        ),
        ({"IDP_TF_BIN": "/no/terraform"}, ("inspect", "environments"), "/no/terraform could not be started: No such"),
    ],
)
def test_what_cannot_be_done_is_said_in_the_last_line(
    run: Callable[..., Run], last: Last, settings: dict[str, str], words: tuple[str, ...], said: str
) -> None:
    run("environments").step(*words, settings=settings).done(1)
    line = last()
    assert line.startswith("idp: ")
    assert said in line


def test_a_capability_without_terraform_has_nothing_to_apply(run: Callable[..., Run], last: Last) -> None:
    step = run("configurations", settings={"A": "b"}).step("apply", "configurations")
    (step.work / "in" / "plan").write_text("x")
    step.done(1)
    assert last() == "idp: Capability configurations has no Terraform step; use its playbooks."


def test_a_playbook_that_fails_without_a_word_is_said_too(run: Callable[..., Run], last: Last) -> None:
    step = run("environments").playbook("playbook-environment", "present")
    step.environment["IDP_INFRA"] = str(step.work)
    step.done(1)
    assert last() == "idp: Playbook environment failed (exit code 1); the log has the reason."


def test_an_error_of_the_runner_itself_is_said_too(run: Callable[..., Run], last: Last) -> None:
    step = run("storage", containers=["abc"]).step("look", "storage", "provision")
    (step.work / "terraform.tfvars.json").mkdir()
    step.done(1)
    assert last().startswith("idp: the runner itself failed (IsADirectoryError(")


def test_another_plan_image_or_request_is_never_applied(run: Callable[..., Run], last: Last) -> None:
    storage = run("storage", containers=["abc"])
    looked = storage.look("provision")

    changed = storage.change(looked, "apply", "storage")
    (changed.work / "in" / "plan").write_bytes(b"another plan")
    changed.done(1)
    assert "is not the one that was looked at" in last()

    changed = storage.change(looked, "apply", "storage", IDP_IMAGE="runner:2")
    changed.done(1)
    assert "Plan, image and request give the digest" in last()

    storage.request = {**storage.request, "retention_days": 8}
    storage.change(looked, "apply", "storage").done(1)
    assert "Plan, image and request give the digest" in last()
    assert storage.world == []


def test_a_refused_permit_changes_nothing(run: Callable[..., Run], last: Last, permits: Permits) -> None:
    permits.answers = [(403, {"detail": "It was rejected by bob."})]
    storage = run("storage", containers=["abc"])
    storage.change(storage.look("provision"), "apply", "storage").done(1)
    assert last() == "idp: The permit was refused, nothing was changed: It was rejected by bob."
    assert storage.world == []
