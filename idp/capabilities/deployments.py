"""Deployments: a version of an application, built if need be, and serving."""

from idp.applications import Deployment, DeploymentRequest
from idp.capability import ActionCapability, Waits
from idp.steps import Build, Rollout

deployments = ActionCapability(
    name="deployments",
    summary="A version of an application, built once and rolled out to one environment.",
    owner="platform",
    acts_on="applications",
    request=DeploymentRequest,
    carries=Deployment,
    steps=(Build(), Rollout()),
    waits=Waits(newest_per=("environment",)),
    examples={
        "What is on a branch": {"team": "payments", "name": "shop", "environment": "checkout", "version": "main"},
        "An image that serves elsewhere": {
            "team": "payments",
            "name": "shop",
            "environment": "rehearsal",
            "version": "sha256:" + "0a" * 32,
        },
    },
)
