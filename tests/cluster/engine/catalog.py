"""One capability, whose WorkflowTemplate is manifests/things.yaml and not a rendered one: its steps are of busybox."""

from datetime import timedelta

from idp.capability import Catalog, Lifetime, Quota, ResourceCapability, StagedRequest
from idp.catalog import CATALOG as PLATFORM
from idp.steps import Playbook


class ThingRequest(StagedRequest):
    """Nothing but what every request has."""


CATALOG = Catalog(
    domain=PLATFORM.domain,
    images=PLATFORM.images,
    capabilities=(
        ResourceCapability(
            name="things",
            summary="What these tests make.",
            owner="tests",
            request=ThingRequest,
            steps=(Playbook("environment"),),
            lifetime=Lifetime(default=timedelta(days=1), longest=timedelta(days=2)),
            quota=Quota(per_team=1000),
        ),
    ),
)
