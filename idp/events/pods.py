"""Rights and resources of the pods that Argo Events makes for us: Pod Security `restricted`, and no more."""

from typing import Annotated, Literal

from pydantic import Field

from idp.events.model import Model

# By value, not by default alone: a right that is missing from a manifest is one that the cluster grants.


class Seccomp(Model):
    """The container runtime's own profile."""

    type: Literal["RuntimeDefault"]


class PodSecurity(Model):
    """A user of no name; the group makes volumes writable for it."""

    fs_group: Literal[10001]
    run_as_group: Literal[10001]
    run_as_non_root: Literal[True]
    run_as_user: Literal[10001]
    seccomp_profile: Seccomp


class Capabilities(Model):
    """None are left."""

    drop: Annotated[list[Literal["ALL"]], Field(min_length=1, max_length=1)]


class ContainerSecurity(Model):
    """`read_only_root_filesystem` is false only where the image writes beside itself."""

    allow_privilege_escalation: Literal[False]
    capabilities: Capabilities
    read_only_root_filesystem: bool


class Requests(Model):
    """What is reserved: Kubernetes quantities."""

    cpu: str
    memory: str


class Limits(Model):
    """What is the most. CPU is short only for a moment: it has no limit."""

    memory: str


class Resources(Model):
    """What is reserved, and what is the most."""

    requests: Requests
    limits: Limits


class Container(Model):
    """Of one container of a pod that Argo Events makes."""

    resources: Resources
    security_context: ContainerSecurity


class PodTemplate(Model):
    """Of all pods of an EventSource or a Sensor."""

    service_account_name: str | None = None
    security_context: PodSecurity
    container: Container


def pod_security() -> PodSecurity:
    """The same for every pod."""
    return PodSecurity(
        fs_group=10001,
        run_as_group=10001,
        run_as_non_root=True,
        run_as_user=10001,
        seccomp_profile=Seccomp(type="RuntimeDefault"),
    )


def container(*, cpu: str, memory: str, read_only: bool = True) -> Container:
    """`cpu` is what it asks for, `memory` also its limit."""
    return Container(
        resources=Resources(requests=Requests(cpu=cpu, memory=memory), limits=Limits(memory=memory)),
        security_context=ContainerSecurity(
            allow_privilege_escalation=False,
            capabilities=Capabilities(drop=["ALL"]),
            read_only_root_filesystem=read_only,
        ),
    )


def pod(account: str | None, *, read_only: bool) -> PodTemplate:
    """Of an EventSource or a Sensor."""
    return PodTemplate(
        service_account_name=account,
        security_context=pod_security(),
        container=container(cpu="50m", memory="128Mi", read_only=read_only),
    )
