"""Configurations: settings applied to an environment by an allow-listed playbook."""

from typing import Annotated, Literal

from pydantic import Field

from idp.capability import ActionCapability, ActionRequest
from idp.fields import SettingName, SettingValue
from idp.steps import PlaybookChoice


class ConfigurationRequest(ActionRequest):
    """`name` is the environment's. Each field is an extra variable of the playbook."""

    playbook: Literal["application_settings", "maintenance_notice"] = Field(
        default="application_settings", description="What to apply: one of the playbooks that the platform allows."
    )
    settings: Annotated[dict[SettingName, SettingValue], Field(max_length=64)] = Field(
        description="Settings by name; those not named stay as they are."
    )


configurations = ActionCapability(
    name="configurations",
    summary="Settings of an environment, applied by an allow-listed playbook.",
    owner="platform",
    acts_on="environments",
    request=ConfigurationRequest,
    steps=(PlaybookChoice("playbook"),),
    examples={
        "More logs": {"team": "payments", "name": "checkout", "settings": {"LOG_LEVEL": "debug"}},
    },
)
