"""The objects that steps of applications write. Pure."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Final

from idp import names
from idp.errors import StepError
from idp.runner.delivery.cluster.client import Json
from idp.runner.delivery.cluster.records import Placement, labelled
from idp.runner.delivery_settings import DeliverySettings

HERE: Final = "https://kubernetes.default.svc"
"""The cluster that Argo CD is in."""
BUILD_SECONDS: Final = 25 * 60
"""Less than the step's own deadline: what ended is said, not only that it did."""
_BUILDER: Final = 1000
"""The user of the builder's image."""
_LABEL: Final = 63
"""Characters of a DNS label."""


def app_project(team: str, application: str, environments: list[str], settings: DeliverySettings) -> Json:
    """What Argo CD may do for the application: this chart, in these environments of the team, nothing of the cluster's own."""
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AppProject",
        "metadata": {
            "name": names.project(team, application),
            "namespace": names.NAMESPACE_ARGO_CD,
            "labels": labelled(team, application),
        },
        "spec": {
            "description": f"{team}/{application}",
            "sourceRepos": [settings.chart.repository],
            "destinations": [{"server": HERE, "namespace": names.namespace(team, each)} for each in environments],
            "clusterResourceWhitelist": [],
            "namespaceResourceWhitelist": [{"group": group, "kind": kind} for group, kind in CHART_KINDS],
        },
    }


CHART_KINDS: Final = (
    ("", "ConfigMap"),
    ("", "Service"),
    ("", "ServiceAccount"),
    ("argoproj.io", "AnalysisTemplate"),
    ("argoproj.io", "Rollout"),
    ("networking.k8s.io", "Ingress"),
    ("networking.k8s.io", "NetworkPolicy"),
    ("policy", "PodDisruptionBudget"),
)
"""All that the chart renders."""


def argo_application(placement: Placement, values: Mapping[str, Any], settings: DeliverySettings) -> Json:
    """A placement: the chart with these values, kept as they are by Argo CD itself.

    Applied on the client's side: the controller of Rollouts writes into the Services' selectors, and a server-side apply
    takes it out again, so that users reach a version before its analysis. Nothing is pruned last: that would be a wave of its own,
    before which Argo CD waits for the Ingress, and that has no address where there is no edge.
    """
    return {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "Application",
        "metadata": {
            "name": placement.delivered,
            "namespace": names.NAMESPACE_ARGO_CD,
            "labels": labelled(placement.team, placement.name),
            "annotations": {"argocd.argoproj.io/refresh": "normal"},
            "finalizers": ["resources-finalizer.argocd.argoproj.io"],
        },
        "spec": {
            "project": names.project(placement.team, placement.name),
            "destination": {"server": HERE, "namespace": placement.namespace},
            "source": {
                "repoURL": settings.chart.repository,
                "targetRevision": settings.chart.revision,
                "path": settings.chart.path,
                # One text: a merge replaces all of it, and leaves no setting behind that is no more.
                "helm": {"releaseName": placement.name, "values": json.dumps(values, sort_keys=True)},
            },
            "ignoreDifferences": [
                {
                    "group": "",
                    "kind": "Service",
                    "jsonPointers": ["/spec/selector/rollouts-pod-template-hash"],
                }
            ],
            "syncPolicy": {
                "automated": {"prune": True, "selfHeal": True},
                "syncOptions": ["ServerSideApply=false", "RespectIgnoreDifferences=true"],
                "retry": {"limit": 5, "backoff": {"duration": "2s", "factor": 2, "maxDuration": "1m"}},
            },
        },
    }


def chart_values(
    placement: Placement,
    revision: Mapping[str, Any],
    before: Mapping[str, Any] | None,
    *,
    image: str,
    runner: str,
    domain: str,
    workload_identity: bool = False,
) -> dict[str, Any]:
    """A revision, as the chart `application` takes it.

    `workload_identity`: the environment's workloads are somebody outside of the cluster, and so is the application.
    `before` is what serves while this one starts: its settings stay, as its pods may have to start again.
    """
    served, settings = revision["application"], revision["settings"]
    kept = [settings] + ([before["settings"]] if before and before["settings"]["number"] != settings["number"] else [])
    return {
        "team": placement.team,
        "environment": placement.environment,
        "revision": revision["revision"],
        "request": revision["request"],
        "commit": revision["commit"],
        "image": image,
        "host": host(placement, served["host"] or placement.name, domain),
        "port": served["port"],
        "replicas": served["replicas"],
        "healthPath": served["health_path"],
        "readySeconds": served["ready_seconds"],
        "strategy": served["strategy"],
        "size": served["size"],
        "settings": settings["number"],
        "settingsKept": [{"number": each["number"], "values": each["values"]} for each in kept],
        "secrets": {name: _reference(text) for name, text in settings["secrets"].items()},
        "analysisImage": runner,
        "workloadIdentity": workload_identity,
    }


def _reference(text: str) -> dict[str, str]:
    """`secret/key`."""
    secret, _, key = text.partition("/")
    return {"name": secret, "key": key}


def host(placement: Placement, label: str, domain: str) -> str:
    """The team is last, and has no hyphen: no two teams share one. Raises StepError."""
    whole = f"{label}-{placement.environment}-{placement.team}"
    if len(whole) > _LABEL:
        message = f"The host {whole} has more than {_LABEL} characters; give the application a shorter `host`."
        raise StepError(message)
    return names.host(whole, domain)


def build_name(team: str, application: str, commit: str) -> str:
    """Of the Job: one for each commit of each application, whoever asks."""
    return f"build-{hashlib.sha256(f'{team}/{application}/{commit}'.encode()).hexdigest()[:16]}"


def build_job(
    *,
    team: str,
    application: str,
    repository: str,
    dockerfile: str,
    commit: str,
    request: str,
    settings: DeliverySettings,
) -> Json:
    """No value is part of a shell's text: the builder takes words. Its pod has no token, no Secret and no host path.

    Pod Security `baseline`: user namespaces need two capabilities, and a seccomp profile that lets them be made.
    """
    image = f"{settings.registry.name}/{team}/{application}:{commit}"
    labels = labelled(team, application)
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {
            "name": build_name(team, application, commit),
            "namespace": names.NAMESPACE_BUILDS,
            "labels": labels,
            "annotations": {names.LABEL_REQUEST: request, LABEL_COMMIT: commit},
        },
        "spec": {
            "backoffLimit": 0,
            "activeDeadlineSeconds": BUILD_SECONDS,
            "ttlSecondsAfterFinished": 24 * 3600,
            "template": {
                "metadata": {"labels": labels},
                "spec": {
                    "restartPolicy": "Never",
                    "automountServiceAccountToken": False,
                    "enableServiceLinks": False,
                    "securityContext": {
                        "runAsNonRoot": True,
                        "runAsUser": _BUILDER,
                        "runAsGroup": _BUILDER,
                        "fsGroup": _BUILDER,
                    },
                    "containers": [_builder(repository, commit, image, dockerfile, request, settings=settings)],
                    "volumes": [{"name": "work", "emptyDir": {"sizeLimit": "10Gi"}}],
                },
            },
        },
    }


def _builder(*words: str, settings: DeliverySettings) -> Json:
    """The container, told what to build."""
    return {
        "name": "build",
        "image": settings.builder,
        "imagePullPolicy": "IfNotPresent",
        "args": list(words),
        "env": [{"name": "REGISTRY_PLAIN", "value": "true" if settings.registry.plain else "false"}],
        "resources": {
            "requests": {"cpu": settings.build_cpu, "memory": "512Mi", "ephemeral-storage": "2Gi"},
            "limits": {"cpu": "2", "memory": "2Gi", "ephemeral-storage": "10Gi"},
        },
        "securityContext": {"capabilities": {"drop": ["ALL"], "add": ["SETUID", "SETGID"]}},
        "volumeMounts": [{"name": "work", "mountPath": "/home/build"}],
    }


LABEL_COMMIT: Final = f"{names.LABEL}/commit"
"""An annotation."""
