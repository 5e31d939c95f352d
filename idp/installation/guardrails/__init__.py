"""Guard rails at admission: what the API server itself refuses where the runs are, whoever asks, and of their steps.

RBAC says who may create a Workflow; these say which. Without them, who gets that right by another way (an administrator's
habit, a broad ClusterRole, a stolen token) runs what nobody reviewed with the accounts of the steps. Every policy fails
closed: a rule that cannot be evaluated refuses.
"""

from typing import Any

from idp.capability import Catalog
from idp.installation.guardrails.applications import applications
from idp.installation.guardrails.pods import pods
from idp.installation.guardrails.policies import parameters, rendered
from idp.installation.guardrails.steps import environments, state
from idp.installation.guardrails.templates import templates
from idp.installation.guardrails.workflows import workflows_changed, workflows_created


def guardrails(catalog: Catalog) -> list[dict[str, Any]]:
    """Who deploys and who controls, then each policy with its binding."""
    runs = (workflows_created(catalog), workflows_changed(), templates(), pods())
    policies = (*runs, environments(), state(), applications())
    return [parameters(), *(each for policy in policies for each in rendered(policy))]
