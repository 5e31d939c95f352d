"""Who is in a step's pod is that step to the API: so nobody makes one by hand, or goes into one."""

from idp.installation.guardrails.policies import COLLECTOR, CONTROLLER, Policy, Rule, quoted


def pods() -> Policy:
    """A hand-made pod could name a running Workflow as its owner, and take a step's account; a changed one another image."""
    return Policy(
        name="idp-pods",
        why="A step's permit is given to its pod: pods are made, changed and entered by Argo's controller alone.",
        operations=("CREATE", "UPDATE", "CONNECT"),
        resources={"": ("pods", "pods/attach", "pods/ephemeralcontainers", "pods/exec")},
        rules=(
            Rule(
                f"request.userInfo.username == {CONTROLLER}"
                f" || (request.operation == 'UPDATE' && request.userInfo.username == {quoted(COLLECTOR)})",
                "Pods here are made, changed and entered by Argo's controller alone: read a step's log through the API.",
            ),
        ),
    )
