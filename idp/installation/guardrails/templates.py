"""What runs do, and where they look for the API, state and plans, is changed by who deploys it from Git."""

from typing import Final

from idp import names
from idp.installation.guardrails.policies import DEPLOYERS, Policy, Rule

_EMPTYING: Final = names.account("kube-system", "namespace-controller")
"""Deletes what is in a namespace that is deleted."""


def templates() -> Policy:
    """WorkflowTemplates, and the ConfigMaps that say what a step is told and who may pass these policies."""
    return Policy(
        name="idp-templates",
        why="What a run does is what was reviewed in Git: only who deploys from there changes it.",
        operations=("CREATE", "UPDATE", "DELETE"),
        resources={"argoproj.io": ("workflowtemplates",)},
        named={"/configmaps": (names.RUNNER_CONFIG, names.GUARDRAILS, names.ARTIFACT_REPOSITORIES)},
        exempt={
            "namespace-deleted": f"request.operation == 'DELETE' && request.userInfo.username == '{_EMPTYING}'",
        },
        variables={"deployers": DEPLOYERS},
        rules=(
            Rule(
                "variables.deployers.exists(each, each == request.userInfo.username"
                " || each in request.userInfo.?groups.orValue([]))",
                "Only who deploys idp changes what its runs do: change the catalogue in Git, and let it be deployed.",
            ),
        ),
    )
