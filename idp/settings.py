"""What differs between installations, read from the environment at entry points only and passed on as objects."""

from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, HttpUrl, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from idp import names

DEFAULT_CATALOG = "idp.catalog:CATALOG"
OF_LOCAL: Final = ("manifests", "infra", "parallelism")
OF_ARGO: Final = ("event_source_url", "event_source_token_file", "argo_server_url", "argo_ui_url", "runs_namespace")
_PACKAGE = Path(__file__).resolve().parent
ROOT = _PACKAGE / "_shipped" if (_PACKAGE / "_shipped").is_dir() else _PACKAGE.parent
"""Of `infra` and `manifests`: in the wheel they are in the package, in a clone beside it."""

SignIn = Literal["password", "azure"]


class GitServerSettings(BaseModel):
    """A git server's API, and the file with the token that knows it; it is read anew for each call."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    forge: Literal["github", "gitlab", "gitea"]
    api: HttpUrl
    token_file: Path


class ServerSettings(BaseSettings):
    """`idp serve`. Each is an environment variable with the prefix IDP_."""

    model_config = SettingsConfigDict(
        env_prefix="IDP_", extra="ignore", frozen=True, hide_input_in_errors=True, url_preserve_empty_path=True
    )

    engine: Literal["local", "argo"] = Field(
        default="local", description="local runs everything in this process; argo needs a cluster."
    )
    catalog: str = Field(default=DEFAULT_CATALOG, description="module:name of the Catalog.")
    host: str = Field(default="127.0.0.1", description="Address to listen on; the local issuer needs loopback.")
    port: Annotated[int, Field(ge=0, le=65535)] = Field(default=8000, description="0 picks a free one.")
    data: Path = Field(default=Path(".idp"), description="Folder of ledger, runs, keys and sandbox.")
    manifests: Path = Field(default=ROOT / "manifests", description="Folder that the embedded engine loads.")
    infra: Path = Field(default=ROOT / "infra", description="Folder of Terraform and Ansible code.")
    parallelism: Annotated[int, Field(ge=1, le=256)] = Field(
        default=4, description="Steps the embedded engine runs at once."
    )
    issuer: HttpUrl | None = Field(default=None, description="OpenID issuer; unset, the local one signs.")
    audience: str = Field(default="idp", description="What `aud` of a token must be.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="Least that is logged.")
    ledger_url: SecretStr | None = Field(
        default=None, description="postgresql://user:password@host:port/database; unset, SQLite in the data folder."
    )
    hook_key_file: Path | None = Field(
        default=None,
        description="32 random bytes or more, of which the secrets of hooks are derived; unset, the embedded server makes"
        " one in the data folder. In a cluster no hooks are taken where it is unset or not there.",
    )
    git_servers: dict[str, GitServerSettings] = Field(
        default_factory=dict,
        description='Who is told what became of commits, as JSON: {"host": {"forge": "gitea", "api": "https://host/api/v1",'
        ' "token_file": "/path"}}; others are not told.',
    )
    branches_seconds: Annotated[float, Field(gt=0, le=3600)] = Field(
        default=60, description="Between two looks at the heads of branches; half of it a head is left to its hook."
    )
    public_url: HttpUrl | None = Field(
        default=None, description="This API's address as people reach it; unset, nothing links to it."
    )
    ledger_sign_in: SignIn = Field(
        default="password",
        description="What PostgreSQL is shown: the URL's password, or Entra's tokens by workload identity.",
    )
    event_source_url: HttpUrl = Field(default=HttpUrl(names.EVENT_SOURCE_URL), description="Where events go.")
    event_source_token_file: Path = Field(
        default=Path(names.EVENT_SOURCE_TOKEN_FILE), description="What the EventSource knows us by."
    )
    argo_server_url: HttpUrl = Field(default=HttpUrl(names.ARGO_SERVER_URL), description="Resumes and stops runs.")
    argo_ui_url: HttpUrl | None = Field(default=None, description="Where people see runs; unset, there are no links.")
    git_hosts: tuple[str, ...] = Field(
        default=(),
        description='Git servers that are asked for branches and authors, as a JSON list of "host" or "host:port"; empty means any.',
    )
    runs_namespace: str = Field(
        default=names.NAMESPACE_RUNS, pattern=r"^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$", description="Where the runs are."
    )

    @model_validator(mode="after")
    def the_argo_engine_needs_an_issuer(self) -> Self:
        """The local issuer signs for who can read its folder, and a server in a cluster is reached by others."""
        if self.engine == "argo" and self.issuer is None:
            message = (
                "IDP_ENGINE=argo serves a cluster, and the local issuer serves one machine: set IDP_ISSUER to the address"
                " of an OpenID issuer."
            )
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def tokens_are_for_a_ledger_in_postgresql(self) -> Self:
        """A file is opened by no token, and who set both means something."""
        if self.ledger_sign_in == "azure" and self.ledger_url is None:
            message = (
                "IDP_LEDGER_SIGN_IN=azure is for a ledger in PostgreSQL, and IDP_LEDGER_URL is not set: set it to"
                " postgresql://identity@host:5432/database, or unset IDP_LEDGER_SIGN_IN."
            )
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def what_is_of_the_other_engine_is_not_set(self) -> Self:
        """It would be without effect, and who set it means something."""
        other: dict[str, tuple[str, ...]] = {"local": OF_ARGO, "argo": OF_LOCAL}
        for name in other[self.engine]:
            if name in self.model_fields_set:
                wanted = "argo" if self.engine == "local" else "local"
                message = (
                    f"IDP_{name.upper()} is a setting of the engine {wanted}, and IDP_ENGINE is {self.engine}: unset it,"
                    f" or set IDP_ENGINE={wanted}."
                )
                raise ValueError(message)
        return self


class RunnerSettings(BaseSettings):
    """`python -m idp.runner`: what a step's container is given. Without a default: what every step has."""

    model_config = SettingsConfigDict(env_prefix="IDP_", extra="ignore", frozen=True)

    request: str = Field(description="The request as JSON, in wire encoding.")
    image: str = Field(description="The image this runs in; part of what is approved.")
    target: str = Field(description="Folder of `infra/targets`, inventory of `infra/ansible/inventories`.")
    state_backend: dict[str, str] = Field(description="The target's backend settings; for sandbox a `folder`.")
    target_settings: dict[str, Any] = Field(
        default_factory=dict, description="What the target is told; for azure the output `for_runs` of platform/aks."
    )
    run: str = Field(default="", description="The Workflow's name.")
    catalog: str = Field(default=DEFAULT_CATALOG, description="module:name of the Catalog.")
    infra: Path = Field(default=ROOT / "infra", description="Folder of Terraform and Ansible code.")
    providers: Path | None = Field(
        default=None, description="Folder of Terraform's providers and locks; unset, `providers` below `infra`."
    )
    tf_bin: str | None = Field(
        default=None, description="Terraform or OpenTofu; unset, see `runner.terraform_program`."
    )
    guardrail_settings: dict[str, Any] = Field(
        default_factory=dict, description="Of infra/guardrails/settings.json what is other here, as a JSON object."
    )
    api_url: HttpUrl | None = Field(default=None, description="Where changing steps ask for their permit.")
    token_file: Path = Field(default=Path(names.TOKEN_FILE), description="Holds the token that tells who asks.")
    plan_sha256: str = Field(default="", description="Of the plan that look saved.")
    digest: str = Field(default="", description="Of plan, image and request, as look computed it.")
    outputs: str = Field(default="{}", description="Terraform's outputs as a JSON object, for playbooks.")
    built: str = Field(
        default="{}", description="The image that the step before built, as a JSON object, for a rollout."
    )


class ClientSettings(BaseSettings):
    """The command line, as a client of any server."""

    model_config = SettingsConfigDict(env_prefix="IDP_", extra="ignore", frozen=True)

    url: str = Field(default="http://127.0.0.1:8000", description="The API's address.")
    token: str | None = Field(default=None, description="Bearer token; unset, the one `idp token --save` stored.")
