"""Rendered objects as typed values, and what cannot be read as such."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from pydantic import ValidationError

from idp.events.model import Model
from idp.events.models import EventBus, EventSource, Sensor
from idp.wiring import guarded, plain, served
from idp.wiring.findings import Finding
from idp.wiring.shapes import WorkflowTemplate

_SHAPES: Final[tuple[type[Model], ...]] = (
    *(EventBus, EventSource, Sensor, WorkflowTemplate, plain.Namespace, plain.ServiceAccount, plain.Role),
    *(plain.RoleBinding, plain.ClusterRole, plain.ClusterRoleBinding, plain.Secret, plain.ConfigMap),
    plain.Kustomization,
    *(served.Deployment, served.Service, served.PodDisruptionBudget, served.Ingress, served.NetworkPolicy),
    *(guarded.ValidatingAdmissionPolicy, guarded.ValidatingAdmissionPolicyBinding),
)
_BY_KIND: Final = {shape.__name__: shape for shape in _SHAPES}

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Parsed:
    """Every object that could be read, in the order of the files."""

    objects: tuple[Model, ...]
    paths: tuple[str, ...]
    """Of all files but the kustomization."""

    def all(self, shape: type[M]) -> list[M]:
        """Those of one kind."""
        return [each for each in self.objects if isinstance(each, shape)]

    def named(self, shape: type[M], namespace: str, name: str) -> M | None:
        """The one of this kind and name, if it is there."""
        found = [each for each in self.all(shape) if identity(each) == (shape.__name__, namespace, name)]
        return found[0] if found else None


def identity(each: Any) -> tuple[str, str, str]:
    """Kind, namespace and name: no two objects share it. A Kustomization has none but its kind."""
    metadata = getattr(each, "metadata", None)
    return (each.kind, getattr(metadata, "namespace", ""), getattr(metadata, "name", ""))


def parsed(files: Mapping[str, Sequence[Any]], kustomization: str) -> tuple[Parsed, list[Finding]]:
    """What can be read, and a finding for each field that cannot."""
    objects: list[Model] = []
    found: list[Finding] = []
    for path, group in files.items():
        for each in group:
            shape = _BY_KIND.get(str(each.get("kind"))) if isinstance(each, dict) else None
            if shape is None:
                found.append(Finding(path, f"an object of kind {_kind(each)} is nothing that we render"))
                continue
            read = reading(shape, each, path, found)
            objects += [read] if read else []
    return Parsed(tuple(objects), tuple(path for path in files if path != kustomization)), found


def reading(shape: type[M], value: Any, where: str, found: list[Finding]) -> M | None:
    """The value as `shape`; where it is not one, None and findings. A field that we always write must be there."""
    try:
        read = shape.model_validate(value, by_alias=True, by_name=False)
    except ValidationError as error:
        places = [(".".join(map(str, each["loc"])), each["msg"]) for each in error.errors()]
        found += [Finding(where, f"{shape.__name__} {place}: {message}") for place, message in places]
        return None
    whole = read.rendered()
    if whole != value:
        found += [Finding(where, f"{shape.__name__} {place} is missing") for place in _unwritten(whole, value)]
    return read


def _unwritten(whole: Any, given: Any, place: str = "") -> list[str]:
    """Places that have a default in the shape, and that the object leaves out."""
    if isinstance(whole, list):
        return [each for one, two in zip(whole, given, strict=True) for each in _unwritten(one, two, place)]
    if not isinstance(whole, dict):
        return []
    below = {key: f"{place}.{key}".lstrip(".") for key in whole}
    missing = [below[key] for key in below if key not in given]
    return missing + [each for key in below if key in given for each in _unwritten(whole[key], given[key], below[key])]


def _kind(each: Any) -> str:
    return repr(each.get("kind")) if isinstance(each, dict) else type(each).__name__
