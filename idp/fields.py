"""Constrained types for requests: the safety border.

Each follows the real rule of the system that will carry the value, and none admits a brace, dollar, percent, quote,
line break or control character, so that a value stays a value in Argo, Kubernetes, Terraform, Ansible and a shell.
"""

from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

Stage = Literal["dev", "staging", "prod"]

Size = Literal["small", "medium", "large"]
"""What a size is in the cloud, and what it costs, is said once: infra/modules/sizes."""

TEAM_NAME: Final = r"^[a-z][a-z0-9]{1,19}$"
RESOURCE_NAME: Final = r"^[a-z]([a-z0-9-]{0,28}[a-z0-9])?$"

TeamName = Annotated[
    str,
    StringConstraints(pattern=TEAM_NAME),
    Field(description="Who has it: 2 to 20 lower-case letters and digits, a letter first.", examples=["payments"]),
]
"""No hyphen: `<team>-<name>` must say where the team ends."""

ResourceName = Annotated[
    str,
    StringConstraints(pattern=RESOURCE_NAME),
    Field(
        description="What the team calls it: a DNS label (RFC 1035) of at most 30 characters.",
        examples=["checkout"],
    ),
]

StorageContainerName = Annotated[
    str,
    # https://learn.microsoft.com/rest/api/storageservices/naming-and-referencing-containers--blobs--and-metadata
    StringConstraints(pattern=r"^[a-z0-9](-?[a-z0-9])*$", min_length=3, max_length=63),
    Field(
        description="A blob container: 3 to 63 lower-case letters, digits and single hyphens.",
        examples=["invoices"],
    ),
]

SettingName = Annotated[
    str,
    # What Kubernetes and a POSIX shell take as the name of an environment variable.
    StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{0,62}$"),
    Field(description="A setting's name, as of an environment variable.", examples=["LOG_LEVEL"]),
]

SettingValue = Annotated[
    str,
    StringConstraints(pattern=r"^[A-Za-z0-9 ._:/@,+=-]{0,253}$"),
    Field(
        description="A setting's value: letters, digits, blanks and . _ : / @ , + = - only, at most 253. Never a secret.",
        examples=["debug"],
    ),
]

VaultSecretName = Annotated[
    str,
    # https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates#vault-name-and-object-name
    StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9-]{0,126}$"),
    Field(
        description="A secret's name in its vault: letters, digits and hyphens. Never its value.",
        examples=["smtp-password"],
    ),
]

SshPublicKey = Annotated[
    str,
    # RFC 8709: always 51 bytes, of which the first 19 say that it is Ed25519. A comment may follow.
    StringConstraints(pattern=r"^ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI[A-Za-z0-9+/]{43}( [A-Za-z0-9._@-]{1,64})?$"),
    Field(
        description="A public SSH key, Ed25519, as `ssh-keygen -t ed25519` leaves it in the file `.pub`.",
        examples=["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGPKSUxyl1yuBBgYv2VYyHAvnlJkJWYDQDRMXZqK4ssK ada@example.org"],
    ),
]

CAPABILITY_NAME: Final = r"^[a-z]([a-z0-9-]{0,28}[a-z0-9])?$"
"""A capability's name is a URL's segment, a WorkflowTemplate's name, a label's value and the start of a run's name."""

STEP_ARGUMENT: Final = r"^[a-z][a-z0-9_]{0,39}$"
"""A Terraform module or a playbook: the name of a folder or a file, and a word of a command line."""
