"""The reference platform in one explicit value."""

from idp.capabilities.applications import applications
from idp.capabilities.configurations import configurations
from idp.capabilities.deployments import deployments
from idp.capabilities.environments import environments
from idp.capabilities.machines import machines
from idp.capabilities.mssql import mssql
from idp.capabilities.postgresql import postgresql
from idp.capabilities.redis import redis
from idp.capabilities.settings import settings
from idp.capabilities.storage import storage
from idp.capabilities.vaults import vaults
from idp.capability import Catalog, Images

CATALOG = Catalog(
    domain="packetdance.com",
    images=Images(api="ghcr.io/packetdance/idp-api:0.1.0", runner="ghcr.io/packetdance/idp-runner:0.1.0"),
    capabilities=(
        environments,
        storage,
        vaults,
        machines,
        postgresql,
        mssql,
        redis,
        configurations,
        applications,
        deployments,
        settings,
    ),
)
