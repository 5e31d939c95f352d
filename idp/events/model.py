"""What the models of Argo Events' objects have in common."""

from typing import Any

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Model(BaseModel):
    """Unknown fields are refused, nothing is converted."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        alias_generator=to_camel,
        validate_by_name=True,
        validate_by_alias=False,
    )

    def rendered(self) -> dict[str, Any]:
        """As Kubernetes reads it; what is not set is left out. Fields come in the order of their definition."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


class Metadata(Model):
    """Of the objects here: no generated names."""

    name: str
    namespace: str
