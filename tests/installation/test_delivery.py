"""What a cluster that carries applications has beside idp: rights by hand, the namespace of builds, and strict schemas."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from idp.installation.delivery import delivery
from idp.render.files import texts
from idp.render.objects import delivery_objects
from idp.settings import DEFAULT_CATALOG
from tests.installation.schemas import errors

MANIFESTS = Path(__file__).parents[2] / "manifests"
OBJECTS = delivery()

RIGHTS = {
    ("look", "everywhere"): {"argoproj.io/rollouts": "get"},
    ("configure", "everywhere"): {
        "argoproj.io/rollouts": "get",
        "argoproj.io/analysisruns": "list",
        "/pods": "list",
    },
    ("look", "argocd"): {"argoproj.io/applications": "get list"},
    ("configure", "argocd"): {
        "argoproj.io/applications": "create delete get list patch",
        "argoproj.io/appprojects": "create delete get list patch",
    },
    ("look", "idp-state"): {"/configmaps": "get list"},
    ("configure", "idp-state"): {"/configmaps": "create delete get list patch"},
    ("configure", "idp-builds"): {"batch/jobs": "create delete get", "/pods": "list", "/pods/log": "get"},
}
"""Account and namespace -> what it may there besides."""


def _rights(rules: list[dict[str, Any]]) -> dict[str, str]:
    return {
        f"{group}/{resource}": " ".join(sorted(rule["verbs"]))
        for rule in rules
        for group in rule["apiGroups"]
        for resource in rule["resources"]
    }


def test_an_account_may_what_the_table_says_and_nothing_else() -> None:
    roles = {
        (each["kind"], each["metadata"]["name"], each["metadata"].get("namespace")): each["rules"]
        for each in OBJECTS
        if each["kind"] in {"Role", "ClusterRole"}
    }
    found = {}
    for each in OBJECTS:
        if each["kind"] in {"RoleBinding", "ClusterRoleBinding"}:
            (subject,) = each["subjects"]
            assert subject["namespace"] == "idp-runs"
            place = each["metadata"].get("namespace")
            rules = roles[each["roleRef"]["kind"], each["roleRef"]["name"], place]
            found[subject["name"], place or "everywhere"] = _rights(rules)
    assert found == RIGHTS
    assert len(roles) == len(found), "every role is bound once"


def test_builds_are_baseline_and_nobody_is_anybody_there() -> None:
    (namespace,) = (each["metadata"] for each in OBJECTS if each["kind"] == "Namespace")
    assert namespace["name"] == "idp-builds"
    assert set(namespace["labels"].values()) == {"baseline"}
    assert "ServiceAccount" not in {each["kind"] for each in OBJECTS}


def test_builds_reach_the_world_by_tls_and_no_private_network() -> None:
    (policy,) = (each["spec"] for each in OBJECTS if each["kind"] == "NetworkPolicy")
    names, outside = policy["egress"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert "ingress" not in policy
    assert {each["port"] for each in names["ports"]} == {53}
    assert outside["ports"] == [{"protocol": "TCP", "port": 443}]
    assert outside["to"][0]["ipBlock"]["except"] == [
        "10.0.0.0/8",
        "168.63.129.16/32",
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.168.0.0/16",
    ]


@pytest.mark.parametrize("each", OBJECTS, ids=lambda each: f"{each['kind']}-{each['metadata']['name']}")
def test_every_object_satisfies_its_schema(each: dict[str, Any]) -> None:
    assert list(errors(each)) == []


def test_the_committed_files_are_what_is_rendered_and_beside_the_manifests_own_kustomization() -> None:
    files = texts(delivery_objects(), DEFAULT_CATALOG)
    assert {path: (MANIFESTS / path).read_text("utf-8") for path in files} == files
    assert not [
        path
        for path in yaml.safe_load((MANIFESTS / "kustomization.yaml").read_text())["resources"]
        if "delivery" in path
    ]
