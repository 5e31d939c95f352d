"""What every pod of a run has: its restrictions, volumes, resources and environment."""

from collections.abc import Mapping
from typing import Final

from hera.workflows import ConfigMapEnvFrom, Env, Resources
from hera.workflows import models as m

from idp import names

USER: Final = 10001
"""Of the runner image; a number, as `runAsNonRoot` cannot check a name."""

_TOKEN_SECONDS: Final = 3600
_WORK: Final = "work"
_TOKEN: Final = "token"  # noqa: S105 - a volume's name
_CLUSTER: Final = "cluster"


def pod_security() -> m.PodSecurityContext:
    """Pod Security `restricted`; the group makes the volumes writable, and the token readable, for the user."""
    return m.PodSecurityContext(
        fs_group=USER,
        run_as_group=USER,
        run_as_non_root=True,
        run_as_user=USER,
        seccomp_profile=m.SeccompProfile(type="RuntimeDefault"),
    )


def container_security() -> m.SecurityContext:
    """No more rights than the pod's user has, and a root file system that stays as the image has it."""
    return m.SecurityContext(
        allow_privilege_escalation=False,
        capabilities=m.Capabilities(drop=["ALL"]),
        read_only_root_filesystem=True,
    )


def volumes() -> list[m.Volume]:
    """A folder to work in, the token that tells the API which step is calling, and the way to the cluster."""
    token = m.ServiceAccountTokenProjection(
        audience=names.TOKEN_AUDIENCE,
        expiration_seconds=_TOKEN_SECONDS,
        path=names.TOKEN_FILE.removeprefix(f"{names.TOKEN_FOLDER}/"),
    )
    return [
        m.Volume(name=_WORK, empty_dir=m.EmptyDirVolumeSource(size_limit=m.Quantity(root="2Gi"))),
        _projected(_TOKEN, m.VolumeProjection(service_account_token=token)),
        _projected(_CLUSTER, *_cluster()),
    ]


def _cluster() -> list[m.VolumeProjection]:
    """What a pod's token is mounted as where it is mounted by itself; Argo's own containers in the pod do not get it."""
    token = m.ServiceAccountTokenProjection(expiration_seconds=_TOKEN_SECONDS, path="token")
    authority = m.ConfigMapProjection(name="kube-root-ca.crt", items=[m.KeyToPath(key="ca.crt", path="ca.crt")])
    namespace = m.DownwardAPIVolumeFile(
        field_ref=m.ObjectFieldSelector(api_version="v1", field_path="metadata.namespace"), path="namespace"
    )
    return [
        m.VolumeProjection(service_account_token=token),
        m.VolumeProjection(config_map=authority),
        m.VolumeProjection(downward_api=m.DownwardAPIProjection(items=[namespace])),
    ]


def _projected(name: str, *sources: m.VolumeProjection) -> m.Volume:
    return m.Volume(name=name, projected=m.ProjectedVolumeSource(sources=list(sources)))


def mounts() -> list[m.VolumeMount]:
    """Where `volumes` are found."""
    return [
        m.VolumeMount(name=_WORK, mount_path=names.WORK_FOLDER),
        m.VolumeMount(name=_TOKEN, mount_path=names.TOKEN_FOLDER, read_only=True),
        m.VolumeMount(name=_CLUSTER, mount_path=names.CLUSTER_FOLDER, read_only=True),
    ]


def resources() -> Resources:
    """Room for Terraform with a large provider. CPU is short only for a moment, memory for good: so its limit is near."""
    return Resources(
        cpu_request="100m",
        cpu_limit=2,
        memory_request="256Mi",
        memory_limit="1Gi",
        ephemeral_request="512Mi",
        ephemeral_limit="3Gi",
    )


def environment(image: str, catalog: str, inputs: Mapping[str, str]) -> list[Env]:
    """What a step is told: fixed words, the request, and `inputs` (variable -> input parameter of the template)."""
    told = {
        "IDP_REQUEST": f"{{{{workflow.parameters.{names.PARAMETER_REQUEST}}}}}",
        "IDP_RUN": "{{workflow.name}}",
        "IDP_IMAGE": image,
        "IDP_CATALOG": catalog,
        "IDP_TOKEN_FILE": names.TOKEN_FILE,
        "HOME": names.WORK_FOLDER,
        "TMPDIR": names.WORK_FOLDER,
    }
    told |= {variable: f"{{{{inputs.parameters.{parameter}}}}}" for variable, parameter in inputs.items()}
    return [Env(name=name, value=value) for name, value in told.items()]


def installation() -> list[ConfigMapEnvFrom]:
    """What differs between installations."""
    return [ConfigMapEnvFrom(name=names.RUNNER_CONFIG)]
