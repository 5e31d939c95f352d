"""Applications on a cluster: what steps write, wait for and say, each as a run's step; the cluster is tests/runner/clusters.py."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from idp import names
from idp.runner.delivery.cluster import client
from idp.runner.digests import digest
from tests.engines.argo.certificates import certificate, served
from tests.runner.clusters import ARGO, JOBS, Cluster
from tests.runner.permits import Permits
from tests.runner.steps import Run, Step

ONE, TWO = "1" * 40, "2" * 40
APPLICATION: dict[str, Any] = {
    "team": "payments",
    "name": "shop",
    "stage": "prod",
    "repository": "http://git.test/payments/shop.git",
    "placements": [{"environment": "checkout"}, {"environment": "live"}],
}
DELIVERED = "app.payments.shop.checkout"


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with Cluster() as found:
        yield found


@pytest.fixture
def platform(tmp_path: Path, permits: Permits, cluster: Cluster) -> "Platform":
    return Platform(tmp_path, permits.url, cluster)


class Platform:
    """Steps of runs, one run after the other."""

    def __init__(self, folder: Path, api: str, cluster: Cluster) -> None:
        self.folder, self.api, self.cluster, self.number = folder, api, cluster, 0

    def run(self, capability: str, **request: Any) -> Run:
        self.number += 1
        folder = self.folder / f"run-{self.number}"
        folder.mkdir()
        settings = {**self.cluster.settings(folder), "IDP_RUN": f"{capability}-{self.number}"}
        return Run(folder, self.folder / "none", capability, request, self.api, settings)

    def deliver(self, run: Run, step: str, state: str = "present", *, code: int = 0, built: str = "{}") -> Step:
        request = run.environment()["IDP_REQUEST"]
        planned = {"IDP_PLAN_SHA256": "0" * 64, "IDP_DIGEST": digest("0" * 64, "runner:1", request), "IDP_BUILT": built}
        return run.step("deliver", run.capability, step, state, settings=planned).done(code)

    def registered(self) -> Run:
        run = self.run("applications", **APPLICATION)
        self.deliver(run, "registration")
        return run

    def deployment(self, commit: str | None, environment: str = "checkout", **more: Any) -> Run:
        body = {"team": "payments", "name": "shop", "environment": environment, "application": APPLICATION}
        return self.run("deployments", **body, version=commit or more["digest"], commit=commit, **more)

    def deployed(self, commit: str | None, environment: str = "checkout", *, code: int = 0, **more: Any) -> Step:
        run = self.deployment(commit, environment, **more)
        built = self.deliver(run, "build")
        return self.deliver(run, "rollout", code=code, built=built.left("image"))

    def set(self, **request: Any) -> Step:
        body = {"team": "payments", "name": "shop", "environment": "checkout", "application": APPLICATION}
        run = self.run("settings", **body, **request)
        self.deliver(run, "settings")
        return self.deliver(run, "rollout")


def outputs(step: Step) -> Any:
    return json.loads(step.left("outputs"))


def test_an_application_is_a_project_of_its_team_s_environments_and_of_the_chart_alone(
    platform: Platform, cluster: Cluster
) -> None:
    looked = platform.run("applications", **APPLICATION).look("provision")
    assert looked.left("changes") == "1"
    platform.registered()

    (project,) = (each for path, each in cluster.objects.items() if "/appprojects/" in path)
    spec = project["spec"]
    assert project["metadata"]["name"] == "app.payments.shop"
    assert [each["namespace"] for each in spec["destinations"]] == ["env-payments-checkout", "env-payments-live"]
    assert spec["sourceRepos"] == ["http://git.test/platform.git"]
    assert spec["clusterResourceWhitelist"] == []
    assert {"group": "argoproj.io", "kind": "Rollout"} in spec["namespaceResourceWhitelist"]
    assert cluster.names("applications") == [], "placements come with the first deployment"
    assert platform.run("applications", **APPLICATION).look("provision").left("changes") == "0"


def test_a_commit_is_built_once_and_served(platform: Platform, cluster: Cluster) -> None:
    platform.registered()
    first = platform.deployed(ONE)
    again = platform.deployed(ONE, "live")

    found = outputs(first)
    assert found["url"] == "https://shop-checkout-payments.packetdance.com"
    assert (found["commit"], found["revision"], found["digest"]) == (ONE, 1, cluster.tags[ONE])
    assert set(found["seconds"]) == {"build", "sync", "rollout"}
    assert set(outputs(again)["seconds"]) == {"sync", "rollout"}, "it was built before"
    (job,) = cluster.builds
    pod = job["spec"]["template"]["spec"]
    assert pod["containers"][0]["args"] == [
        "http://git.test/payments/shop.git",
        ONE,
        f"registry.test:5000/payments/shop:{ONE}",
        "Dockerfile",
        "deployments-2",
    ]
    assert pod["containers"][0]["resources"]["requests"]["cpu"] == "500m"
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    values = cluster.values(DELIVERED)
    assert values["image"] == f"registry.test:5000/payments/shop@{cluster.tags[ONE]}"
    assert values["workloadIdentity"] is False
    assert values["settingsKept"] == [{"number": 0, "values": {}}]
    assert platform.deployment(ONE).look("perform").left("changes") == "0", "it serves"


def test_argo_cd_applies_it_in_a_way_that_leaves_the_switch_to_the_rollout(
    platform: Platform, cluster: Cluster
) -> None:
    platform.registered()
    platform.deployed(ONE)

    (application,) = (each for path, each in cluster.objects.items() if "/applications/" in path)
    spec = application["spec"]
    assert "ServerSideApply=false" in spec["syncPolicy"]["syncOptions"]
    assert "RespectIgnoreDifferences=true" in spec["syncPolicy"]["syncOptions"]
    assert "PruneLast=true" not in spec["syncPolicy"]["syncOptions"], "it would wait for the Ingress's address"
    (ignored,) = spec["ignoreDifferences"]
    assert (ignored["kind"], ignored["jsonPointers"]) == ("Service", ["/spec/selector/rollouts-pod-template-hash"])
    assert spec["project"] == "app.payments.shop"
    assert spec["destination"]["namespace"] == "env-payments-checkout"
    assert application["metadata"]["finalizers"] == ["resources-finalizer.argocd.argoproj.io"]


def test_what_its_analysis_refuses_is_said_and_taken_back(
    platform: Platform, cluster: Cluster, capfd: pytest.CaptureFixture[str]
) -> None:
    platform.registered()
    platform.deployed(ONE)
    cluster.bad[TWO] = "The new version answered 500 to /, request 1 of its analysis."
    platform.deployed(TWO, code=1)

    last = capfd.readouterr().err.splitlines()[-1]
    assert last.startswith("idp: The new version was given up: Metric")
    assert "answered 500 to /, request 1" in last
    assert last.endswith("what served before goes on serving.")
    assert cluster.values(DELIVERED)["commit"] == ONE
    assert platform.deployment(ONE).look("perform").left("changes") == "0"
    shown = json.loads(platform.deployment(TWO).look("perform").left("summary"))["text"]
    assert f'-  "commit": "{ONE}"' in shown
    assert f'+  "commit": "{TWO}"' in shown


def test_a_first_version_that_fails_leaves_nothing_that_serves(platform: Platform, cluster: Cluster) -> None:
    platform.registered()
    cluster.bad[ONE] = "no"
    platform.deployed(ONE, code=1)

    assert cluster.names("applications") == []


def test_a_version_waits_for_what_is_being_removed(platform: Platform, cluster: Cluster) -> None:
    platform.registered()
    cluster.bad[ONE], cluster.lingering = "no", 8
    platform.deployed(ONE, code=1)
    assert cluster.names("applications") == [DELIVERED], "it is being removed"
    assert outputs(platform.deployed(TWO))["revision"] == 1
    assert cluster.values(DELIVERED)["commit"] == TWO
    assert "deletionTimestamp" not in cluster.objects[f"{ARGO}/argocd/applications/{DELIVERED}"]["metadata"]


def test_what_argo_cd_could_not_apply_before_is_not_held_against_the_next(
    platform: Platform, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    platform.registered()
    platform.deployed(ONE)
    conditions = [{"type": "SyncError", "message": "a quota refuses it"}]
    source = {"helm": {"values": json.dumps(cluster.values(DELIVERED))}}
    status = {"conditions": conditions, "operationState": {"phase": "Failed", "syncResult": {"source": source}}}
    looks = iter(range(2))
    applied = cluster._applied

    def applied_at_the_second_look(application: Any) -> None:
        application["status"] = status
        cluster.later = lambda: applied(application) if next(looks) else None

    monkeypatch.setattr(cluster, "_applied", applied_at_the_second_look)
    platform.deployed(TWO)
    assert cluster.values(DELIVERED)["commit"] == TWO


def test_a_rollout_that_was_killed_is_seen_and_what_passed_last_is_asked_for_again(
    platform: Platform, cluster: Cluster
) -> None:
    run = platform.registered()
    platform.deployed(ONE)
    path = f"{ARGO}/argocd/applications/{DELIVERED}"
    passed = cluster.objects[path]["metadata"]["annotations"]
    platform.deployed(TWO)
    cluster.objects[path]["metadata"]["annotations"] = passed  # as if killed before it could write who serves

    looked = platform.deployment(ONE).look("perform")
    assert looked.left("changes") == "1"
    assert "something else than what passed last" in looked.left("summary")
    inspected = run.step("inspect", "applications").done()
    assert "Something else than revision 1, which passed last, is in checkout." in inspected.left("summary")
    platform.deployed(ONE)
    assert cluster.values(DELIVERED)["commit"] == ONE
    assert run.step("inspect", "applications").done().left("changes") == "0"


def test_an_address_is_one_placement_s(platform: Platform, cluster: Cluster, capfd: pytest.CaptureFixture[str]) -> None:
    platform.registered()
    platform.deployed(ONE)
    other = {**APPLICATION, "name": "till", "host": "shop"}
    platform.deliver(platform.run("applications", **other), "registration")
    body = {"team": "payments", "name": "till", "environment": "checkout", "application": other}
    run = platform.run("deployments", **body, version=TWO, commit=TWO)
    built = platform.deliver(run, "build")
    platform.deliver(run, "rollout", code=1, built=built.left("image"))

    last = capfd.readouterr().err.splitlines()[-1]
    assert last == (
        "idp: shop-checkout-payments.packetdance.com is the address of app.payments.shop.checkout already;"
        " give one of the applications another `host`."
    )
    assert cluster.names("applications") == [DELIVERED]


def test_a_failed_build_that_another_run_does_again_is_left_to_it(
    platform: Platform, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    cluster.broken[ONE] = 13
    platform.deliver(platform.deployment(ONE), "build", code=1)
    del cluster.broken[ONE]
    (path,) = (each for each in cluster.objects if each.startswith(JOBS))
    failed = cluster.objects[path]

    def done_again() -> None:
        """By another run, between our look and our removal; it ends after the look that finds it."""
        now = cluster.objects[path]
        if now is failed:
            cluster.objects[path] = {**now, "metadata": {**now["metadata"], "uid": "another"}, "status": {}}
        elif not now["status"]:
            cluster._built(path, now)

    monkeypatch.setattr(cluster, "later", done_again)
    image = json.loads(platform.deliver(platform.deployment(ONE), "build").left("image"))
    assert image["digest"] == cluster.tags[ONE]
    assert cluster.objects[path]["metadata"]["uid"] == "another"
    assert len(cluster.builds) == 2


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (10, f"idp: {ONE} of http://git.test/payments/shop.git could not be fetched; no image was made"),
        (11, "idp: There is no Dockerfile in this commit; name the right file in the application; no image was made"),
        (12, "idp: Dockerfile does not build: the log says why; no image was made"),
        (13, "idp: The image was built, and the registry did not take it; no image was made"),
        (137, "idp: The build failed: BackoffLimitExceeded; no image was made"),
    ],
)
def test_a_build_that_fails_says_why_and_is_done_again_when_asked(
    platform: Platform, cluster: Cluster, capfd: pytest.CaptureFixture[str], code: int, said: str
) -> None:
    cluster.broken[ONE] = code
    platform.deliver(platform.deployment(ONE), "build", code=1)
    found = capfd.readouterr()
    assert found.err.splitlines()[-1].startswith(said)
    assert "STEP 1/2: FROM debian" in found.out, "the build's log is the step's"

    del cluster.broken[ONE]
    image = json.loads(platform.deliver(platform.deployment(ONE), "build").left("image"))
    assert (image["digest"], image["built"]) == (cluster.tags[ONE], True)


def test_a_build_that_ends_while_it_is_looked_for_is_not_done_again(platform: Platform, cluster: Cluster) -> None:
    platform.deliver(platform.deployment(ONE), "build")
    cluster.late.add(ONE)
    image = json.loads(platform.deliver(platform.deployment(ONE), "build").left("image"))

    assert image["digest"] == cluster.tags[ONE]
    assert len(cluster.builds) == 1


def test_a_digest_is_promoted_and_never_built(
    platform: Platform, cluster: Cluster, capfd: pytest.CaptureFixture[str]
) -> None:
    platform.registered()
    found = cluster.image(ONE)
    step = platform.deployed(None, "live", digest=found)

    assert outputs(step)["digest"] == found
    assert cluster.builds == []
    unknown = platform.deployment(None, digest="sha256:" + "0" * 64)
    unknown.step("look", "deployments", "perform").done(1)
    assert "There is no image sha256:000" in capfd.readouterr().err


def test_settings_are_numbered_rolled_out_and_taken_up_again(platform: Platform, cluster: Cluster) -> None:
    platform.registered()
    assert outputs(platform.set(settings={"LOG_LEVEL": "info"}))["settings"]["number"] == 1, "before anything serves"
    platform.deployed(ONE)
    assert cluster.values(DELIVERED)["settings"] == 1

    step = platform.set(settings={"LOG_LEVEL": "debug"}, secrets={"TOKEN": "payments-api/token"})
    values = cluster.values(DELIVERED)
    assert outputs(step)["revision"] == 2
    assert values["settingsKept"] == [
        {"number": 2, "values": {"LOG_LEVEL": "debug"}},
        {"number": 1, "values": {"LOG_LEVEL": "info"}},
    ]
    assert values["secrets"] == {"TOKEN": {"name": "payments-api", "key": "token"}}

    platform.set(back_to=1)
    values = cluster.values(DELIVERED)
    assert (values["settings"], values["secrets"]) == (3, {}), "nothing of the ones before is left behind"
    assert values["settingsKept"][0] == {"number": 3, "values": {"LOG_LEVEL": "info"}}


def test_settings_must_fit_the_schema_that_the_image_brought(
    platform: Platform, cluster: Cluster, capfd: pytest.CaptureFixture[str]
) -> None:
    platform.registered()
    schema = {"properties": {"LOG_LEVEL": {"enum": ["info"]}}, "additionalProperties": False}
    cluster.image(ONE, **{"idp.io/settings-schema": json.dumps(schema)})
    platform.deployed(ONE)
    body = {"team": "payments", "name": "shop", "environment": "checkout", "application": APPLICATION}

    run = platform.run("settings", **body, settings={"LEVEL": "info"})
    run.step("look", "settings", "perform").done(1)
    assert "LEVEL is not one of its settings" in capfd.readouterr().err
    platform.run("settings", **body, settings={"LOG_LEVEL": "info"}).look("perform")


def test_nothing_is_left_of_an_application_that_goes(platform: Platform, cluster: Cluster) -> None:
    run = platform.registered()
    platform.deployed(ONE)
    platform.deployed(TWO, "live")
    platform.set(settings={"A": "b"})
    shown = run.look("deprovision").left("summary")
    assert "2 images, and what serves in these environments: checkout, live." in shown

    platform.deliver(run, "registration", "absent")

    kinds = ("applications", "appprojects", "configmaps", "rollouts")
    assert [cluster.names(kind) for kind in kinds] == [[], [], [], []]
    assert (cluster.images, cluster.tags) == ({}, {})
    assert run.look("deprovision").left("changes") == "0"


def test_what_argo_cd_waits_for_holds_up_neither_a_rollout_nor_a_removal(platform: Platform, cluster: Cluster) -> None:
    run = platform.registered()
    platform.deployed(ONE)
    path = f"{ARGO}/argocd/applications/{DELIVERED}"

    def waits(version: str) -> None:
        cluster.objects[path]["metadata"]["resourceVersion"] = version
        cluster.objects[path] |= {"operation": {}, "status": {"operationState": {"phase": "Running"}}}

    waits("7")
    platform.deployed(TWO)
    assert cluster.objects[path]["status"]["operationState"]["phase"] == "Terminating"
    waits("8")
    platform.deliver(run, "registration", "absent")
    assert cluster.names("applications") == []


def test_drift_is_what_is_not_registered_so_and_what_does_not_serve(platform: Platform, cluster: Cluster) -> None:
    run = platform.registered()
    platform.deployed(ONE)
    assert run.step("inspect", "applications").done().left("changes") == "0"

    (rollout,) = (each for path, each in cluster.objects.items() if "/rollouts/" in path)
    rollout["status"]["phase"] = "Degraded"
    inspected = run.step("inspect", "applications").done()
    assert inspected.left("changes") == "1"
    assert "Revision 1 does not serve in checkout." in inspected.left("summary")


def test_a_name_that_a_candidate_s_service_has_is_refused(
    platform: Platform, cluster: Cluster, capfd: pytest.CaptureFixture[str]
) -> None:
    run = platform.run("applications", **{**APPLICATION, "name": "shop-preview"})
    platform.deliver(run, "registration", code=1)

    assert "choose another name" in capfd.readouterr().err
    assert cluster.objects == {}


def test_a_cluster_that_refuses_is_quoted(
    platform: Platform, cluster: Cluster, capfd: pytest.CaptureFixture[str]
) -> None:
    cluster.refuses = "/apis/argoproj.io/v1alpha1/namespaces/argocd/appprojects"
    run = platform.run("applications", **APPLICATION)
    platform.deliver(run, "registration", code=1)

    last = capfd.readouterr().err.splitlines()[-1]
    assert last == f"idp: The cluster refused POST {cluster.refuses}: 403 it is forbidden"


def test_a_cluster_that_is_told_nothing_of_deliveries_says_what_to_set(
    platform: Platform, capfd: pytest.CaptureFixture[str]
) -> None:
    run = platform.run("applications", **APPLICATION)
    run.settings["IDP_TARGET_SETTINGS"] = "{}"
    run.step("look", "applications", "provision").done(1)
    assert "set the member `delivery` of IDP_TARGET_SETTINGS" in capfd.readouterr().err


def test_settings_of_deliveries_that_do_not_fit_are_named_without_their_values(
    platform: Platform, capfd: pytest.CaptureFixture[str]
) -> None:
    run = platform.run("applications", **APPLICATION)
    told = {"delivery": {"registry": {"name": "A-Secret", "url": "ftp://x"}, "builder": "b", "more": 1}}
    run.settings["IDP_TARGET_SETTINGS"] = json.dumps(told)
    run.step("look", "applications", "provision").done(1)

    last = capfd.readouterr().err.splitlines()[-1]
    for name in ("delivery.registry.name", "delivery.registry.url", "delivery.chart", "delivery.more"):
        assert name in last
    assert "A-Secret" not in last


def test_the_clusters_own_authority_is_trusted_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many have none of RFC 5280's extensions, and Python refuses them unless it is told."""
    made = certificate("localhost")
    (tmp_path / "ca.crt").write_text(made.authority)
    (tmp_path / "token").write_text("the step's")
    with served(made, tmp_path) as port:
        monkeypatch.setenv("KUBERNETES_SERVICE_HOST", "localhost")
        monkeypatch.setenv("KUBERNETES_SERVICE_PORT", str(port))
        monkeypatch.setattr(names, "CLUSTER_FOLDER", str(tmp_path))

        assert client.cluster(None).get("/api/v1/namespaces/idp-state/configmaps/none") is None
