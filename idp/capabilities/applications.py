"""Applications: a team's own programs, from a repository to where they serve."""

from datetime import timedelta

from idp.applications import ApplicationRequest
from idp.capability import Lifetime, Quota, ResourceCapability
from idp.steps import Registration

applications = ResourceCapability(
    name="applications",
    summary="A program of the team's, built from its repository and served in its environments.",
    owner="platform",
    request=ApplicationRequest,
    steps=(Registration(),),
    lifetime=Lifetime(default=timedelta(days=90), longest=timedelta(days=365)),
    quota=Quota(per_team=50),
    examples={
        "From development to production": {
            "team": "payments",
            "name": "books",
            "stage": "prod",
            "repository": "https://git.packetdance.com/payments/books.git",
            "dockerfile": "services/books/Dockerfile",
            "health_path": "/ready",
            "strategy": "canary",
            "size": "medium",
            "placements": [
                {"environment": "checkout", "branch": "main", "paths": ["services/books/**"]},
                {"environment": "rehearsal", "branch": "release"},
                {"environment": "live"},
            ],
        },
        "One environment, deployed by push": {
            "team": "payments",
            "name": "shop",
            "repository": "https://git.packetdance.com/payments/shop.git",
            "placements": [{"environment": "checkout", "branch": "main"}],
        },
    },
)
