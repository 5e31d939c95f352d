"""Applications whose registry is Azure's: signing in, ACR Tasks and removal, each as a run's step; Azure is tests/runner/azure.py."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from idp.entra import Identity
from idp.errors import StepError
from idp.runner.delivery.cluster import carrying_out, client, entra, tasks
from idp.runner.delivery.cluster.entra import AccessTokens
from idp.runner.delivery.cluster.manifests import build_name
from idp.runner.delivery.cluster.registry import Repository
from idp.runner.delivery.cluster.signing_in import SignIn
from idp.runner.delivery.cluster.tasks import Order, run_request, task
from idp.runner.delivery_settings import AzureRegistry, DeliverySettings, delivery_settings
from idp.runner.targets import target
from tests.runner.azure import CLIENT, NAME, SUBSCRIPTION, TENANT, Azure
from tests.runner.clusters import Cluster
from tests.runner.permits import Permits
from tests.runner.steps import Run
from tests.runner.test_cluster_delivery import APPLICATION, DELIVERED, ONE, TWO, Platform, outputs
from tests.runner.test_targets import BLOB, KEY, TOLD

BUILD = build_name("payments", "shop", ONE)
REGISTRY = "https://containerregistry.azure.net/.default"
READS = "repository:payments/shop:pull,metadata_read"


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "_ROUND", 0.01)


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    with Cluster() as found:
        yield found


@pytest.fixture
def azure(cluster: Cluster) -> Iterator[Azure]:
    with Azure(cluster) as found:
        yield found


@pytest.fixture
def platform(tmp_path: Path, permits: Permits, cluster: Cluster, azure: Azure) -> "OnAzure":
    return OnAzure(tmp_path, permits.url, cluster, azure)


@pytest.fixture
def tokens(azure: Azure, tmp_path: Path) -> AccessTokens:
    return AccessTokens(_identity(azure, tmp_path))


@pytest.fixture
def hurried(azure: Azure, tokens: AccessTokens, monkeypatch: pytest.MonkeyPatch) -> tasks.Service:
    """Which waits for nobody."""
    monkeypatch.setattr(tasks, "PATIENCE", 0.1)
    return tasks.Service(_registry(azure), tokens)


class OnAzure(Platform):
    """Steps that are told of Azure's registry. `told`: of deliveries."""

    def __init__(self, folder: Path, api: str, cluster: Cluster, azure: Azure) -> None:
        super().__init__(folder, api, cluster)
        self.told, self.identity = azure.delivery(), azure.identity(folder)

    def run(self, capability: str, **request: Any) -> Run:
        run = super().run(capability, **request)
        run.settings |= {"IDP_TARGET_SETTINGS": json.dumps({"delivery": self.told}), **self.identity}
        return run


def test_a_commit_is_built_once_by_acr_tasks_and_served(
    platform: OnAzure, cluster: Cluster, azure: Azure, capfd: pytest.CaptureFixture[str]
) -> None:
    azure.slow = 3
    platform.registered()
    run = platform.deployment(ONE)
    image = json.loads(platform.deliver(run, "build").left("image"))

    assert (image["digest"], image["commit"], image["built"]) == (cluster.tags[ONE], ONE, True)
    assert cluster.builds == [], "no Job"
    assert list(azure.runs) == ["ca1"]
    said = capfd.readouterr().out
    assert f"Run ca1 of ACR Tasks builds {ONE}\n2026/11/27 10:00:00 Downloading source code...\nworking\n" in said
    assert said.count("working\n") == 3, "each line once"
    assert "Successfully pushed image\n" in said, "to the last line, which has no end"

    again = json.loads(platform.deliver(platform.deployment(ONE, "live"), "build").left("image"))
    assert (again["digest"], again["built"], list(azure.runs)) == (image["digest"], False, ["ca1"])
    step = platform.deployed(ONE)
    assert outputs(step)["digest"] == image["digest"]
    assert cluster.values(DELIVERED)["image"] == f"{NAME}/payments/shop@{image['digest']}"


def test_the_image_says_where_it_is_from(platform: OnAzure, cluster: Cluster, azure: Azure) -> None:
    run = platform.deployment(ONE)
    platform.deliver(run, "build")

    assert cluster.images[cluster.tags[ONE]] == {
        "org.opencontainers.image.source": "http://git.test/payments/shop.git",
        "org.opencontainers.image.revision": ONE,
        "idp.io/request": run.settings["IDP_RUN"],
    }
    request = azure.task_runs[BUILD]["properties"]["runRequest"]
    assert request["sourceLocation"] == f"http://git.test/payments/shop.git#{ONE}"
    assert request["platform"] == {"os": "Linux", "architecture": "amd64"}
    labels, build, push = azure.task(BUILD)["steps"]
    assert labels == {
        "id": "labels",
        "cmd": f"{NAME}/idp-builder:0.1.0 Dockerfile",
        "entryPoint": "settings-label",
        "user": "0",
    }
    assert build["build"].startswith(f"-f Dockerfile -t {NAME}/payments/shop:{ONE} --label ")
    assert build["build"].endswith(" .")
    assert push == {"id": "push", "push": [f"{NAME}/payments/shop:{ONE}"]}


def test_a_lost_answer_is_no_second_build(platform: OnAzure, azure: Azure) -> None:
    azure.lost, azure.slow = 2, 5
    platform.deliver(platform.deployment(ONE), "build")

    assert list(azure.runs) == ["ca1"]


def test_a_build_that_is_under_way_is_waited_for_and_has_the_first_one_s_request(
    platform: OnAzure, cluster: Cluster, azure: Azure, capfd: pytest.CaptureFixture[str]
) -> None:
    first = platform.deployment(ONE)
    azure.slow = 1_000_000
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tasks, "BUILD_SECONDS", 0.0)
        patch.setattr(tasks, "QUEUE_SECONDS", 0.05)
        platform.deliver(first, "build", code=1)
    assert capfd.readouterr().err.splitlines()[-1] == (
        f"idp: The run ca1 of ACR Tasks did not end in time; look at it in {NAME}, and ask again."
    )

    azure.slow = 2
    platform.deliver(platform.deployment(ONE, "live"), "build")
    assert list(azure.runs) == ["ca1"]
    assert cluster.images[cluster.tags[ONE]]["idp.io/request"] == first.settings["IDP_RUN"]
    assert f"Build {BUILD} is under way already" in capfd.readouterr().out


def test_two_that_ask_at_once_build_once(azure: Azure, tokens: AccessTokens, monkeypatch: pytest.MonkeyPatch) -> None:
    azure.slow = 1_000_000
    said: list[str] = []
    monkeypatch.setattr(tasks, "_log", said.append)
    with ThreadPoolExecutor(4) as pool:
        services = [tasks.Service(_registry(azure), tokens) for _ in range(4)]
        ended = [pool.submit(each.build, BUILD, _order(), lambda: False) for each in services]
        while said.count(f"Run ca1 of ACR Tasks builds {ONE}") < 4 and not any(each.done() for each in ended):
            time.sleep(0.01)
        azure.slow = 1
        assert all(each.result().succeeded for each in ended)

    assert list(azure.runs) == ["ca1"]


def test_the_first_one_s_request_is_kept_with_the_application(platform: OnAzure, cluster: Cluster) -> None:
    platform.deliver(platform.deployment(ONE), "build")
    (kept,) = (each for path, each in cluster.objects.items() if path.endswith(f"/configmaps/{BUILD}"))

    assert json.loads(kept["data"]["document"]) == {"request": "deployments-1"}
    assert kept["metadata"]["labels"] == {
        "idp.io/team": "payments",
        "idp.io/application": "shop",
        "idp.io/build": "true",
    }


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (
            "labels: exit status 11",
            "idp: There is no Dockerfile in this commit; name the right file in the application; no image",
        ),
        ("build: exit status 1", "idp: Dockerfile does not build: the log says why; no image was made"),
        (
            "push: failed to push images successfully",
            "idp: The image was built, and the registry did not take it; no image was made",
        ),
        (
            "labels: exit status 125",
            "idp: The build failed: the run ca1 of ACR Tasks ended Failed: failed during run, err",
        ),
        ("", "idp: The build failed: the run ca1 of ACR Tasks ended Failed: failed during run, err: exit status 1; no"),
    ],
)
def test_a_build_that_fails_says_why_and_is_done_again_when_asked(
    platform: OnAzure, azure: Azure, capfd: pytest.CaptureFixture[str], step: str, said: str
) -> None:
    azure.broken[ONE] = step
    platform.deliver(platform.deployment(ONE), "build", code=1)
    found = capfd.readouterr()
    assert found.err.splitlines()[-1].startswith(said)
    assert "failed to " in found.out, "the run's log is the step's"

    del azure.broken[ONE]
    azure.lost = 1
    image = json.loads(platform.deliver(platform.deployment(ONE), "build").left("image"))
    assert (image["digest"], image["built"], list(azure.runs)) == (azure.cluster.tags[ONE], True, ["ca1", "ca2"])
    assert azure.task_runs[BUILD]["properties"]["forceUpdateTag"] == "ca1"


def test_an_image_that_was_removed_by_hand_is_built_again(platform: OnAzure, cluster: Cluster, azure: Azure) -> None:
    platform.deliver(platform.deployment(ONE), "build")
    cluster.images.clear()
    cluster.tags.clear()
    platform.deliver(platform.deployment(ONE), "build")

    assert list(azure.runs) == ["ca1", "ca2"]


def test_a_run_that_succeeded_a_moment_ago_is_not_followed_by_another(
    azure: Azure, cluster: Cluster, tokens: AccessTokens
) -> None:
    service = tasks.Service(_registry(azure), tokens)
    order = _order()
    assert service.build("build-1", order, lambda: False).succeeded
    assert service.build("build-1", order, lambda: ONE in cluster.tags).succeeded

    assert list(azure.runs) == ["ca1"]


def test_a_link_whose_time_is_over_is_asked_for_again(
    platform: OnAzure, azure: Azure, capfd: pytest.CaptureFixture[str]
) -> None:
    azure.late_link = 1
    platform.deliver(platform.deployment(ONE), "build")

    said = capfd.readouterr()
    assert "Successfully pushed image" in said.out
    assert "sig=" not in said.out + said.err


def test_steps_sign_in_by_workload_identity_and_take_no_more_than_they_need(platform: OnAzure, azure: Azure) -> None:
    platform.run("applications", **APPLICATION).look("deprovision")

    assert azure.scopes == [REGISTRY, "refresh", READS]
    assert azure.refused == []


def test_what_is_no_longer_taken_is_renewed(azure: Azure, cluster: Cluster, tokens: AccessTokens) -> None:
    images = Repository(azure.url, "payments/shop", SignIn(_registry(azure), "payments/shop", tokens))
    cluster.image(ONE)
    assert images.tags() == [ONE]
    azure.tokens = {token: what for token, what in azure.tokens.items() if what.startswith("entra")}
    assert images.tags() == [ONE]
    assert azure.scopes == [REGISTRY, "refresh", READS, "refresh", READS], "Entra's own still holds"

    azure.tokens = {token: what for token, what in azure.tokens.items() if what != "refresh"}
    assert images.remove() == 1
    assert azure.scopes[5:] == ["refresh", "repository:payments/shop:delete"], "one that is kept may have ended, too"


def test_a_token_of_entra_is_kept_until_shortly_before_its_end(azure: Azure, tmp_path: Path) -> None:
    now = [0.0]
    tokens = AccessTokens(_identity(azure, tmp_path), clock=lambda: now[0])
    assert tokens.token("a") == tokens.token("a")
    assert tokens.token("a") != tokens.token("b")
    first = tokens.token("a")
    now[0] = 3600 - 301
    assert tokens.token("a") == first
    now[0] = 3600 - 299
    assert tokens.token("a") != first


def test_whoever_may_not_sign_in_is_told_in_entra_s_words(
    platform: OnAzure, tmp_path: Path, capfd: pytest.CaptureFixture[str], azure: Azure
) -> None:
    (tmp_path / "assertion").write_text("signed-by-another")
    platform.deliver(platform.deployment(ONE), "build", code=1)

    place = f"{azure.url}/entra/{TENANT}"
    assert capfd.readouterr().err.splitlines()[-1] == (
        f"idp: {place} refuses a token to {CLIENT}: AADSTS700213: No matching federated identity record."
    )


def test_a_pod_without_an_identity_is_told_what_it_lacks(platform: OnAzure, capfd: pytest.CaptureFixture[str]) -> None:
    platform.identity = {}
    platform.run("applications", **APPLICATION).step("look", "applications", "provision").done(1)

    last = capfd.readouterr().err.splitlines()[-1]
    assert "needs AZURE_CLIENT_ID, AZURE_TENANT_ID, AZURE_FEDERATED_TOKEN_FILE, which workload identity puts" in last


@pytest.mark.parametrize(
    ("role", "said"),
    [
        ("pull", "refuses pull,metadata_read in payments/shop to a-client: 401"),
        ("tasks", "give this step's identity the role Container Registry Tasks Contributor at the registry"),
    ],
)
def test_a_role_that_is_missing_is_named(
    platform: OnAzure, azure: Azure, capfd: pytest.CaptureFixture[str], role: str, said: str
) -> None:
    azure.roles.remove(role)
    platform.deliver(platform.deployment(ONE), "build", code=1)

    assert said in capfd.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize(
    ("part", "statuses"),
    [
        ("GET taskRuns", [503, 0, 429]),
        ("PUT taskRuns", [503, 0, 409]),
        ("GET runs", [0, 503]),
        ("GET runs", [404]),
        ("POST runs", [503, 0]),
        ("GET logs", [404, 403]),
        ("HEAD logs", [404]),
    ],
)
def test_a_service_that_is_away_is_waited_for(
    azure: Azure, tokens: AccessTokens, part: str, statuses: list[int | None]
) -> None:
    azure.instead[part] = statuses
    assert tasks.Service(_registry(azure), tokens).build(BUILD, _order(), lambda: False).succeeded

    assert (list(azure.runs), azure.instead) == (["ca1"], {part: []})


@pytest.mark.parametrize(
    ("part", "statuses", "said"),
    [
        ("GET taskRuns", [0] * 1000, r"127.0.0.1 gave no answer to GET taskRuns/build-\w+ for 0 s \(.*\); ask again\."),
        ("GET taskRuns", [503] * 1000, r"refused GET taskRuns/build-\w+: 503 said by the stand-in"),
        (
            "GET taskRuns",
            [400],
            r"ACR Tasks of idpapps\.azurecr\.io refused GET taskRuns/\S+ 400 said by the stand-in$",
        ),
        ("PUT taskRuns", [400], r"refused PUT taskRuns/build-\w+: 400 said by the stand-in$"),
        ("PUT taskRuns", [409] * 1000, r"ACR Tasks began no run of build-\w+ within 0 s; ask again\."),
        ("GET runs", [None, 404], r"The run ca1 of ACR Tasks is gone; ask again\."),
    ],
)
def test_what_a_service_does_not_do_is_said(
    azure: Azure, hurried: tasks.Service, part: str, statuses: list[int | None], said: str
) -> None:
    azure.instead[part] = statuses
    with pytest.raises(StepError, match=said):
        hurried.build(BUILD, _order(), lambda: False)


def test_a_log_that_cannot_be_read_ends_no_build(
    azure: Azure, tokens: AccessTokens, capfd: pytest.CaptureFixture[str]
) -> None:
    azure.instead["POST runs"] = [403] * 10
    assert tasks.Service(_registry(azure), tokens).build(BUILD, _order(), lambda: False).succeeded

    assert capfd.readouterr().out.endswith("(the log cannot be read: StepError)\n")


def test_a_log_that_is_never_marked_as_ended_is_read_for_a_while(
    azure: Azure, tokens: AccessTokens, capfd: pytest.CaptureFixture[str]
) -> None:
    azure.instead["HEAD logs"] = [404] * 1000
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tasks, "LATE", 0.05)
        assert tasks.Service(_registry(azure), tokens).build(BUILD, _order(), lambda: False).succeeded

    assert "Successfully pushed image\n" in capfd.readouterr().out


def test_a_token_that_resource_manager_no_longer_takes_is_renewed(azure: Azure, tokens: AccessTokens) -> None:
    service = tasks.Service(_registry(azure), tokens)
    assert service.build("build-1", _order(), lambda: False).succeeded
    azure.tokens.clear()
    service.forget("build-1")

    assert azure.task_runs == {}
    assert azure.scopes == [f"{azure.url}/.default"] * 2


def test_what_is_no_token_is_said_and_never_shown(azure: Azure, tokens: AccessTokens, tmp_path: Path) -> None:
    images = Repository(azure.url, "payments/shop", SignIn(_registry(azure), "payments/shop", tokens))
    azure.instead["POST oauth2"] = [503, 0, 200]
    with pytest.raises(StepError, match=r"answered signing in with something that holds no refresh_token\."):
        images.tags()
    azure.instead["POST entra"] = [200]
    with pytest.raises(StepError, match=r"gave no token but something else \(KeyError: 'access_token'\)\."):
        tokens.token("another")
    (tmp_path / "assertion").unlink()
    with pytest.raises(
        StepError, match=r"AZURE_FEDERATED_TOKEN_FILE \S+/assertion cannot be read \(.*workload identity"
    ):
        tokens.token("another")


def test_an_issuer_that_is_away_is_waited_for_and_then_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entra, "PATIENCE", 0.1)
    with pytest.raises(StepError, match=r"http://127.0.0.1:9/ gave no answer for 0 s \(ConnectError\); ask again"):
        entra.asked_to_sign_in("http://127.0.0.1:9/", {})


def test_nothing_is_left_of_an_application_that_goes(platform: OnAzure, cluster: Cluster, azure: Azure) -> None:
    azure.page = 1
    run = platform.registered()
    platform.deployed(ONE)
    platform.deployed(TWO, "live")
    assert len(azure.task_runs) == 2
    assert "2 images, and what serves" in run.look("deprovision").left("summary"), "page by page"

    platform.deliver(run, "registration", "absent")
    assert (azure.task_runs, cluster.images, cluster.tags) == ({}, {}, {})
    assert [cluster.names(kind) for kind in ("applications", "appprojects", "configmaps")] == [[], [], []]
    assert "repository:payments/shop:delete" in azure.scopes
    assert run.look("deprovision").left("changes") == "0"


@pytest.mark.parametrize(
    "more",
    [
        {"dockerfile": 'Docker" - cmd: x'},
        {"dockerfile": "{{.Run.ID}}"},
        {"dockerfile": "-v"},
        {"repository": "https://git.test/a/b;x"},
        {"repository": "https://git.test/a/$(id)"},
        {"request": "a\nsteps:"},
        {"request": "a b"},
        {"builder": "b --privileged"},
        {"commit": "1#x"},
        {"team": "a'b"},
    ],
)
def test_no_value_is_more_than_a_word_of_a_task(more: dict[str, str]) -> None:
    with pytest.raises(StepError, match="cannot be a word of a build by ACR Tasks"):
        run_request(_order(**more), _registry())


def test_a_task_has_nothing_that_a_template_would_fill_in() -> None:
    text = task(_order(), _registry())
    assert not set("{}$`&;|<>\\") & set(text)


def test_a_pool_of_machines_is_named_where_there_is_one() -> None:
    own = _registry(agent_pool="builders")
    assert run_request(_order(), own)["agentPoolName"] == "builders"
    assert run_request(_order(), _registry())["agentConfiguration"] == {"cpu": 2}


def test_git_s_addresses_end_as_the_service_knows_them() -> None:
    for repository in ("https://git.test/a/b", "https://git.test/a/b.git"):
        assert (
            run_request(_order(repository=repository), _registry())["sourceLocation"]
            == f"https://git.test/a/b.git#{ONE}"
        )


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "harbor"}, "delivery.registry: `kind` should be azure, or left out for an open registry"),
        ({"name": "idp.example.com"}, "delivery.registry.name: String should match pattern"),
        ({"subscription_id": "mine"}, "delivery.registry.subscription_id: String should match pattern"),
        ({"resource_group": "a/b"}, "delivery.registry.resource_group: String should match pattern"),
        ({"resource_manager": "ftp://a"}, "delivery.registry.resource_manager: String should match pattern"),
        ({"agent_pool": "a b c"}, "delivery.registry.agent_pool: String should match pattern"),
        ({"password": "hunter2"}, "delivery.registry.password: Extra inputs are not permitted"),
    ],
)
def test_settings_that_do_not_fit_are_named_without_their_values(change: dict[str, Any], said: str) -> None:
    with pytest.raises(StepError) as refused:
        delivery_settings({"delivery": _delivery(**change)}, "azure")
    assert said in str(refused.value)
    assert "The target azure is not told how applications are delivered: " in str(refused.value)
    for each in ("hunter2", "harbor", "idp.example.com"):
        assert each not in str(refused.value)


def test_a_registry_of_no_kind_is_an_open_one() -> None:
    told = _delivery()
    told["registry"] = {"name": "registry.test:5000", "url": "http://registry.test:5000"}
    found = delivery_settings({"delivery": told}, "kubernetes")
    assert found
    assert found.registry.kind == "open"
    told["registry"] = {"name": "registry.test", "url": "https://registry.test", "subscription_id": SUBSCRIPTION}
    with pytest.raises(StepError, match=r"delivery\.registry\.subscription_id: Extra inputs"):
        delivery_settings({"delivery": told}, "kubernetes")


def test_what_a_build_asks_for_is_told() -> None:
    found = delivery_settings({"delivery": {**_delivery(), "build_cpu": "100m"}}, "kubernetes")
    assert found
    assert found.build_cpu == "100m"
    with pytest.raises(StepError, match=r"delivery\.build_cpu"):
        delivery_settings({"delivery": {**_delivery(), "build_cpu": "2"}}, "kubernetes")


def test_the_registry_is_asked_by_its_name_and_its_resource_is_the_name_s_first_word() -> None:
    found = _registry(name="idpapps-a1b2c3.azurecr.io")
    assert (found.address, found.short_name) == ("https://idpapps-a1b2c3.azurecr.io", "idpapps")


def test_the_target_azure_tells_terraform_nothing_of_deliveries() -> None:
    found = target("azure", BLOB, KEY, TOLD | {"delivery": _delivery()})
    assert found.variables == {"azure": TOLD}
    assert found.delivery
    assert found.delivery.registry.kind == "azure"
    assert target("azure", BLOB, KEY, TOLD).delivery is None
    with pytest.raises(StepError, match=r"The target azure is not told how .*delivery\.builder"):
        target("azure", BLOB, KEY, TOLD | {"delivery": {**_delivery(), "builder": ""}})


def test_the_target_azure_carries_applications_in_the_pod_s_own_cluster(
    platform: OnAzure, cluster: Cluster, azure: Azure, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_file: list[str | None] = []

    def own(kubeconfig: str | None) -> client.Cluster:
        by_file.append(kubeconfig)
        return client.cluster(str(next(platform.folder.rglob("kubeconfig"))))

    monkeypatch.setattr(carrying_out, "cluster", own)
    before = OnAzure.run

    def on_azure(self: OnAzure, capability: str, **request: Any) -> Run:
        run = before(self, capability, **request)
        run.settings |= {
            "IDP_TARGET": "azure",
            "IDP_STATE_BACKEND": json.dumps(BLOB),
            "IDP_TARGET_SETTINGS": json.dumps(TOLD | {"delivery": self.told}),
        }
        return run

    monkeypatch.setattr(OnAzure, "run", on_azure)
    run = platform.registered()
    platform.deployed(ONE)
    platform.set(settings={"A": "b"})
    assert cluster.values(DELIVERED)["workloadIdentity"] is True, "it is who its environment's workloads are"
    assert run.step("inspect", "applications").done().left("changes") == "0"
    assert set(by_file) == {None}
    assert {path.split("/")[4] for path in cluster.objects if path.split("/")[-2] == "configmaps"} == {"idp-state"}
    assert list(azure.runs) == ["ca1"]
    platform.deliver(run, "registration", "absent")
    assert cluster.names("configmaps") == []


def _delivery(**change: Any) -> dict[str, Any]:
    return {
        "registry": {"kind": "azure", "name": NAME, "subscription_id": SUBSCRIPTION, "resource_group": "rg", **change},
        "builder": f"{NAME}/idp-builder:0.1.0",
        "chart": {"repository": "https://git.test/platform.git", "revision": "v1"},
    }


def _registry(azure: Azure | None = None, **change: Any) -> AzureRegistry:
    told = azure.delivery() if azure else _delivery(**change)
    found = DeliverySettings.model_validate(told).registry
    assert isinstance(found, AzureRegistry)
    return found


def _identity(azure: Azure, folder: Path) -> Identity:
    told = azure.identity(folder)
    return Identity(
        authority=told["AZURE_AUTHORITY_HOST"],
        tenant=TENANT,
        client=CLIENT,
        assertion_file=Path(told["AZURE_FEDERATED_TOKEN_FILE"]),
    )


def _order(**change: str) -> Order:
    told = {
        "team": "payments",
        "application": "shop",
        "repository": "https://git.test/payments/shop.git",
        "dockerfile": "Dockerfile",
        "commit": ONE,
        "request": "deployments-1",
        "builder": f"{NAME}/idp-builder:0.1.0",
    }
    return Order(**(told | change))
