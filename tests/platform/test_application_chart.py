"""The chart of users' applications, with the values that the runner gives it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest

from idp.runner.delivery.cluster.manifests import CHART_KINDS, chart_values
from idp.runner.delivery.cluster.records import Placement
from tests.platform.ground import INFRA
from tests.platform.helm import helm, rendered

CHART = INFRA / "charts" / "application"
ROLLOUTS = {"Rollout", "AnalysisTemplate"}
DIGEST = "sha256:" + "0" * 64
NO_CLUSTER: Any = None
PLACEMENT = Placement(NO_CLUSTER, "payments", "application", "checkout", "idp-state")
SERVED = {
    "port": 8080,
    "host": "shop",
    "replicas": 3,
    "health_path": "/healthz",
    "ready_seconds": 60,
    "strategy": "blue-green",
    "size": "medium",
}


def _values(**served: Any) -> dict[str, Any]:
    settings = {"number": 2, "values": {"LOG_LEVEL": "debug"}, "secrets": {"TOKEN": "payments-api/token"}}
    revision = {
        "revision": 4,
        "request": "deployments-01jd3e5m8q2r7s9t4v6w8x0y1z",
        "commit": "1" * 40,
        "application": SERVED | served,
        "settings": settings,
    }
    before = {"settings": {"number": 1, "values": {}, "secrets": {}}}
    image = f"registry.example.com/payments/shop@{DIGEST}"
    return chart_values(
        PLACEMENT, revision, before, image=image, runner="ghcr.io/packetdance/idp-runner:0.1.0", domain="example.com"
    )


@pytest.fixture(params=["blue-green", "canary"])
def strategy(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def _file(folder: Path, values: dict[str, Any]) -> Path:
    file = folder / "values.json"
    file.write_text(json.dumps(values))
    return file


def _objects(folder: Path, **served: Any) -> dict[str, dict[str, Any]]:
    found = rendered(CHART, _file(folder, _values(**served)))
    return {f"{each['kind']} {each['metadata']['name']}": each for each in found}


def _pods(objects: dict[str, dict[str, Any]]) -> Iterator[dict[str, Any]]:
    yield objects["Rollout application"]["spec"]["template"]["spec"]
    (metric,) = objects["AnalysisTemplate application"]["spec"]["metrics"]
    yield metric["provider"]["job"]["spec"]["template"]["spec"]


def test_helm_finds_nothing(tmp_path: Path, strategy: str) -> None:
    helm("lint", "--strict", str(CHART), "--values", str(_file(tmp_path, _values(strategy=strategy))))


def test_it_renders_what_the_table_says_and_its_project_allows(tmp_path: Path) -> None:
    objects = _objects(tmp_path)
    assert set(objects) == {
        "AnalysisTemplate application",
        "ConfigMap application-settings-1",
        "ConfigMap application-settings-2",
        "Ingress app-application",
        "NetworkPolicy app-application",
        "PodDisruptionBudget app-application",
        "Rollout application",
        "Service application",
        "Service application-preview",
        "ServiceAccount app-application",
    }
    kinds = {(each["apiVersion"].rpartition("/")[0], each["kind"]) for each in objects.values()}
    assert kinds == set(CHART_KINDS)


def test_every_object_satisfies_its_schema(tmp_path: Path, strategy: str) -> None:
    for each in _objects(tmp_path, strategy=strategy).values():
        if each["kind"] not in ROLLOUTS:
            kubernetes_validate.validate(each, "1.36", strict=True)


def test_pods_are_of_a_kind_that_kubernetes_knows_and_restricted(tmp_path: Path) -> None:
    for pod in _pods(_objects(tmp_path)):
        whole = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "pod"}, "spec": pod}
        kubernetes_validate.validate(whole, "1.36", strict=True)
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        (container,) = pod["containers"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        }
        assert set(container["resources"]) == {"requests", "limits"}


def test_users_reach_a_version_after_its_analysis(tmp_path: Path) -> None:
    objects = _objects(tmp_path)
    strategy = objects["Rollout application"]["spec"]["strategy"]["blueGreen"]
    assert strategy["prePromotionAnalysis"] == {"templates": [{"templateName": "application"}]}
    assert (strategy["activeService"], strategy["previewService"]) == ("application", "application-preview")
    (asking,) = list(_pods(objects))[1]["containers"]
    environment = {each["name"]: each["value"] for each in asking["env"]}
    assert environment["URL"].startswith("http://application-preview."), "never what users ask"
    (path,) = objects["Ingress app-application"]["spec"]["rules"][0]["http"]["paths"]
    assert path["backend"]["service"]["name"] == "application"


def test_a_canary_is_analysed_at_each_share_and_users_stay_with_the_stable_version(tmp_path: Path) -> None:
    strategy = _objects(tmp_path, strategy="canary")["Rollout application"]["spec"]["strategy"]["canary"]
    assert (strategy["stableService"], strategy["canaryService"]) == ("application", "application-preview")
    assert [next(iter(each)) for each in strategy["steps"]] == ["setWeight", "analysis", "setWeight", "analysis"]


def test_what_a_rollout_names_is_there_before_it(tmp_path: Path) -> None:
    waves = {
        name: each["metadata"].get("annotations", {}).get("argocd.argoproj.io/sync-wave", "0")
        for name, each in _objects(tmp_path).items()
    }
    last = {"Rollout application", "Ingress app-application", "PodDisruptionBudget app-application"}
    assert {name for name, wave in waves.items() if wave == "0"} == last
    assert {wave for name, wave in waves.items() if name not in last} == {"-1"}


def test_a_pod_leaves_its_services_before_it_ends(tmp_path: Path) -> None:
    pod = next(_pods(_objects(tmp_path)))
    waits = pod["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert 5 <= waits < pod["terminationGracePeriodSeconds"]


def test_settings_are_by_number_and_secrets_by_reference(tmp_path: Path) -> None:
    objects = _objects(tmp_path)
    (container,) = next(_pods(objects))["containers"]
    assert container["envFrom"] == [{"configMapRef": {"name": "application-settings-2"}}]
    assert container["env"] == [
        {"name": "IDP_COMMIT", "value": "1" * 40},
        {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "payments-api", "key": "token"}}},
    ]
    assert objects["ConfigMap application-settings-2"]["data"] == {"LOG_LEVEL": "debug"}
    assert objects["ConfigMap application-settings-2"]["immutable"] is True


def test_in_a_cloud_it_is_who_its_environments_workloads_are(tmp_path: Path) -> None:
    values = _values() | {"workloadIdentity": True}
    objects = {each["kind"]: each for each in rendered(CHART, _file(tmp_path, values))}
    template = objects["Rollout"]["spec"]["template"]
    assert template["spec"]["serviceAccountName"] == "workload"
    assert template["metadata"]["labels"]["azure.workload.identity/use"] == "true"
    assert "ServiceAccount" not in objects, "the environment's is there, and its identity knows no other"


def test_elsewhere_it_is_nobody_but_itself(tmp_path: Path) -> None:
    objects = _objects(tmp_path)
    template = objects["Rollout application"]["spec"]["template"]
    assert template["spec"]["serviceAccountName"] == "app-application"
    assert "azure.workload.identity/use" not in template["metadata"]["labels"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("image", "registry.example.com/payments/shop:latest"),
        ("strategy", "recreate"),
        ("size", "huge"),
        ("port", 80),
        ("secrets", {"TOKEN": "in the clear"}),
        ("settingsKept", []),
        ("unknown", True),
    ],
)
def test_values_that_do_not_fit_are_refused(tmp_path: Path, name: str, value: Any) -> None:
    with pytest.raises(AssertionError, match=name):
        rendered(CHART, _file(tmp_path, _values() | {name: value}))
