"""Environments in a real cluster, step by step, each step with the rights that are rendered for it."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.cluster.kubectl import Kubectl
from tests.cluster.target.steps import STATE, OnCluster

NAMESPACE = "env-targeta-one"

BUNDLE: list[tuple[str, str, dict[str, Any]]] = [
    ("resourcequota", "quota", {"spec": {"hard": {
        "limits.cpu": "4", "limits.memory": "8Gi", "requests.cpu": "4", "requests.memory": "8Gi",
    }}}),
    ("limitrange", "defaults", {"spec": {"limits": [{
        "type": "Container",
        "default": {"cpu": "100m", "memory": "128Mi"},
        "defaultRequest": {"cpu": "100m", "memory": "128Mi"},
    }]}}),
    ("networkpolicy", "default-deny", {"spec": {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}}),
    ("networkpolicy", "allow-own-dns-and-edge", {"spec": {
        "podSelector": {},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [{"from": [
            {"podSelector": {}},
            {"namespaceSelector": {"matchLabels": {"idp.io/edge": "true"}}},
        ]}],
        "egress": [
            {"to": [{"podSelector": {}}]},
            {
                "to": [{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}}],
                "ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}],
            },
        ],
    }}),
    ("rolebinding", "team", {
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "edit"},
        "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "team:targeta"}],
    }),
    ("serviceaccount", "workload", {"automountServiceAccountToken": False}),
]  # fmt: skip
"""What is in an environment: by hand."""

LABELS = {
    "idp.io/stage": "dev",
    "idp.io/team": "targeta",
    "kubernetes.io/metadata.name": NAMESPACE,
    "pod-security.kubernetes.io/enforce": "restricted",
}


def test_an_environment_is_made_found_unchanged_and_removed(
    run: Callable[..., OnCluster], kubectl: Kubectl, capfd: pytest.CaptureFixture[str]
) -> None:
    environment = run("environments")
    looked = environment.look("provision")
    assert looked.left("changes") == "4", "its resource group, identity, DNS record and vault"
    assert {one["actions"][0] for one in looked.summary["resources"]} == {"create"}
    assert kubectl.run("get", "namespace", NAMESPACE).returncode != 0, "looking makes nothing"

    applied = environment.change(looked, "apply", "environments").done()
    previewed = environment.look("provision")
    assert previewed.left("changes") == "7", "the namespace and what is in it, though there is no namespace yet"
    assert kubectl.run("get", "namespace", NAMESPACE).returncode != 0, "a preview makes nothing"
    environment.playbook("playbook-environment", "present", IDP_OUTPUTS=applied.left("outputs")).done()

    assert kubectl.json("get", "namespace", NAMESPACE)["metadata"]["labels"] == LABELS
    for kind, name, wanted in BUNDLE:
        found = kubectl.json("-n", NAMESPACE, "get", kind, name)
        assert {field: found[field] for field in wanted} == wanted, (kind, name)
    account = kubectl.json("-n", NAMESPACE, "get", "serviceaccount", "workload")
    assert account["metadata"]["annotations"] == {"idp.io/workload-identity": "id-targeta-one"}

    assert environment.look("provision").left("changes") == "0"
    environment.playbook("playbook-environment", "present", IDP_OUTPUTS=applied.left("outputs")).done()
    assert environment.step("inspect", "environments").done().left("changes") == "0"
    assert run("environments", cpu=8).look("provision").left("changes") == "1", "the quota"

    capfd.readouterr()
    environment.removed()
    assert "a-token" not in "".join(capfd.readouterr())
    assert kubectl.run("get", "namespace", NAMESPACE).returncode != 0
    assert kubectl.json("-n", STATE, "get", "secret,lease") == []
    assert environment.look("deprovision").left("changes") == "0"


def test_inspect_finds_each_change_made_by_hand_and_the_playbook_mends_it(
    run: Callable[..., OnCluster], kubectl: Kubectl
) -> None:
    environment = run("environments")
    outputs = environment.made()

    def patch(kind: str, name: str, patch: object) -> None:
        kubectl("-n", NAMESPACE, "patch", kind, name, "--type=merge", "-p", json.dumps(patch))

    kubectl("label", "namespace", NAMESPACE, "pod-security.kubernetes.io/enforce-")
    patch("resourcequota", "quota", {"spec": {"hard": {"requests.cpu": "64", "pods": "1"}}})
    patch("limitrange", "defaults", {"spec": {"limits": [{"type": "Container", "default": {"cpu": "1"}}]}})
    patch("networkpolicy", "default-deny", {"spec": {"ingress": [{}]}})
    kubectl("-n", NAMESPACE, "delete", "networkpolicy", "allow-own-dns-and-edge")
    patch("rolebinding", "team", {"subjects": [{"kind": "Group", "name": "everybody"}]})
    patch("serviceaccount", "workload", {"automountServiceAccountToken": True})

    inspected = environment.step("inspect", "environments").done()
    assert inspected.left("changes") == "7"
    for called in (
        f"Namespace {NAMESPACE}", "ResourceQuota quota", "LimitRange defaults", "NetworkPolicy default-deny",
        "NetworkPolicy allow-own-dns-and-edge", "RoleBinding team", "ServiceAccount workload",
    ):  # fmt: skip
        assert f"--- before: {called}\n" in inspected.summary["text"]

    environment.playbook("playbook-environment", "present", IDP_OUTPUTS=json.dumps(outputs)).done()
    assert environment.step("inspect", "environments").done().left("changes") == "0"
    assert kubectl.json("-n", NAMESPACE, "get", "resourcequota", "quota")["spec"] == BUNDLE[0][2]["spec"]


def test_what_others_add_beside_it_stays(run: Callable[..., OnCluster], kubectl: Kubectl) -> None:
    environment = run("environments")
    environment.made()
    kubectl("label", "namespace", NAMESPACE, "example.org/scanned=yes")
    kubectl("-n", NAMESPACE, "create", "configmap", "theirs", "--from-literal=A=b")

    assert environment.step("inspect", "environments").done().left("changes") == "0"
    larger = run("environments", memory_gib=16)
    larger.playbook("playbook-environment", "present").done()

    assert kubectl.json("get", "namespace", NAMESPACE)["metadata"]["labels"] == {**LABELS, "example.org/scanned": "yes"}
    assert kubectl.json("-n", NAMESPACE, "get", "configmap", "theirs")["data"] == {"A": "b"}


def test_settings_need_an_environment_and_those_not_named_stay(
    run: Callable[..., OnCluster], kubectl: Kubectl, capfd: pytest.CaptureFixture[str]
) -> None:
    first = run("configurations", settings={"LOG_LEVEL": "debug", "RETRIES": "yes"})
    first.step("look", "configurations", "perform").done(1)
    assert "There is no namespace env-targeta-one; request its environment first." in capfd.readouterr().err

    run("environments").made()
    looked = first.look("perform")
    assert looked.left("changes") == "1"
    first.change(looked, "playbook", "configurations", "playbook-by-playbook", "present").done()
    second = run("configurations", settings={"LOG_LEVEL": "1e3"})
    looked = second.look("perform")
    assert '+    "LOG_LEVEL": "1e3"' in looked.summary["text"]
    second.change(looked, "playbook", "configurations", "playbook-by-playbook", "present").done()

    found = kubectl.json("-n", NAMESPACE, "get", "configmap", "application-settings")["data"]
    assert found == {"LOG_LEVEL": "1e3", "RETRIES": "yes"}
    assert second.look("perform").left("changes") == "0"
    notice = run("configurations", playbook="maintenance_notice", settings={})
    notice.playbook("playbook-by-playbook", "present").done()
    assert notice.look("perform").left("changes") == "0", "an empty one is as it is"


def test_an_environment_that_is_still_going_is_not_made_again(
    run: Callable[..., OnCluster], kubectl: Kubectl, capfd: pytest.CaptureFixture[str]
) -> None:
    environment = run("environments")
    environment.made()
    held = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {
        "name": "held", "namespace": NAMESPACE, "finalizers": ["example.org/held"],
    }}  # fmt: skip
    kubectl.apply(held)
    kubectl("delete", "namespace", NAMESPACE, "--wait=false")
    capfd.readouterr()
    try:
        environment.playbook("playbook-environment", "present").done(1)
        assert "Namespace env-targeta-one is being removed; ask again when it is gone" in capfd.readouterr().err
    finally:
        kubectl("-n", NAMESPACE, "patch", "configmap", "held", "-p", '{"metadata": {"finalizers": null}}')


@pytest.mark.parametrize(
    "field",
    [
        {"team": "targeta; kubectl delete ns --all"},
        {"team": "kube-system"},
        {"name": "{{ lookup('pipe', 'id') }}"},
        {"name": "one\nspec: {}"},
        {"stage": "${file('/etc/passwd')}"},
        {"cpu": "4; exit"},
        {"memory_gib": 1e9},
    ],
)
def test_what_is_no_request_touches_nothing(run: Callable[..., OnCluster], kubectl: Kubectl, field: Any) -> None:
    hostile = run("environments", **field)
    hostile.step("look", "environments", "provision").done(1)
    hostile.playbook("playbook-environment", "present").done(1)
    assert kubectl.json("-n", STATE, "get", "secret") == []
    assert kubectl.json("get", "namespace", "-l", "idp.io/team=targeta") == []
