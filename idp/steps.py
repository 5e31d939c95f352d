"""What a capability does, as inert values: each says what it runs and how it is undone.

A step never runs here. `idp.workflows` renders it into a template, `idp.runner` carries it out.
"""

import re
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal

from idp.errors import DefinitionError
from idp.fields import STEP_ARGUMENT

Privilege = Literal["look", "apply", "configure"]
"""What a step may do; each has a ServiceAccount (and, on Azure, an identity) of its own."""


def _named(kind: str, value: str) -> None:
    if not re.fullmatch(STEP_ARGUMENT, value):
        message = f"{kind} {value!r}: must match {STEP_ARGUMENT}, as it names a folder or a file under infra/."
        raise DefinitionError(message)


@dataclass(frozen=True)
class Terraform:
    """Applies the saved plan of the root `infra/targets/<target>/<module>`; undone by `plan -destroy`.

    Every field of the request is a variable of the module, and the other way round.
    """

    module: str
    deadline: timedelta = timedelta(hours=1)

    def __post_init__(self) -> None:
        _named("Terraform module", self.module)

    @property
    def name(self) -> str:
        """The step's name in the run: a capability has at most one Terraform step."""
        return "terraform"

    @property
    def privilege(self) -> Privilege:
        """Changing cloud resources."""
        return "apply"


@dataclass(frozen=True)
class Playbook:
    """Runs `infra/ansible/playbooks/<playbook>.yml` with `state=present`; undone by the same with `state=absent`.

    Its variables are the request's fields and Terraform's non-sensitive outputs; `state=absent` works without outputs.
    """

    playbook: str
    deadline: timedelta = timedelta(minutes=30)

    def __post_init__(self) -> None:
        _named("Playbook", self.playbook)

    @property
    def name(self) -> str:
        """The step's name in the run."""
        return f"playbook-{self.playbook.replace('_', '-')}"

    @property
    def privilege(self) -> Privilege:
        """Changing what is inside an environment."""
        return "configure"


@dataclass(frozen=True)
class PlaybookChoice:
    """Runs the playbook that the request names in `field`, whose type lists the allowed ones as a `Literal`."""

    field: str
    deadline: timedelta = timedelta(minutes=30)

    @property
    def name(self) -> str:
        """The step's name in the run."""
        return f"playbook-by-{self.field.replace('_', '-')}"

    @property
    def privilege(self) -> Privilege:
        """Changing what is inside an environment."""
        return "configure"


@dataclass(frozen=True)
class Registration:
    """Makes an application known where it is built and served; undone by ending all that serves of it and removing its images.

    The request is an `idp.applications.ApplicationRequest`.
    """

    deadline: timedelta = timedelta(minutes=10)

    @property
    def name(self) -> str:
        """The step's name in the run."""
        return "registration"

    @property
    def privilege(self) -> Privilege:
        """Changing what is inside an environment."""
        return "configure"


@dataclass(frozen=True)
class Build:
    """Makes an image of a commit, each commit once; the image is known by its digest, which the next step is handed.

    For actions on applications: undone with the application, when its images go.
    """

    deadline: timedelta = timedelta(minutes=30)

    @property
    def name(self) -> str:
        """The step's name in the run."""
        return "build"

    @property
    def privilege(self) -> Privilege:
        """Changing what is inside an environment."""
        return "configure"


@dataclass(frozen=True)
class Rollout:
    """Serves an image in an environment and waits until users are answered by it; one that fails its analysis never reaches them.

    For actions on applications: undone by rolling out an earlier version, and with the application.
    """

    deadline: timedelta = timedelta(minutes=30)

    @property
    def name(self) -> str:
        """The step's name in the run."""
        return "rollout"

    @property
    def privilege(self) -> Privilege:
        """Changing what is inside an environment."""
        return "configure"


@dataclass(frozen=True)
class Settings:
    """Writes the settings of an application in an environment under a new number; the rollout behind it makes them true.

    For actions on applications: undone by taking up an earlier number, and with the application.
    """

    deadline: timedelta = timedelta(minutes=10)

    @property
    def name(self) -> str:
        """The step's name in the run."""
        return "settings"

    @property
    def privilege(self) -> Privilege:
        """Changing what is inside an environment."""
        return "configure"


Delivery = Registration | Build | Settings | Rollout
DELIVERY: Final = (Registration, Build, Settings, Rollout)
"""Steps of applications: `idp.runner.delivery` carries them out."""

Step = Terraform | Playbook | PlaybookChoice | Delivery
