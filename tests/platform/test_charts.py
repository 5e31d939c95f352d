"""Our own charts, with the values that the applied roots give them."""

import json
import re
from pathlib import Path
from typing import Any

import jsonschema_rs
import kubernetes_validate
import pytest
import yaml

from tests.platform.ground import INFRA, MANIFESTS, OVERLAY
from tests.platform.helm import helm, rendered
from tests.platform.releases import releases
from tests.platform.terraform import resources

CHARTS = ("platform-config", "platform-edge", "platform-idp")
OTHERS_KINDS = {"Application", "AppProject", "Certificate", "ClusterIssuer", "ClusterSecretStore", "ExternalSecret"}
SCHEMAS = Path(__file__).parent / "schemas"

OBJECTS = {
    "platform-config": {
        "Certificate cert-manager/wildcard-tls",
        "ClusterIssuer letsencrypt-production",
        "ClusterIssuer letsencrypt-staging",
        "ClusterSecretStore platform",
        "ConfigMap external-dns/external-dns-azure",
        "ExternalSecret argo-rollouts/sign-in",
        "ExternalSecret argo/argo-server-sso",
        "Role idp-events/argo-operators",
        "Role idp-runs/argo-operators",
        "Role idp-runs/argo-readers",
        "RoleBinding idp-events/argo-operators",
        "RoleBinding idp-runs/argo-operators",
        "RoleBinding idp-runs/argo-readers",
        "Secret argo/archive",
        "Secret argo/operators.service-account-token",
        "Secret argo/readers.service-account-token",
        "ServiceAccount argo/operators",
        "ServiceAccount argo/readers",
        "ServiceAccount external-secrets/platform-secrets",
    },
    "platform-edge": {
        "Deployment argo-rollouts/sign-in",
        "Ingress argo-rollouts/argorollouts",
        "Ingress argo/argoworkflows",
        "Ingress argocd/argocd",
        "NetworkPolicy argo-rollouts/dashboard-behind-sign-in",
        "PodDisruptionBudget argo-rollouts/sign-in",
        "Service argo-rollouts/sign-in",
        "ServiceAccount argo-rollouts/sign-in",
    },
    "platform-idp": {"AppProject argocd/idp", "Application argocd/idp"},
}


@pytest.fixture(scope="module")
def values(plans: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Chart -> a file with its values, as the root `tools` gives them."""
    folder, released = tmp_path_factory.mktemp("values"), releases(plans["ground"])
    files = {chart: folder / f"{chart}.yaml" for chart in CHARTS}
    for chart, file in files.items():
        told = released[chart]["merged"]
        if chart == "platform-edge":  # the image is the chart's own
            told["signIn"] = {"image": "quay.io/oauth2-proxy/oauth2-proxy:v7.15.4", **told["signIn"]}
        file.write_text(yaml.safe_dump(told))
    return files


@pytest.fixture(scope="module")
def objects(values: dict[str, Path]) -> dict[str, dict[str, Any]]:
    """`Kind namespace/name` -> the object, over all charts."""
    return {_name(each): each for chart in CHARTS for each in rendered(INFRA / "charts" / chart, values[chart])}


@pytest.fixture(scope="module")
def manifests() -> list[dict[str, Any]]:
    """idp itself, as Argo CD applies it: the manifests and what the overlay adds to them."""
    files = [path for path in MANIFESTS.rglob("*.yaml") if path.name != "kustomization.yaml"]
    files.append(OVERLAY / "secrets.yaml")
    return [each for path in files for each in yaml.safe_load_all(path.read_text()) if each]


def _in_the_vault(plans: dict[str, Any]) -> set[str]:
    return {
        change["change"]["after"]["name"]
        for change in plans["aks"]["resource_changes"]
        if change["type"] == "azurerm_key_vault_secret"
    }


def _name(each: dict[str, Any]) -> str:
    metadata = each["metadata"]
    return f"{each['kind']} {metadata['namespace'] + '/' if 'namespace' in metadata else ''}{metadata['name']}"


@pytest.mark.parametrize("chart", CHARTS)
def test_a_chart_passes_helms_own_check(values: dict[str, Path], chart: str) -> None:
    helm("lint", "--strict", str(INFRA / "charts" / chart), "--values", str(values[chart]), "--kube-version", "1.36.0")


@pytest.mark.parametrize("chart", CHARTS)
def test_a_chart_renders_what_the_table_says(values: dict[str, Path], chart: str) -> None:
    assert {_name(each) for each in rendered(INFRA / "charts" / chart, values[chart])} == OBJECTS[chart]


@pytest.mark.parametrize("chart", CHARTS)
def test_a_chart_refuses_a_value_that_its_schema_does_not_know(
    values: dict[str, Path], chart: str, tmp_path: Path
) -> None:
    file = tmp_path / "values.yaml"
    file.write_text(values[chart].read_text() + "unknown: true\n")
    with pytest.raises(AssertionError, match="unknown"):
        rendered(INFRA / "charts" / chart, file)


def test_kubernetes_own_objects_satisfy_its_schemas(objects: dict[str, dict[str, Any]]) -> None:
    for each in objects.values():
        if each["kind"] not in OTHERS_KINDS:
            kubernetes_validate.validate(each, "1.36", strict=True)


def test_other_objects_satisfy_their_operators_schemas(objects: dict[str, dict[str, Any]]) -> None:
    for each in objects.values():
        if each["kind"] in OTHERS_KINDS:
            schema = json.loads((SCHEMAS / f"{each['kind']}.json").read_text())
            jsonschema_rs.validator_for(schema).validate(each)


def test_the_certificate_is_a_wildcard_renewed_by_a_share_of_its_life(objects: dict[str, dict[str, Any]]) -> None:
    spec = objects["Certificate cert-manager/wildcard-tls"]["spec"]
    assert spec["dnsNames"] == ["*.packetdance.com"]
    assert spec["renewBeforePercentage"] == 33
    assert not {"duration", "renewBefore"} & set(spec)
    assert spec["privateKey"]["rotationPolicy"] == "Always"
    assert spec["issuerRef"]["name"] == "letsencrypt-staging"


def test_the_certificate_goes_to_namespaces_that_ask_for_it_by_label(objects: dict[str, dict[str, Any]]) -> None:
    annotations = objects["Certificate cert-manager/wildcard-tls"]["spec"]["secretTemplate"]["annotations"]
    assert annotations == {"replicator.v1.mittwald.de/replicate-to-matching": "idp.io/wildcard-tls=true"}


def test_both_issuers_answer_by_dns_as_cert_managers_identity(
    objects: dict[str, dict[str, Any]], plans: dict[str, Any]
) -> None:
    where = plans["ground"]
    client_id = where.terraform.outputs(where.root("aks"))["for_tools"]["aks"]["client_ids"]["cert-manager"]
    servers = {}
    for name in ("staging", "production"):
        acme = objects[f"ClusterIssuer letsencrypt-{name}"]["spec"]["acme"]
        servers[name] = acme["server"]
        assert acme["solvers"][0]["dns01"]["azureDNS"]["managedIdentity"] == {"clientID": client_id}
        assert acme["solvers"][0]["dns01"]["azureDNS"]["resourceGroupName"] == "RG-core"
        assert acme["solvers"][0]["selector"] == {"dnsZones": ["packetdance.com"]}
    assert servers == {
        "staging": "https://acme-staging-v02.api.letsencrypt.org/directory",
        "production": "https://acme-v02.api.letsencrypt.org/directory",
    }


def test_the_platforms_vault_is_open_to_labelled_namespaces_by_an_identity_of_its_own(
    objects: dict[str, dict[str, Any]],
) -> None:
    spec = objects["ClusterSecretStore platform"]["spec"]
    assert spec["conditions"] == [{"namespaceSelector": {"matchLabels": {"idp.io/secrets": "platform"}}}]
    assert spec["provider"]["azurekv"]["authType"] == "WorkloadIdentity"
    account = spec["provider"]["azurekv"]["serviceAccountRef"]
    assert f"ServiceAccount {account['namespace']}/{account['name']}" in objects


def test_each_external_secret_is_in_a_namespace_that_the_store_serves_and_in_the_vault(
    objects: dict[str, dict[str, Any]], plans: dict[str, Any]
) -> None:
    served = {
        change["change"]["after"]["metadata"][0]["name"]
        for change in plans["tools"]["resource_changes"]
        if change["type"] == "kubernetes_namespace_v1"
        and "idp.io/secrets" in change["change"]["after"]["metadata"][0]["labels"]
    }
    made = _in_the_vault(plans)
    wanted = set()
    for each in objects.values():
        if each["kind"] == "ExternalSecret":
            assert each["metadata"]["namespace"] in served
            wanted |= {data["remoteRef"]["key"] for data in each["spec"]["data"]}
    assert wanted - made == {"argoworkflows-client-secret"}, "the one that an operator makes"
    assert made - wanted == {"event-source-token", "hook-key"}, "which idp's own manifests bring"


def test_nobody_changes_a_run_in_argos_own_interface(objects: dict[str, dict[str, Any]]) -> None:
    for name, each in objects.items():
        if name.startswith("Role "):
            assert {verb for rule in each["rules"] for verb in rule["verbs"]} == {"get", "list", "watch"}


def test_people_are_told_apart_by_their_groups(objects: dict[str, dict[str, Any]]) -> None:
    rules = {
        name: objects[f"ServiceAccount argo/{name}"]["metadata"]["annotations"] for name in ("operators", "readers")
    }
    assert rules["operators"]["workflows.argoproj.io/rbac-rule"] == "'11111111-1111-1111-1111-111111111111' in groups"
    assert re.findall(r"'(\d)", rules["readers"]["workflows.argoproj.io/rbac-rule"]) == ["3", "4"]
    precedence = {name: int(each["workflows.argoproj.io/rbac-rule-precedence"]) for name, each in rules.items()}
    assert precedence["operators"] > precedence["readers"]


def test_the_charts_bring_no_secret_value(objects: dict[str, dict[str, Any]]) -> None:
    brought = {name: each.get("stringData", {}) for name, each in objects.items() if name.startswith("Secret ")}
    assert brought["Secret argo/archive"] == {"username": "id-idp-argo-workflows", "password": ""}
    assert {name for name, data in brought.items() if data} == {"Secret argo/archive"}


BACKENDS = {
    "argoworkflows.packetdance.com": "argo/argo-workflows-server:2746",
    "argocd.packetdance.com": "argocd/argocd-server:80",
    "argorollouts.packetdance.com": "argo-rollouts/sign-in:80",
}


def test_each_host_leads_to_its_service_by_tls_without_annotations(objects: dict[str, dict[str, Any]]) -> None:
    found = {}
    for each in objects.values():
        if each["kind"] == "Ingress":
            rule = each["spec"]["rules"][0]
            service = rule["http"]["paths"][0]["backend"]["service"]
            found[rule["host"]] = f"{each['metadata']['namespace']}/{service['name']}:{service['port']['number']}"
            assert each["spec"]["tls"] == [{"hosts": [rule["host"]]}], (
                "the edge's own certificate, no secret of the namespace"
            )
            assert each["spec"]["ingressClassName"] == "nginx"
            assert "annotations" not in each["metadata"]
    assert found == BACKENDS


def test_the_rollouts_dashboard_stands_behind_a_sign_in(
    objects: dict[str, dict[str, Any]], plans: dict[str, Any]
) -> None:
    where = plans["ground"]
    client_id = where.terraform.outputs(where.root("tools"))["client_ids"]["argorollouts"]
    pod = objects["Deployment argo-rollouts/sign-in"]["spec"]["template"]
    arguments = dict(each.removeprefix("--").split("=", 1) for each in pod["spec"]["containers"][0]["args"])
    assert arguments["provider"] == "entra-id"
    assert arguments["entra-id-federated-token-auth"] == "true"
    assert arguments["client-id"] == client_id
    assert arguments["allowed-group"] == "11111111-1111-1111-1111-111111111111"
    assert arguments["redirect-url"] == "https://argorollouts.packetdance.com/oauth2/callback"
    assert pod["metadata"]["labels"]["azure.workload.identity/use"] == "true"
    assert (
        objects["ServiceAccount argo-rollouts/sign-in"]["metadata"]["annotations"]["azure.workload.identity/client-id"]
        == client_id
    )
    policy = objects["NetworkPolicy argo-rollouts/dashboard-behind-sign-in"]["spec"]
    assert policy["policyTypes"] == ["Ingress"]
    assert policy["ingress"][0]["from"] == [{"podSelector": {"matchLabels": {"app.kubernetes.io/name": "sign-in"}}}]
    assert policy["podSelector"]["matchLabels"] == {"app.kubernetes.io/component": "rollouts-dashboard"}


def test_the_sign_in_runs_as_restricted_pods_must(objects: dict[str, dict[str, Any]]) -> None:
    spec = objects["Deployment argo-rollouts/sign-in"]["spec"]["template"]["spec"]
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert spec["containers"][0]["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }


def test_argo_cd_applies_idp_and_tells_it_whose_tokens_and_which_identities(
    objects: dict[str, dict[str, Any]], plans: dict[str, Any]
) -> None:
    where = plans["ground"]
    aks = where.terraform.outputs(where.root("aks"))["for_tools"]["aks"]
    audience = where.terraform.outputs(where.root("tools"))["client_ids"]["api"]
    spec = objects["Application argocd/idp"]["spec"]
    assert (spec["source"]["path"], spec["source"]["targetRevision"]) == ("infra/overlays/azure", "v0.1.0")
    patches = {
        (patch["target"]["kind"], patch["target"]["name"]): yaml.safe_load(patch["patch"])
        for patch in spec["source"]["kustomize"]["patches"]
    }
    for account in ("api", "look", "apply", "configure"):
        (patch,) = patches.pop(("ServiceAccount", account))
        assert patch["value"]["azure.workload.identity/client-id"] == aks["client_ids"][account]
    told = patches.pop(("ConfigMap", "runner"))["data"]
    assert json.loads(told["IDP_STATE_BACKEND"]) == {"storage_account_name": "stidpcore0f3a", "container_name": "state"}
    assert json.loads(told["IDP_TARGET_SETTINGS"]) == aks["for_runs"]
    (container,) = patches.pop(("Deployment", "api"))["spec"]["template"]["spec"]["containers"]
    assert container == {
        "name": "api",
        "env": [
            {"name": "IDP_ISSUER", "value": f"https://login.microsoftonline.com/{aks['tenant_id']}/v2.0"},
            {"name": "IDP_AUDIENCE", "value": audience},
            {
                "name": "IDP_LEDGER_URL",
                "value": f"postgresql://{aks['ledger_role']}@{aks['postgresql_fqdn']}:5432/ledger?sslmode=verify-full",
                "valueFrom": None,
            },
        ],
    }
    assert patches == {}


def test_what_argo_cd_patches_is_in_the_manifests(
    objects: dict[str, dict[str, Any]], manifests: list[dict[str, Any]]
) -> None:
    there = {(each["kind"], each["metadata"]["name"]) for each in manifests}
    patches = objects["Application argocd/idp"]["spec"]["source"]["kustomize"]["patches"]
    assert {(patch["target"]["kind"], patch["target"]["name"]) for patch in patches} <= there
    (api,) = (each for each in manifests if each["kind"] == "Deployment" and each["metadata"]["name"] == "api")
    (container,) = api["spec"]["template"]["spec"]["containers"]
    assert container["name"] == "api"
    assert {"IDP_ISSUER", "IDP_AUDIENCE", "IDP_LEDGER_URL"} <= {each["name"] for each in container["env"]}


def test_argo_cd_may_apply_what_idp_is_and_no_more(
    objects: dict[str, dict[str, Any]], manifests: list[dict[str, Any]]
) -> None:
    project = objects["AppProject argocd/idp"]["spec"]
    namespaces = {each["metadata"]["namespace"] for each in manifests if "namespace" in each["metadata"]}
    assert {each["namespace"] for each in project["destinations"]} == namespaces
    of_the_cluster = {
        (each["apiVersion"].rpartition("/")[0], each["kind"])
        for each in manifests
        if "namespace" not in each["metadata"]
    }
    assert {(each["group"], each["kind"]) for each in project["clusterResourceWhitelist"]} == of_the_cluster


def test_idps_own_secrets_are_in_the_vault(manifests: list[dict[str, Any]], plans: dict[str, Any]) -> None:
    wanted = {
        data["remoteRef"]["key"]
        for each in manifests
        if each["kind"] == "ExternalSecret"
        for data in each["spec"]["data"]
    }
    assert wanted == {"event-source-token", "hook-key"}
    assert wanted <= _in_the_vault(plans), "no operator makes any"


def test_terraform_and_idps_manifests_agree_on_its_namespaces(
    manifests: list[dict[str, Any]], plans: dict[str, Any]
) -> None:
    theirs = {each["metadata"]["name"]: each["metadata"]["labels"] for each in manifests if each["kind"] == "Namespace"}
    ours = {
        values["metadata"][0]["name"]: values["metadata"][0]["labels"]
        for values in resources(plans["tools"]).values()
        if values.get("metadata") and values["metadata"][0]["name"] in theirs
    }
    assert set(ours) == {"idp", "idp-events", "idp-runs"}
    for name, labels in ours.items():
        assert labels.items() >= theirs[name].items()
