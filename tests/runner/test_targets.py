"""What each target adds to Terraform and Ansible: by hand."""

import pytest

from idp.errors import StepError
from idp.runner.targets import target

KEY = "payments/environments/checkout"
SUFFIX = "payments.environments.checkout.742aff5721ce"


def test_in_a_pod_the_cluster_is_the_pods_own() -> None:
    found = target("kubernetes", {"namespace": "idp-state"}, KEY)

    assert found.backend == {"namespace": "idp-state", "secret_suffix": SUFFIX, "in_cluster_config": "true"}
    assert found.variables == {}
    assert found.environment == {}
    selector = f"tfstateSecretSuffix={SUFFIX}"
    assert found.forget == ("kubectl", "--namespace", "idp-state", "delete", "secret,lease", "--selector", selector)


def test_outside_a_file_says_which() -> None:
    found = target("kubernetes", {"namespace": "states", "config_path": "/home/ada/kubeconfig"}, KEY)

    assert found.backend == {"namespace": "states", "secret_suffix": SUFFIX, "config_path": "/home/ada/kubeconfig"}
    assert found.environment == {"K8S_AUTH_KUBECONFIG": "/home/ada/kubeconfig"}
    assert found.forget[:4] == ("kubectl", "--kubeconfig", "/home/ada/kubeconfig", "--namespace")


@pytest.mark.parametrize(
    "backend",
    [
        {},
        {"config_path": "/kubeconfig"},
        {"namespace": "idp-state", "config_path": "kubeconfig"},
        {"namespace": "idp-state", "token": "secret"},
        {"folder": "/a"},
    ],
)
def test_settings_that_do_not_fit_are_refused_with_those_that_do(backend: dict[str, str]) -> None:
    with pytest.raises(StepError, match=r'set IDP_STATE_BACKEND to \{"namespace": "idp-state"\} in a pod') as refused:
        target("kubernetes", backend, KEY)
    assert "secret" not in str(refused.value)


def test_an_unknown_target_is_refused_with_those_there_are() -> None:
    with pytest.raises(StepError, match="set IDP_TARGET to one of sandbox, kubernetes"):
        target("moon", {}, KEY)
