"""What each target adds to Terraform and Ansible: by hand."""

from typing import Any

import pytest

from idp.errors import StepError
from idp.runner.targets import target

KEY = "payments/environments/checkout"
SUFFIX = "payments.environments.checkout.742aff5721ce"


def test_in_a_pod_the_cluster_is_the_pods_own() -> None:
    found = target("kubernetes", {"namespace": "idp-state"}, KEY, {})

    assert found.backend == {"namespace": "idp-state", "secret_suffix": SUFFIX, "in_cluster_config": "true"}
    assert found.variables == {}
    assert found.environment == {}
    selector = f"tfstateSecretSuffix={SUFFIX}"
    assert found.forget == ("kubectl", "--namespace", "idp-state", "delete", "secret,lease", "--selector", selector)


def test_outside_a_file_says_which() -> None:
    found = target("kubernetes", {"namespace": "states", "config_path": "/home/ada/kubeconfig"}, KEY, {})

    assert found.backend == {"namespace": "states", "secret_suffix": SUFFIX}, "a saved plan keeps it: no identity"
    assert found.environment == dict.fromkeys(("KUBE_CONFIG_PATHS", "K8S_AUTH_KUBECONFIG"), "/home/ada/kubeconfig")
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
        target("kubernetes", backend, KEY, {})
    assert "secret" not in str(refused.value)


def test_an_unknown_target_is_refused_with_those_there_are() -> None:
    with pytest.raises(StepError, match="set IDP_TARGET to one of sandbox, kubernetes, azure"):
        target("moon", {}, KEY, {})


BLOB = {"storage_account_name": "stidpcore", "container_name": "state"}
NETWORK = "/subscriptions/0/resourceGroups/RG-idp-net/providers/Microsoft.Network"
TOLD = {
    "subscription_id": "22222222-2222-2222-2222-222222222222",
    "tenant_id": "99999999-9999-9999-9999-999999999999",
    "location": "westeurope",
    "oidc_issuer_url": "https://issuer.example/",
    "log_analytics_workspace_id": "/subscriptions/0/workspaces/log",
    "private_endpoints_subnet_id": f"{NETWORK}/virtualNetworks/v/subnets/private-endpoints",
    "machines_subnet_id": f"{NETWORK}/virtualNetworks/v/subnets/machines",
    "private_dns_zone_ids": {
        name: f"{NETWORK}/privateDnsZones/{name}" for name in ("blob", "mssql", "postgresql", "redis", "vault")
    },
    "monthly_budget": {"dev": 100, "staging": 300, "prod": 2000},
    "budget_receivers": ["finops@example.com"],
    "operators": {"idp-operators": "11111111-1111-1111-1111-111111111111"},
}


def test_azure_keeps_state_in_a_blob_and_knows_a_step_by_its_workload_identity() -> None:
    found = target("azure", BLOB, KEY, TOLD)

    assert found.backend == {**BLOB, "key": KEY, "use_azuread_auth": "true", "use_oidc": "true"}
    assert found.variables == {"azure": TOLD}
    assert found.environment == {
        "ARM_USE_AKS_WORKLOAD_IDENTITY": "true",
        "ARM_USE_OIDC": "true",
        "ARM_USE_CLI": "false",
        "ARM_USE_MSI": "false",
        "ARM_SUBSCRIPTION_ID": TOLD["subscription_id"],
        "ARM_TENANT_ID": TOLD["tenant_id"],
    }


@pytest.mark.parametrize("backend", [{}, {"storage_account_name": "st"}, {**BLOB, "access_key": "secret"}])
def test_azure_takes_no_credential_for_its_state(backend: dict[str, str]) -> None:
    with pytest.raises(StepError, match=r"one storage account; set IDP_STATE_BACKEND to \{") as refused:
        target("azure", backend, KEY, TOLD)
    assert "secret" not in str(refused.value)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"tenant_id": "packetdance"}, "tenant_id: String should match pattern"),
        ({"oidc_issuer_url": "http://issuer.example"}, "oidc_issuer_url: String should match pattern"),
        ({"location": "West Europe"}, "location: String should match pattern"),
        ({"budget_receivers": []}, "budget_receivers: List should have at least 1 item"),
        ({"monthly_budget": {"dev": 1, "staging": 0, "prod": 1}}, "monthly_budget.staging: Input should be greater"),
        ({"private_dns_zone_ids": {}}, "private_dns_zone_ids.blob: Field required; private_dns_zone_ids.mssql:"),
        ({"operators": {"ada": "ada@example.com"}}, "operators.ada: String should match pattern"),
        ({"client_secret": "hunter2"}, "client_secret: Extra inputs are not permitted"),
    ],
)
def test_what_azure_is_told_is_checked_and_never_repeated(change: dict[str, Any], said: str) -> None:
    with pytest.raises(StepError) as refused:
        target("azure", BLOB, KEY, TOLD | change)
    assert said in str(refused.value)
    assert str(refused.value).endswith("Set IDP_TARGET_SETTINGS to the output `for_runs` of infra/platform/aks.")
    assert "hunter2" not in str(refused.value)


def test_what_azure_must_know_may_not_be_missing() -> None:
    with pytest.raises(StepError, match="subscription_id: Field required; tenant_id: Field required"):
        target("azure", BLOB, KEY, {})


def test_another_target_is_told_nothing() -> None:
    with pytest.raises(StepError, match="IDP_TARGET_SETTINGS is of no use to the target sandbox: unset it"):
        target("sandbox", {"folder": "/a"}, KEY, TOLD)
