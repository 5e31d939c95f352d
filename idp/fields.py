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

SecretReference = Annotated[
    str,
    # A Secret of the environment's namespace and one of its keys, as Kubernetes has them.
    StringConstraints(pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?/[A-Za-z0-9]([A-Za-z0-9._-]{0,62}[A-Za-z0-9])?$"),
    Field(
        description="Where a secret lies, never the secret: a Secret of the environment and its key.",
        examples=["payments-api/token"],
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

RepositoryUrl = Annotated[
    str,
    # Only what git fetches over HTTP: no other transport, no account in the address, no query, no parent folder.
    StringConstraints(
        pattern=r"^https?://[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?(:[0-9]{1,5})?(/[A-Za-z0-9_]([A-Za-z0-9._-]{0,98}[A-Za-z0-9_])?){1,6}$",
        max_length=300,
    ),
    Field(
        description="Where git fetches it, over HTTPS: no account, no query, no other protocol.",
        examples=["https://git.packetdance.com/payments/shop.git"],
    ),
]

BranchName = Annotated[
    str,
    # Narrower than git check-ref-format: no segment starts with a dot or a hyphen, none is "..", none ends with ".lock".
    StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_-]*([./][A-Za-z0-9_][A-Za-z0-9_-]*)*$", max_length=120),
    Field(description="A branch or a tag, without refs/heads/.", examples=["main"]),
]

CommitId = Annotated[
    str,
    StringConstraints(pattern=r"^[0-9a-f]{40}$"),
    Field(description="A commit's whole id: 40 hexadecimal digits.", examples=["8f4d1c3a" * 5]),
]

ImageDigest = Annotated[
    str,
    StringConstraints(pattern=r"^sha256:[0-9a-f]{64}$"),
    Field(
        description="An image by what is in it: sha256: and 64 hexadecimal digits.", examples=["sha256:" + "0a" * 32]
    ),
]

Version = Annotated[
    str,
    # One of the three above; which one is told by its form (idp.applications.kind_of_version).
    StringConstraints(pattern=r"^(sha256:[0-9a-f]{64}|[A-Za-z0-9_][A-Za-z0-9_-]*([./][A-Za-z0-9_][A-Za-z0-9_-]*)*)$"),
    Field(
        max_length=120,
        description="A commit's whole id, a branch or tag (which is resolved when the request is accepted), or an image's digest.",
        examples=["main"],
    ),
]

RepositoryPath = Annotated[
    str,
    # A path below the repository's root: no segment starts with a dot or a hyphen, so none is "..".
    StringConstraints(pattern=r"^[A-Za-z0-9_][A-Za-z0-9._-]*(/[A-Za-z0-9_][A-Za-z0-9._-]*)*$", max_length=200),
    Field(description="A file or folder of the repository.", examples=["services/shop/Dockerfile"]),
]

PathFilter = Annotated[
    str,
    StringConstraints(
        pattern=r"^[A-Za-z0-9_*][A-Za-z0-9._*-]*(/[A-Za-z0-9_*][A-Za-z0-9._*-]*)*$", min_length=1, max_length=200
    ),
    Field(
        description="Files of the repository: a folder with all below it, or a pattern with * (within a segment) and ** (any).",
        examples=["services/shop/**"],
    ),
]

ProbePath = Annotated[
    str,
    StringConstraints(pattern=r"^/[A-Za-z0-9._/-]{0,199}$"),
    Field(description="The path of a URL, without a query.", examples=["/healthz"]),
]

HostLabel = Annotated[
    str,
    StringConstraints(pattern=r"^[a-z]([a-z0-9-]{0,18}[a-z0-9])?$"),
    Field(description="The start of a host's name: a DNS label of at most 20 characters.", examples=["shop"]),
]
