"""What the embedded engine accepts without effect, and why. Everything that is neither here nor carried out is refused."""

from collections.abc import Mapping
from typing import Final

_CLUSTER = "where pods go and what they may use is the cluster's; here each step is a process of the server's user"
_RIGHTS = "a step is a process of the server's user: there is no account or right to give"
_OBJECTS = "there are no pods and no Kubernetes objects to collect"
_WORDS = "for people"
_NO_CLUSTER = "there is no cluster to be a client of"
_BUS = "there is no bus: an event goes from EventSource to Sensor in one call"

KINDS: Final[Mapping[str, str]] = {
    "Deployment": "the API is the process that this engine is in",
    "EventBus": _BUS,
    "Ingress": "the server has one address",
    "Kustomization": "for kubectl",
    "Namespace": "the namespaces are names here",
    "NetworkPolicy": "there is no network of pods",
    "Role": _RIGHTS,
    "RoleBinding": _RIGHTS,
    "ClusterRole": _RIGHTS,
    "ClusterRoleBinding": _RIGHTS,
    "Secret": "no step reads one; the engine mints its tokens itself",
    "Service": "the server has one address",
    "ServiceAccount": _RIGHTS,
    "PodDisruptionBudget": _CLUSTER,
    "ValidatingAdmissionPolicy": "the engine refuses what it does not carry out",
    "ValidatingAdmissionPolicyBinding": "the engine refuses what it does not carry out",
}
"""Kinds of objects that are listed and otherwise left alone."""

INERT: Final[Mapping[str, Mapping[str, str]]] = {
    "metadata": {"annotations": _WORDS, "labels": _WORDS},
    "EventSourceSpec": {"eventBusName": _BUS, "replicas": _CLUSTER, "service": _CLUSTER, "template": _CLUSTER},
    "Webhook": {
        "authSecret": "who may publish is who has the engine in hand",
        "port": "there is no port: publishing is a call",
    },
    "SensorSpec": {
        "eventBusName": _BUS,
        "replicas": _CLUSTER,
        "revisionHistoryLimit": _OBJECTS,
        "template": _CLUSTER,
    },
    "Trigger": {
        "atLeastOnce": "the Workflow is on the disk before the publisher has its answer",
        "dlqTrigger": "a trigger that fails is logged as dropped, with the reason",
        "retryStrategy": "the same trigger with the same event fails the same way here: it is tried once",
    },
    "WorkflowTemplateSpec": {
        "archiveLogs": "logs are files of the engine",
        "artifactGC": "artifacts go with the run",
        "automountServiceAccountToken": _RIGHTS,
        "executor": _RIGHTS,
        "podDisruptionBudget": _CLUSTER,
        "podGC": _OBJECTS,
        "podMetadata": _OBJECTS,
        "podPriorityClassName": _CLUSTER,
        "nodeSelector": _CLUSTER,
        "affinity": _CLUSTER,
        "tolerations": _CLUSTER,
        "imagePullSecrets": _CLUSTER,
        "securityContext": _RIGHTS,
        "serviceAccountName": _RIGHTS,
    },
    "WorkflowParameter": {"description": _WORDS, "enum": "Argo does not check it where the event brings the value"},
    "Template": {
        "archiveLocation": "artifacts are files of the engine",
        "automountServiceAccountToken": _RIGHTS,
        "executor": _RIGHTS,
        "metadata": _OBJECTS,
        "nodeSelector": _CLUSTER,
        "affinity": _CLUSTER,
        "tolerations": _CLUSTER,
        "priorityClassName": _CLUSTER,
        "securityContext": _RIGHTS,
        "serviceAccountName": _RIGHTS,
    },
    "InputParameter": {"description": _WORDS, "enum": "Argo does not check it where the task brings the value"},
    "InputArtifact": {"mode": "the file keeps the mode it was written with"},
    "OutputParameter": {"description": _WORDS},
    "DAG": {"failFast": "tasks without a node fail the DAG early; here every task has one before the DAG is judged"},
    "Container": {
        "image": "the step runs the programs of this machine",
        "imagePullPolicy": "there is no image",
        "resources": _CLUSTER,
        "securityContext": _RIGHTS,
        "terminationMessagePolicy": _CLUSTER,
        "terminationMessagePath": _CLUSTER,
        "name": "a template has one container",
        "ports": _CLUSTER,
    },
    "VolumeMount": {"readOnly": "the folder is the step's own"},
    "EmptyDir": {"medium": "a folder of the step", "sizeLimit": "the disk is the limit"},
    "Projected": {"defaultMode": "the token is the server's user's, 0600"},
    "Cluster.serviceAccountToken": {"expirationSeconds": _NO_CLUSTER, "path": _NO_CLUSTER},
    "Cluster.configMap": {"items": _NO_CLUSTER, "name": _NO_CLUSTER},
    "Cluster.downwardAPI": {"items": _NO_CLUSTER},
    "TokenSource": {
        "audience": "the engine's own verifier checks the token",
        "expirationSeconds": "the token holds while its step runs",
    },
}
"""Fields without effect here, by the kind of object they are in."""
