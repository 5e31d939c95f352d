"""Settings: how an application is configured in an environment."""

from idp.applications import SettingsChange, SettingsRequest
from idp.capability import ActionCapability
from idp.steps import Rollout, Settings

settings = ActionCapability(
    name="settings",
    summary="Settings of an application in an environment, numbered, and rolled out like a version.",
    owner="platform",
    acts_on="applications",
    request=SettingsRequest,
    carries=SettingsChange,
    steps=(Settings(), Rollout()),
    examples={
        "More logs, and where a token lies": {
            "team": "payments",
            "name": "shop",
            "environment": "checkout",
            "settings": {"LOG_LEVEL": "debug"},
            "secrets": {"API_TOKEN": "payments-api/token"},
            "remove": ["OLD_FLAG"],
        },
        "Back to what it was": {"team": "payments", "name": "shop", "environment": "checkout", "back_to": 1},
    },
)
