"""What is installed, in which version, with which identity, and in what order: tables by hand."""

import json
from typing import Any

import pytest
import yaml

from tests.platform.ground import MANIFESTS
from tests.platform.releases import releases
from tests.platform.terraform import resources

VERSIONS = {
    "argo-events": ("argo-events", "2.4.22", "https://argoproj.github.io/argo-helm"),
    "argo-rollouts": ("argo-rollouts", "2.41.0", "https://argoproj.github.io/argo-helm"),
    "argo-workflows": ("argo-workflows", "1.0.18", "https://argoproj.github.io/argo-helm"),
    "argocd": ("argo-cd", "10.1.1", "https://argoproj.github.io/argo-helm"),
    "cert-manager": ("cert-manager", "v1.21.1", "oci://quay.io/jetstack/charts"),
    "external-dns": ("external-dns", "1.21.1", "https://kubernetes-sigs.github.io/external-dns"),
    "external-secrets": ("external-secrets", "2.9.0", "https://charts.external-secrets.io"),
    "kubernetes-replicator": ("kubernetes-replicator", "2.12.4", "https://helm.mittwald.de"),
    "nginx-ingress": ("nginx-ingress", "2.6.4", "oci://ghcr.io/nginx/charts"),
}
"""Release -> (chart, version, repository) of others' charts."""

NAMESPACES = {
    "argo": ("restricted", {"idp.io/secrets": "platform"}),
    "argo-events": ("restricted", {}),
    "argo-rollouts": ("restricted", {"idp.io/secrets": "platform"}),
    "argocd": ("restricted", {}),
    "cert-manager": ("restricted", {}),
    "edge": ("baseline", {"idp.io/wildcard-tls": "true", "idp.io/client": "true"}),
    "external-dns": ("restricted", {}),
    "external-secrets": ("restricted", {}),
    "idp": ("restricted", {"idp.io/secrets": "platform"}),
    "idp-events": ("restricted", {"idp.io/secrets": "platform"}),
    "idp-runs": ("restricted", {}),
    "replicator": ("restricted", {}),
}
"""Namespace -> (Pod Security, labels that open something)."""


@pytest.fixture(scope="module")
def released(plans: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return releases(plans["ground"])


@pytest.mark.parametrize("name", VERSIONS)
def test_each_chart_is_pinned(released: dict[str, dict[str, Any]], name: str) -> None:
    release = released[name]
    assert (release["chart"], release["version"], release["repository"]) == VERSIONS[name]


def test_there_is_no_other_release_but_ours(released: dict[str, dict[str, Any]]) -> None:
    assert set(released) - set(VERSIONS) == {"platform-config", "platform-edge", "platform-idp"}


def test_a_release_is_installed_wholly_or_not_at_all(released: dict[str, dict[str, Any]]) -> None:
    for release in released.values():
        fixed = {
            key: release[key]
            for key in ("atomic", "cleanup_on_fail", "wait", "wait_for_jobs", "create_namespace", "max_history")
        }
        assert fixed == {
            "atomic": True,
            "cleanup_on_fail": True,
            "wait": True,
            "wait_for_jobs": True,
            "create_namespace": False,
            "max_history": 5,
        }


def test_each_namespace_is_as_strict_and_as_open_as_the_table_says(plans: dict[str, Any]) -> None:
    found = {}
    for address, values in resources(plans["tools"]).items():
        if address.startswith("kubernetes_namespace_v1."):
            labels = values["metadata"][0]["labels"]
            opening = {key: value for key, value in labels.items() if key.startswith("idp.io/")}
            found[values["metadata"][0]["name"]] = (labels["pod-security.kubernetes.io/enforce"], opening)
    assert found == NAMESPACES


def test_each_tool_acts_as_its_own_identity(plans: dict[str, Any], released: dict[str, dict[str, Any]]) -> None:
    where = plans["ground"]
    client_ids = where.terraform.outputs(where.root("aks"))["for_tools"]["aks"]["client_ids"]
    applications = where.terraform.outputs(where.root("tools"))["client_ids"]
    annotation = "azure.workload.identity/client-id"

    def acting(release: str, *path: str) -> str:
        value = released[release]["merged"]
        for key in (*path, "serviceAccount", "annotations", annotation):
            value = value[key]
        return str(value)

    assert acting("cert-manager") == client_ids["cert-manager"]
    assert acting("external-dns") == client_ids["external-dns"]
    assert acting("argo-workflows", "controller") == client_ids["argo-workflows"]
    assert acting("argo-workflows", "server") == client_ids["argo-workflows"]
    assert acting("argocd", "server") == applications["argocd"]
    assert len(set(client_ids.values())) == len(client_ids)


@pytest.mark.parametrize(
    ("release", "path"),
    [
        ("argo-workflows", ("controller", "podLabels")),
        ("argo-workflows", ("server", "podLabels")),
        ("argo-workflows", ("controller", "workflowDefaults", "spec", "podMetadata", "labels")),
        ("argocd", ("server", "podLabels")),
        ("cert-manager", ("podLabels",)),
        ("external-dns", ("podLabels",)),
    ],
)
def test_pods_that_need_a_token_of_entra_get_one(
    released: dict[str, dict[str, Any]], release: str, path: tuple[str, ...]
) -> None:
    value = released[release]["merged"]
    for key in path:
        value = value[key]
    assert value == {"azure.workload.identity/use": "true"}


def test_argo_workflows_runs_reviewed_templates_only_and_lets_people_look(released: dict[str, dict[str, Any]]) -> None:
    values = released["argo-workflows"]["merged"]
    controller, server = values["controller"], values["server"]
    assert controller["workflowRestrictions"] == {"templateReferencing": "Strict"}
    assert controller["workflowNamespaces"] == ["idp-runs"]
    assert controller["clusterWorkflowTemplates"] == server["clusterWorkflowTemplates"] == {"enabled": False}
    assert values["workflow"] == {"serviceAccount": {"create": False}, "rbac": {"create": False}}
    assert server["authModes"] == ["sso", "client"]
    assert server["sso"]["enabled"]
    assert server["sso"]["rbac"]["enabled"]
    assert server["sso"]["redirectUrl"] == "https://argoworkflows.packetdance.com/oauth2/callback"
    assert server["sso"]["clientSecret"] == {"name": "argo-server-sso", "key": "client-secret"}
    for container in (values["executor"], server):
        assert container["securityContext"] == {
            "runAsNonRoot": True,
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "seccompProfile": {"type": "RuntimeDefault"},
            "readOnlyRootFilesystem": True,
        }


def test_argo_workflows_archives_and_stores_without_a_password_or_a_key(released: dict[str, dict[str, Any]]) -> None:
    values = released["argo-workflows"]["merged"]
    database = values["controller"]["persistence"]["postgresql"]
    assert database["azureToken"] == {"enabled": True}
    assert database["userNameSecret"] == {"name": "archive", "key": "username"}
    assert database["passwordSecret"] == {"name": "archive", "key": "password"}
    assert (database["host"], database["database"], database["ssl"]) == (
        "/standin/azurerm_postgresql_flexible_server/psql-idp-0f3a/fqdn",
        "archive",
        True,
    )
    assert values["useStaticCredentials"] is False
    assert values["artifactRepository"]["azure"] == {
        "endpoint": "https://stidpcore0f3a.blob.core.windows.net",
        "container": "plans",
        "useSDKCreds": True,
        "blobNameFormat": "{{workflow.namespace}}/{{workflow.name}}/{{pod.name}}",
    }


def test_argo_events_has_the_bus_that_the_manifests_name(released: dict[str, dict[str, Any]]) -> None:
    bus = yaml.safe_load((MANIFESTS / "events/event-bus.yaml").read_text())
    versions = [each["version"] for each in released["argo-events"]["merged"]["configs"]["jetstream"]["versions"]]
    assert versions == [bus["spec"]["jetstream"]["version"]]
    assert released["argo-events"]["merged"]["global"]["image"]["tag"] == "v1.9.11"


def test_the_bus_is_on_the_clusters_own_storage_class() -> None:
    bus = yaml.safe_load((MANIFESTS / "events/event-bus.yaml").read_text())
    assert set(bus["spec"]["jetstream"]["persistence"]) == {"accessMode", "volumeSize"}


def test_argo_cd_knows_people_by_entra_alone(released: dict[str, dict[str, Any]]) -> None:
    values = released["argocd"]["merged"]
    assert values["configs"]["cm"]["admin.enabled"] == "false"
    assert values["configs"]["cm"]["exec.enabled"] == "false"
    assert values["configs"]["cm"]["url"] == "https://argocd.packetdance.com"
    assert values["dex"] == {"enabled": False}
    oidc = yaml.safe_load(values["configs"]["cm"]["oidc.config"])
    assert oidc["azure"] == {"useWorkloadIdentity": True}
    assert "clientSecret" not in oidc
    assert values["configs"]["rbac"]["policy.default"] == ""
    assert values["configs"]["rbac"]["policy.csv"].splitlines() == [
        "g, 11111111-1111-1111-1111-111111111111, role:admin",
        "g, 44444444-4444-4444-4444-444444444444, role:readonly",
    ]


def test_people_are_signed_in_by_the_platforms_tenant(
    plans: dict[str, Any], released: dict[str, dict[str, Any]]
) -> None:
    where = plans["ground"]
    tenant = where.terraform.outputs(where.root("aks"))["for_tools"]["aks"]["tenant_id"]
    argo_cd = yaml.safe_load(released["argocd"]["merged"]["configs"]["cm"]["oidc.config"])
    argo_workflows = released["argo-workflows"]["merged"]["server"]["sso"]
    assert argo_cd["issuer"] == argo_workflows["issuer"] == f"https://login.microsoftonline.com/{tenant}/v2.0"


def test_the_rollouts_dashboard_changes_nothing(released: dict[str, dict[str, Any]]) -> None:
    assert released["argo-rollouts"]["merged"]["dashboard"]["readonly"] is True


def test_the_edge_reads_one_namespaces_secrets_and_takes_no_code(released: dict[str, dict[str, Any]]) -> None:
    controller = released["nginx-ingress"]["merged"]["controller"]
    assert controller["watchSecretNamespace"] == "edge"
    assert (controller["enableSnippets"], controller["enableCustomResources"]) == (False, False)
    assert controller["wildcardTLS"] == controller["defaultTLS"] == {"secret": "edge/wildcard-tls"}
    assert controller["config"]["entries"]["ssl-protocols"] == "TLSv1.2 TLSv1.3"
    assert controller["config"]["entries"]["redirect-to-https"] == "true"
    assert controller["readOnlyRootFilesystem"] is True
    assert controller["replicaCount"] == 3


def test_a_public_edge_lets_in_the_named_ranges_only(released: dict[str, dict[str, Any]]) -> None:
    assert released["nginx-ingress"]["merged"]["controller"]["service"] == {
        "type": "LoadBalancer",
        "externalTrafficPolicy": "Local",
        "loadBalancerSourceRanges": ["203.0.113.0/24"],
        "annotations": {},
    }


def test_a_private_edge_has_an_address_of_the_network(plans: dict[str, Any]) -> None:
    where = plans["ground"]
    plan = where.terraform.plan(where.root("tools"), '-var=edge={"exposure":"private"}')
    values = resources(plan)["module.nginx_ingress.helm_release.this"]["values"][1]
    assert yaml.safe_load(values)["controller"]["service"] == {
        "loadBalancerSourceRanges": [],
        "annotations": {
            "service.beta.kubernetes.io/azure-load-balancer-internal": "true",
            "service.beta.kubernetes.io/azure-load-balancer-internal-subnet": "snet-ingress",
        },
    }
    subnets = [
        values["name"] for address, values in resources(plans["network"]).items() if "azurerm_subnet.this" in address
    ]
    assert "snet-ingress" in subnets


def test_names_are_written_below_the_domain_only_and_by_their_owner(released: dict[str, dict[str, Any]]) -> None:
    values = released["external-dns"]["merged"]
    assert values["domainFilters"] == ["packetdance.com"]
    assert (values["txtOwnerId"], values["registry"], values["sources"]) == ("aks-idp", "txt", ["ingress"])


def test_the_replicator_copies_secrets_alone_and_none_unasked(released: dict[str, dict[str, Any]]) -> None:
    values = released["kubernetes-replicator"]["merged"]
    assert values["args"] == ["-allow-all=false"]
    assert {kind for kind, enabled in values["replicationEnabled"].items() if enabled} == {"secrets"}


def test_operators_come_before_what_they_operate(plans: dict[str, Any]) -> None:
    calls = plans["tools"]["configuration"]["root_module"]["module_calls"]
    order = {
        name: {each.removeprefix("module.") for each in call.get("depends_on", [])}
        for name, call in calls.items()
        if call.get("depends_on")
    }
    assert order == {
        "argo_workflows": {"platform_config"},
        "external_dns": {"platform_config"},
        "nginx_ingress": {"platform_config", "replicator"},
        "platform_config": {"cert_manager", "external_secrets", "kubernetes_namespace_v1.this"},
        "platform_edge": {"argo_cd", "argo_rollouts", "argo_workflows", "nginx_ingress"},
        "platform_idp": {"argo_cd", "argo_events", "argo_workflows"},
    }


APPLICATIONS = {
    "sign_in_argoworkflows": ({"https://argoworkflows.packetdance.com/oauth2/callback"}, set(), 3, set()),
    "sign_in_argocd": (
        {"https://argocd.packetdance.com/auth/callback"},
        {"http://localhost:8085/auth/callback"},
        2,
        {"argocd:argocd-server"},
    ),
    "sign_in_argorollouts": (
        {"https://argorollouts.packetdance.com/oauth2/callback"},
        set(),
        1,
        {"argo-rollouts:sign-in"},
    ),
    "sign_in_api": (set(), {"http://localhost"}, 3, set()),
}
"""Application -> (addresses people come back to, those of command lines, groups that may sign in, ServiceAccounts that act as it)."""


@pytest.mark.parametrize("module", APPLICATIONS)
def test_an_application_lets_only_its_groups_sign_in_and_has_no_secret(plans: dict[str, Any], module: str) -> None:
    planned = {
        address.removeprefix(f"module.{module}."): values
        for address, values in resources(plans["tools"]).items()
        if f"module.{module}." in address
    }
    web, native, groups, accounts = APPLICATIONS[module]
    application = planned["azuread_application.this"]
    assert set(application["web"][0]["redirect_uris"]) == web
    assert set(application["public_client"][0]["redirect_uris"]) == native
    assert application["web"][0]["implicit_grant"] == [
        {"access_token_issuance_enabled": False, "id_token_issuance_enabled": False}
    ]
    assert application["sign_in_audience"] == "AzureADMyOrg"
    assert application["prevent_duplicate_names"] is True
    assert application["group_membership_claims"] == ["ApplicationGroup"]
    assert application["api"][0]["requested_access_token_version"] == 2
    assert application["password"] == []
    assert planned["azuread_service_principal.this"]["app_role_assignment_required"] is True
    assert len([address for address in planned if "azuread_app_role_assignment" in address]) == groups
    federated = [values for address, values in planned.items() if "federated" in address]
    assert {each["subject"] for each in federated} == {f"system:serviceaccount:{account}" for account in accounts}
    assert {json.dumps(each["audiences"]) for each in federated} <= {'["api://AzureADTokenExchange"]'}


def test_people_get_a_token_for_the_api_by_the_azure_cli_and_for_nothing_else(plans: dict[str, Any]) -> None:
    planned = resources(plans["tools"])
    applications = {
        address.split(".")[1]: values["api"][0]
        for address, values in planned.items()
        if address.endswith("azuread_application.this")
    }
    scopes = {name: [each["value"] for each in api["oauth2_permission_scope"]] for name, api in applications.items()}
    assert scopes == {name: ["access"] if name == "sign_in_api" else [] for name in APPLICATIONS}
    mapped = {name for name, api in applications.items() if api["mapped_claims_enabled"]}
    assert mapped == {"sign_in_api"}
    clients = {
        address.split(".")[1]: values["authorized_client_id"]
        for address, values in planned.items()
        if "azuread_application_pre_authorized" in address
    }
    assert clients == {"sign_in_api": "04b07795-8ddb-461a-bbee-02f9e1bf7b46"}, "the Azure CLI's, in every tenant"


def test_roles_of_the_api_are_given_to_the_groups_that_have_them(plans: dict[str, Any]) -> None:
    application = resources(plans["tools"])["module.sign_in_api.azuread_application.this"]
    assert {role["value"]: role["description"] for role in application["app_role"]} == {
        "approver": "Decides about changes of production.",
        "developer": "Asks for what the team needs.",
        "operator": "Sees every team's requests.",
    }
    where = plans["ground"]
    shown = json.loads(where.terraform(where.root("tools"), "show", "-json"))
    applied = resources({"planned_values": shown["values"]})
    for group, role in (("approvers", "approver"), ("developers", "developer"), ("operators", "operator")):
        given = applied[f'module.sign_in_api.azuread_app_role_assignment.members["{group}"]']
        assert given["app_role_id"] == applied[f'module.sign_in_api.random_uuid.role["{role}"]']["result"]
