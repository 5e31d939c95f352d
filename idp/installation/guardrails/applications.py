"""What steps may have Argo CD do: it may do everything itself, so who writes its objects could, too."""

from typing import Final

from idp import names
from idp.installation.guardrails.policies import Policy, Rule, quoted

_CONFIGURE: Final = names.account(names.NAMESPACE_RUNS, "configure")


def applications() -> Policy:
    """RBAC gives a step all Applications and AppProjects of Argo CD's namespace: it knows no beginning of a name."""
    space = f"{quoted(names.ENVIRONMENTS)} + variables.parts[1] + '-'"
    return Policy(
        name="idp-applications",
        why="Steps write the AppProjects and Applications of users' applications, each for its own team's environments.",
        operations=("CREATE", "UPDATE", "DELETE"),
        resources={"argoproj.io": ("applications", "appprojects")},
        namespace=names.NAMESPACE_ARGO_CD,
        exempt={"others": f"request.userInfo.username != {quoted(_CONFIGURE)}"},
        variables={
            "parts": "request.name.split('.')",
            "project": "request.resource.resource == 'appprojects'",
        },
        rules=(
            Rule(
                f"request.name.startsWith({quoted(names.DELIVERED)})"
                " && size(variables.parts) == (variables.project ? 3 : 4)",
                f"Steps write what is called {names.DELIVERED}TEAM.NAME or {names.DELIVERED}TEAM.NAME.ENVIRONMENT,"
                " and nothing else of Argo CD's.",
            ),
            Rule(
                "request.operation == 'DELETE' || variables.project || ("
                "request.name.startsWith(object.spec.project + '.')"
                f" && object.spec.destination.namespace == {space} + variables.parts[3])",
                "An Application is of its own project, and for the environment that its name says.",
            ),
            Rule(
                "request.operation == 'DELETE' || !variables.project || ("
                f"object.spec.destinations.all(each, each.namespace.startsWith({space}))"
                " && size(object.spec.?clusterResourceWhitelist.orValue([])) == 0)",
                "A project is for environments of its own team, and for nothing of the cluster's own.",
            ),
        ),
    )
