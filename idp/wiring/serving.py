"""Around the API: that its Service finds its pods, its pods their Secrets, and everybody the right port."""

from collections.abc import Iterator

from idp import names
from idp.capability import Catalog
from idp.wiring import expected, plain, served
from idp.wiring.findings import Finding, different, unequal_sets
from idp.wiring.parsed import Parsed, identity

_WHERE = "Deployment api"


def serving_findings(parsed: Parsed, catalog: Catalog, reference: str) -> Iterator[Finding]:
    """One of each, all of the same name and labels."""
    for kind in (served.Deployment, served.Service, served.PodDisruptionBudget, served.Ingress):
        found = [identity(each)[1:] for each in parsed.objects if isinstance(each, kind)]
        yield from different(kind.__name__, "its objects", found, [(names.NAMESPACE_API, names.API)])
    for deployment in parsed.all(served.Deployment):
        yield from _deployment(deployment, catalog, reference, parsed)
    for service in parsed.all(served.Service):
        port = service.spec.ports[0]
        yield from _labels("Service api", service.metadata.labels, service.spec.selector)
        yield from different("Service api", "port", (port.name, port.port, port.target_port), ("http", 8000, "http"))
    for budget in parsed.all(served.PodDisruptionBudget):
        yield from _labels("PodDisruptionBudget api", budget.metadata.labels, budget.spec.selector.match_labels)
    for ingress in parsed.all(served.Ingress):
        rule = ingress.spec.rules[0]
        behind = rule.http.paths[0].backend.service
        yield from different("Ingress api", "host", rule.host, f"api.{catalog.domain}")
        yield from different("Ingress api", "service", (behind.name, behind.port.number), (names.API, 8000))


def _labels(where: str, *found: dict[str, str] | None) -> Iterator[Finding]:
    for each in found:
        yield from different(where, "labels", each, expected.API_LABELS)


def _deployment(deployment: served.Deployment, catalog: Catalog, reference: str, parsed: Parsed) -> Iterator[Finding]:
    spec, pod = deployment.spec, deployment.spec.template.spec
    spreads = pod.topology_spread_constraints
    yield from _labels(_WHERE, deployment.metadata.labels, spec.selector.match_labels, spec.template.metadata.labels)
    yield from _labels(_WHERE, *(each.label_selector.match_labels for each in spreads))
    yield from different(_WHERE, "spread over", [each.topology_key for each in spreads], expected.SPREAD)
    account = parsed.named(plain.ServiceAccount, deployment.metadata.namespace, pod.service_account_name)
    if account is None:
        yield Finding(_WHERE, f"there is no ServiceAccount {pod.service_account_name!r} in its namespace")
    yield from different(_WHERE, "serviceAccountName", pod.service_account_name, names.API_ACCOUNT)
    leaving = pod.containers[0].lifecycle.pre_stop.sleep.seconds
    if not 0 < leaving < pod.termination_grace_period_seconds:
        yield Finding(_WHERE, "the time to leave is not within terminationGracePeriodSeconds")
    yield from _container(pod.containers[0], catalog, reference)
    yield from _volumes(pod)


def _container(container: served.ServingContainer, catalog: Catalog, reference: str) -> Iterator[Finding]:
    yield from different(_WHERE, "container", container.name, names.API)
    yield from different(_WHERE, "image", container.image, catalog.images.api)
    yield from different(_WHERE, "command", [*container.command, *container.args], expected.SERVE)
    if not container.security_context.read_only_root_filesystem:
        yield Finding(_WHERE, "its root file system can be written")
    port = container.ports[0]
    yield from different(_WHERE, "port", (port.name, port.container_port), ("http", names.API_PORT))
    probes = (container.startup_probe, container.liveness_probe, container.readiness_probe)
    asked = [(each.http_get.path, each.http_get.port) for each in probes]
    yield from different(_WHERE, "probes", asked, [("/livez", "http"), ("/livez", "http"), ("/readyz", "http")])
    yield from _environment(container, catalog, reference)


def _environment(container: served.ServingContainer, catalog: Catalog, reference: str) -> Iterator[Finding]:
    wanted = expected.served_environment(catalog, reference)
    yield from unequal_sets(_WHERE, "variable", [each.name for each in container.env], [*wanted, "IDP_LEDGER_URL"])
    for each in container.env:
        source = each.value_from.secret_key_ref if each.value_from else None
        secret = (source.name, source.key) if source else None
        ledger = each.name == "IDP_LEDGER_URL"
        yield from different(f"{_WHERE}: env {each.name}", "value", each.value, wanted.get(each.name))
        yield from different(f"{_WHERE}: env {each.name}", "secret", secret, expected.LEDGER_SECRET if ledger else None)


def _volumes(pod: served.PodSpec) -> Iterator[Finding]:
    """The Secrets, where the settings say, and a folder for what Python writes; nothing else can be written."""
    mounts = {each.name: (each.mount_path, each.read_only) for each in pod.containers[0].volume_mounts}
    volumes = {
        each.name: (
            each.secret.secret_name if each.secret else None,
            bool(each.secret and each.secret.optional),
            each.empty_dir is not None,
        )
        for each in pod.volumes
    }
    yield from different(_WHERE, "mounts", mounts, expected.API_MOUNTS)
    yield from different(_WHERE, "volumes", volumes, expected.API_VOLUMES)
