"""What a step is to work on: the capability, the request it carries, and where."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from idp import names
from idp.capability import Capability, CapabilityRequest, Catalog, carried
from idp.errors import StepError
from idp.runner.targets import Target, target
from idp.settings import RunnerSettings


@dataclass(frozen=True, kw_only=True)
class Assignment:
    """One step's work. `request_text` is the request as it came, of which the digest is made."""

    capability: Capability
    request: CapabilityRequest
    request_text: str
    domain: str
    target: Target
    settings: RunnerSettings
    work: Path

    @property
    def infra(self) -> Path:
        """The folder of Terraform and Ansible code."""
        return self.settings.infra.resolve()


def assignment(settings: RunnerSettings, catalog: Catalog, capability_name: str, work: Path) -> Assignment:
    """Validates the request again, by the same model as the API. Raises StepError, NotFoundError."""
    capability = catalog[capability_name]
    request = _validated(capability, settings.request)
    key = names.state_key(request.team, capability.name, request.name)
    return Assignment(
        capability=capability,
        request=request,
        request_text=settings.request,
        domain=catalog.domain,
        target=target(settings.target, settings.state_backend, key, settings.target_settings),
        settings=settings,
        work=work.resolve(),
    )


def _validated(capability: Capability, text: str) -> CapabilityRequest:
    try:
        return carried(capability).model_validate_json(text)
    except ValidationError as error:
        problems = (f"{'.'.join(map(str, e['loc'])) or 'body'}: {e['msg']}" for e in error.errors(include_input=False))
        message = (
            f"The request is none that {capability.name} takes: {'; '.join(problems)}. Nothing was done; ask again."
        )
        raise StepError(message) from error
