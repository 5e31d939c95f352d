"""Applications, what is deployed of them and how they are set: the models that several capabilities and the runner share.

    Application             where its code is, how it is built and served, and where it may go: its placements
    Deployment              a version of it for one environment
    SettingsChange          other settings of it, in one environment

A *placement* is an application in one environment. It comes to be with the first deployment there.
"""

import re
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from idp.capability import PlacedActionRequest, StagedRequest
from idp.fields import (
    BranchName,
    CommitId,
    HostLabel,
    ImageDigest,
    PathFilter,
    ProbePath,
    RepositoryPath,
    RepositoryUrl,
    ResourceName,
    SecretReference,
    SettingName,
    SettingValue,
    Version,
)

Strategy = Literal["blue-green", "canary"]
Size = Literal["small", "medium", "large"]
KindOfVersion = Literal["commit", "digest", "ref"]

_COMMIT: Final = re.compile(r"[0-9a-f]{40}")


def kind_of_version(version: str) -> KindOfVersion:
    """Told by its form: a branch whose name looks like a commit's id cannot be deployed by that name."""
    if version.startswith("sha256:"):
        return "digest"
    return "commit" if _COMMIT.fullmatch(version) else "ref"


class Placement(BaseModel):
    """Where the application may be deployed to, and which pushes do so."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    environment: ResourceName = Field(description="The team's environment.", examples=["checkout"])
    branch: BranchName | None = Field(
        default=None, description="Pushes to this branch are deployed here; without one it is done by hand only."
    )
    paths: Annotated[list[PathFilter], Field(max_length=10)] = Field(
        default_factory=list,
        description="Only pushes that touch one of these files are deployed; none means every push.",
    )


class ApplicationRequest(StagedRequest):
    """Where the code is and how it is served. `stage` is the highest stage it may be deployed to."""

    repository: RepositoryUrl
    dockerfile: RepositoryPath = Field(default="Dockerfile", description="The file its image is built by.")
    port: int = Field(default=8080, ge=1024, le=65535, description="The port its container listens on.")
    host: HostLabel | None = Field(
        default=None, description="How its hosts' names begin; unset, with the application's own name."
    )
    replicas: int = Field(default=2, ge=1, le=20, description="How many of it serve in each environment.")
    health_path: ProbePath = Field(default="/healthz", description="Answers 200 when it is ready to serve.")
    ready_seconds: int = Field(
        default=60, ge=1, le=900, description="Seconds in which a new version must be ready, or it is given up."
    )
    strategy: Strategy = Field(
        default="blue-green",
        description=(
            "How users get to a new version once its analysis has passed: all at once (blue-green), or a share of them"
            " first (canary)."
        ),
    )
    size: Size = Field(default="small", description="What each replica may use: small, medium or large.")
    previews: bool = Field(
        default=False,
        description="Whether pull requests within the repository get an environment of their own, with it in there.",
    )
    placements: Annotated[
        list[Placement],
        Field(min_length=1, max_length=20),
    ] = Field(description="The environments it may be deployed to, each with the branch that is deployed there.")

    def placement(self, environment: str) -> Placement | None:
        """The first that names this environment."""
        return next((each for each in self.placements if each.environment == environment), None)


class DeploymentRequest(PlacedActionRequest):
    """A version of an application for one environment. `name` is the application's."""

    version: Version


class Deployment(DeploymentRequest):
    """What the run is told: the request, and what was found when it was accepted."""

    commit: CommitId | None = Field(default=None, description="What `version` stood for; None for a digest.")
    digest: ImageDigest | None = Field(default=None, description="The image, where `version` is one.")
    application: ApplicationRequest = Field(description="The application as it stood.")


class SettingsRequest(PlacedActionRequest):
    """Settings of an application in an environment, as environment variables. `name` is the application's."""

    settings: Annotated[dict[SettingName, SettingValue], Field(max_length=64)] = Field(
        default_factory=dict, description="Settings by name; those not named stay as they are."
    )
    secrets: Annotated[dict[SettingName, SecretReference], Field(max_length=64)] = Field(
        default_factory=dict, description="Where the values of others lie: they are referred to, never sent."
    )
    remove: Annotated[list[SettingName], Field(max_length=16)] = Field(
        default_factory=list, description="Settings that shall be no more."
    )
    back_to: int | None = Field(
        default=None, ge=1, le=1_000_000, description="Before that, take up the settings that had this number."
    )


class SettingsChange(SettingsRequest):
    """What the run is told."""

    application: ApplicationRequest = Field(description="The application as it stood.")
