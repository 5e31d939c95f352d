"""The admission policies in a real API server, against the tables that a CEL judges without one.

They are in force in a namespace of these tests, so that no run of the platform is touched: rendered as always, with this
namespace in place of the one of the runs, and names of their own.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

import pytest

from idp import names
from idp.catalog import CATALOG
from idp.installation.guardrails import guardrails
from tests.cluster.asking import Answer, Asking, asking
from tests.cluster.installed import Platform
from tests.cluster.kubectl import Kubectl, KubectlError, until
from tests.installation.judging import (
    ADMIN,
    CHANGED,
    CREATED,
    GROUPS,
    ID,
    PODS,
    SENSOR,
    TABLES,
    TEMPLATES,
    Case,
    workflow,
)

NAMESPACE: Final = "idp-guarded"
GROUP: Final = "idp-guarded"
"""May do everything, as far as RBAC goes: what is refused is refused by a policy."""
RUN: Final = f"environments-{ID}"
POD: Final = "step"


def here(thing: Any) -> Any:
    """With this namespace in place of that of the runs, and policies of other names."""
    text = json.dumps(thing).replace(f'"{names.NAMESPACE_RUNS}"', f'"{NAMESPACE}"')
    return json.loads(text)


def policies() -> list[dict[str, Any]]:
    found = here(guardrails(CATALOG))
    for each in found[1:]:
        each["metadata"]["name"] = f"guarded-{each['metadata']['name']}"
        if each["kind"].endswith("Binding"):
            each["spec"]["policyName"] = each["metadata"]["name"]
    return list(found)


def template() -> dict[str, Any]:
    """A run that waits at once, and for good."""
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "WorkflowTemplate",
        "metadata": {"name": "environments", "namespace": NAMESPACE},
        "spec": {"arguments": {"parameters": [{"name": each} for each in names.PARAMETERS]}, "templates": [{"name": "provision", "suspend": {}}]},
    }  # fmt: skip


TOLD: Final = (names.RUNNER_CONFIG, names.ARTIFACT_REPOSITORIES)


def config_map(name: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": NAMESPACE}}


def pod() -> dict[str, Any]:
    restricted = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}
    container = {"name": "main", "image": "busybox:1.35", "command": ["sleep", "3600"], "securityContext": restricted}
    security = {"runAsNonRoot": True, "runAsUser": 10001, "seccompProfile": {"type": "RuntimeDefault"}}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": POD, "namespace": NAMESPACE},
        "spec": {"containers": [container], "securityContext": security, "terminationGracePeriodSeconds": 0},
    }


@pytest.fixture(scope="module")
def cluster(kubectl: Kubectl, platform: Platform) -> Iterator[Asking]:
    """A waiting run, a running pod, and the policies in force.

    Beside the installed ones: an API server (1.35) whose last policy with ConfigMaps as parameters goes reads none for the
    next one, and refuses everything until it starts again (docs/guides/install.md).
    """
    assert platform.url
    rbac = "rbac.authorization.k8s.io"
    binding = {
        "apiVersion": f"{rbac}/v1",
        "kind": "ClusterRoleBinding",
        "metadata": {"name": GROUP},
        "roleRef": {"apiGroup": rbac, "kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"apiGroup": rbac, "kind": "Group", "name": GROUP}],
    }
    rendered = policies()
    try:
        kubectl.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}, binding)
        kubectl.apply(template(), pod(), *map(config_map, TOLD), here(workflow()), *rendered)
        kubectl("-n", NAMESPACE, "wait", "--for=condition=Ready", f"pod/{POD}", "--timeout=60s")
        with asking() as found:
            until("the policies", lambda: "alone" in _create(found, workflow(), ADMIN).message)
            until("the run", lambda: "storedWorkflowTemplateSpec" in str(found("GET", f"{_RUNS}/{RUN}").body))
            yield found
    finally:
        kinds = "validatingadmissionpolicies,validatingadmissionpolicybindings"
        kubectl("delete", kinds, *{each["metadata"]["name"] for each in rendered[1:]})
        kubectl("delete", f"namespace/{NAMESPACE}", f"clusterrolebinding/{GROUP}")


_RUNS: Final = f"/apis/argoproj.io/v1alpha1/namespaces/{NAMESPACE}/workflows"
_TEMPLATES: Final = f"/apis/argoproj.io/v1alpha1/namespaces/{NAMESPACE}/workflowtemplates"
_CONFIG_MAPS: Final = f"/api/v1/namespaces/{NAMESPACE}/configmaps"
_PODS: Final = f"/api/v1/namespaces/{NAMESPACE}/pods"


def _who(user: str) -> dict[str, Any]:
    return {"user": user, "groups": (GROUP, *GROUPS.get(user, ()))}


def _create(cluster: Asking, thing: dict[str, Any], user: str) -> Answer:
    return cluster("POST", _RUNS, body=here(thing), **_who(user))


def refused(answer: Answer, policy: str, rule: str) -> bool:
    """By this rule of it: an API server tells the first that is broken."""
    (table,) = [each for each in TABLES if each.policy == policy]
    spec = next(each["spec"] for each in guardrails(CATALOG) if each["metadata"]["name"] == policy)
    message = spec["validations"][table.rules.index(rule)]["message"]
    return answer.status == 403 and answer.message.endswith(f"denied request: {message}")


def as_the_table_says(answer: Answer, policy: str, case: Case) -> bool:
    if case.illegal:
        return answer.status == 422 and " is invalid: " in answer.message
    return refused(answer, policy, case.refusing[0]) if case.refusing else answer.message == ""


def test_no_policy_has_a_warning_of_the_type_check(cluster: Asking) -> None:
    answer = cluster("GET", "/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies")
    ours = [each for each in answer.body["items"] if each["metadata"]["name"].startswith("guarded-")]

    assert len(ours) == len(TABLES)
    assert [each["status"].get("typeChecking", {}) for each in ours] == [{}] * len(TABLES)


@pytest.mark.parametrize("case", CREATED, ids=str)
def test_a_workflow_is_created_only_as_the_sensor_does_it(cluster: Asking, case: Case) -> None:
    assert case.object
    answer = _create(cluster, _fresh(case.object), case.user)

    assert as_the_table_says(answer, "idp-workflows-created", case), answer


def _fresh(thing: dict[str, Any]) -> dict[str, Any]:
    """The same of another request: there is a run of the first one."""
    return dict(json.loads(json.dumps(thing).replace(ID, f"{ID[:-1]}9")))


@pytest.mark.parametrize("case", CHANGED, ids=str)
def test_a_workflow_is_changed_only_by_those_who_may_and_as_they_may(cluster: Asking, case: Case) -> None:
    answer = cluster("PATCH", f"{_RUNS}/{RUN}", body=difference(case.old, case.object), patch=True, **_who(case.user))

    assert as_the_table_says(answer, "idp-workflows-changed", case), answer


def difference(old: Any, new: Any) -> dict[str, Any]:
    """The merge patch that makes the one of the other; what is not there any more becomes null."""
    found: dict[str, Any] = {key: None for key in old if key not in new}
    for key, value in new.items():
        if isinstance(value, dict) and isinstance(old.get(key), dict):
            found |= {key: below} if (below := difference(old[key], value)) else {}
        elif key not in old or old[key] != value:
            found[key] = value
    return found


@pytest.mark.parametrize("case", [each for each in TEMPLATES if not each.deployers], ids=str)
def test_templates_and_what_steps_are_told_are_changed_by_the_deployer_alone(cluster: Asking, case: Case) -> None:
    answer = _of_templates(cluster, case)

    assert as_the_table_says(answer, "idp-templates", case), answer


def _of_templates(cluster: Asking, case: Case) -> Answer:
    who, labels = _who(case.user), {"metadata": {"labels": {"changed": "true"}}}
    if case.resource == "/configmaps":
        return cluster("PATCH", f"{_CONFIG_MAPS}/{case.name}", body=labels, patch=True, **who)
    if case.operation == "CREATE":
        other = template() | {"metadata": {"name": "other", "namespace": NAMESPACE}}
        return cluster("POST", _TEMPLATES, body=other, **who)
    if case.operation == "UPDATE":
        return cluster("PATCH", f"{_TEMPLATES}/environments", body=labels, patch=True, **who)
    return cluster("DELETE", f"{_TEMPLATES}/environments", **who)


@pytest.mark.parametrize("case", PODS, ids=str)
def test_pods_are_made_changed_and_entered_by_argo_alone(cluster: Asking, case: Case) -> None:
    answer = _of_pods(cluster, case)

    if case.operation == "CONNECT" and not case.refusing:
        assert "denied" not in answer.message, "it is no upgraded connection, but it was let through"
    else:
        assert as_the_table_says(answer, "idp-pods", case), answer


def _of_pods(cluster: Asking, case: Case) -> Answer:
    who, labels = _who(case.user), {"metadata": {"labels": {"changed": "true"}}}
    _, _, subresource = case.resource.removeprefix("/").partition("/")
    if case.operation == "CREATE":
        return cluster("POST", _PODS, body=pod() | {"metadata": {"name": "other", "namespace": NAMESPACE}}, **who)
    if case.operation == "CONNECT":
        return cluster("POST", f"{_PODS}/{POD}/{subresource}", dry=False, **who)
    if subresource == "ephemeralcontainers":
        containers = [{"name": "more", "image": "busybox:1.35"}]
        body = {"spec": {"ephemeralContainers": containers}}
        return cluster("PATCH", f"{_PODS}/{POD}/{subresource}", body=body, patch=True, **who)
    return cluster("PATCH", "/".join(filter(None, (_PODS, POD, subresource))), body=labels, patch=True, **who)


def test_without_its_parameters_a_policy_refuses_everything(cluster: Asking, kubectl: Kubectl) -> None:
    (parameters, *_) = policies()
    kubectl("-n", NAMESPACE, "delete", "configmap", names.GUARDRAILS)
    try:
        until("the parameters' end", lambda: _create(cluster, _fresh(workflow()), SENSOR).message or None)
        answer = _create(cluster, _fresh(workflow()), SENSOR)
        assert "no params found" in answer.message
        # Nobody puts them back while the policy that guards them stands: docs/guides/install.md says how.
    finally:
        kubectl("delete", "validatingadmissionpolicybinding", "guarded-idp-templates")
        until("the guard's end", lambda: _applied(kubectl, parameters))  # the API server takes note a moment later
        kubectl.apply(*policies())
        until("the parameters", lambda: _create(cluster, _fresh(workflow()), SENSOR).message == "")


def _applied(kubectl: Kubectl, thing: dict[str, Any]) -> bool:
    try:
        kubectl.apply(thing)
    except KubectlError:
        return False
    return True
