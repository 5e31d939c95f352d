"""What RBAC cannot say of the accounts of the steps: in which namespaces, and of which state."""

from typing import Final

from idp import names
from idp.installation.guardrails.policies import Policy, Rule, listed, quoted

_CONFIGURE: Final = names.account(names.NAMESPACE_RUNS, "configure")
_LOOK: Final = names.account(names.NAMESPACE_RUNS, "look")
_DELIVERIES: Final = (
    f"{names.NAMESPACE_ARGO_CD} applications",
    f"{names.NAMESPACE_ARGO_CD} appprojects",
    f"{names.NAMESPACE_BUILDS} jobs",
    f"{names.NAMESPACE_STATE} configmaps",
)
"""What else the same account writes where applications are delivered, and RBAC lets it: `idp.installation.delivery`."""


def environments() -> Policy:
    """Playbooks may make namespaces, quotas, bindings..., and RBAC knows no beginning of a name."""
    elsewhere = "request.namespace + ' ' + request.resource.resource"
    place = "(request.resource.resource == 'namespaces' ? request.name : request.namespace)"
    return Policy(
        name="idp-environments",
        why="Playbooks write to namespaces of environments, steps of applications to builds and Argo CD, and to no other.",
        operations=("CREATE", "UPDATE", "DELETE"),
        resources={"*": ("*",)},
        namespace=None,
        exempt={"others": f"request.userInfo.username != {quoted(_CONFIGURE)}"},
        rules=(
            Rule(
                f"{place}.startsWith({quoted(names.ENVIRONMENTS)}) || {elsewhere} in {listed(_DELIVERIES)}",
                f"Playbooks write to namespaces that begin with {names.ENVIRONMENTS}, and to no other.",
            ),
        ),
    )


def state() -> Policy:
    """Terraform makes an empty state where there is none, even if it only plans, by creating its Secret and then filling it."""
    return Policy(
        name="idp-states",
        why="Who only looks changes no state: it may write the first, empty one.",
        operations=("UPDATE",),
        resources={"": ("secrets",)},
        namespace=names.NAMESPACE_STATE,
        exempt={"others": f"request.userInfo.username != {quoted(_LOOK)}"},
        rules=(
            Rule(
                "size(oldObject.?data.orValue({})) == 0",
                "Who only looks changes no state: let the step that applies do it.",
            ),
        ),
    )
