"""What each root makes, as a file that people read in a review: `planned/<root>.yaml`, `planned/<target>/<capability>.yaml`.

    python -m tests.platform.planned        writes them again

Values are those after apply on the stand-in: `/standin/...` is what another resource computes, so that it is seen who
refers to whom. What a provider computes for a resource itself is left out, and so is what nobody set.
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping
from difflib import unified_diff
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from idp.capability import Capability
from tests.platform import requested as requests
from tests.platform.ground import INFRA, ROOTS, applied
from tests.platform.standin.schemas import schemas, used_types
from tests.platform.standin.server import serving
from tests.platform.standin.values import computed_text
from tests.platform.terraform import Terraform, resources

FOLDER = Path(__file__).parent / "planned"
COMMAND = "python -m tests.platform.planned"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def file(name: str) -> Path:
    """Where it is kept: `aks`, `azure/storage`."""
    return FOLDER / f"{name}.yaml"


def shown(plans: Mapping[str, Any], root: str) -> str:
    """The text for a root of the platform: everything that it makes, and what it tells."""
    where = plans["ground"]
    state = json.loads(where.terraform(where.root(root), "show", "-json"))["values"]
    return _text(_made(plans[root], state, dict(_owners(plans, root))))


def requested(folder: Path, terraform: Terraform, target: str, capability: Capability) -> str:
    """The text for a capability on a target, by request. On azure it is applied, so that it is seen who refers to whom."""
    found = {}
    for number, (title, request) in enumerate(requests.examples(capability).items()):
        root = requests.root(folder / str(number), terraform, target, capability, request)
        plan = terraform.plan(root)
        state = plan["planned_values"]
        if target == "azure":
            terraform(root, "apply", "-input=false", "saved.plan")
            state = json.loads(terraform(root, "show", "-json"))["values"]
        found[title] = {"request": request, **_made(plan, state, dict(_ids(state)))}
    return _TIME.sub("when it is planned", _text(found))


def difference(name: str, now: str) -> str:
    """What a reader must see, or nothing."""
    kept = file(name).read_text() if file(name).exists() else ""
    told = (f"reviewed: planned/{name}.yaml", "planned now")
    lines = list(unified_diff(kept.splitlines(), now.splitlines(), *told, lineterm="", n=2))
    return "\n".join([*lines[:80], f"If that is meant: {COMMAND}"]) if lines else ""


def _made(plan: Mapping[str, Any], state: Mapping[str, Any], owners: Mapping[str, str]) -> dict[str, Any]:
    unknown = {each["address"]: each["change"].get("after_unknown", {}) for each in plan["resource_changes"]}
    outputs = {name: output.get("value") for name, output in sorted(state.get("outputs", {}).items())}
    return {
        "resources": {
            address: _values(values, unknown[address], _Own(address, values), owners)
            for address, values in sorted(resources({"planned_values": state}).items())
        },
        "outputs": {name: _named(value, owners) for name, value in outputs.items()},
    }


class _Own:
    """What the stand-in computes for a resource itself."""

    def __init__(self, address: str, values: Mapping[str, Any]) -> None:
        type_name = re.sub(r"\[[^]]*\]", "", address).split(".")[-2]
        name = values.get("name") or values.get("display_name")
        self.prefix = ".".join((type_name, name.replace(".", "_"))) if isinstance(name, str) else type_name

    def __contains__(self, place: tuple[str, Any]) -> bool:
        path, value = place
        return bool(value == computed_text(f"{self.prefix}.{path}"))


def _owners(plans: Mapping[str, Any], root: str) -> Iterator[tuple[str, str]]:
    """Ids that the stand-in made -> whose they are."""
    where = plans["ground"]
    for each in ROOTS[: ROOTS.index(root) + 1]:
        yield from _ids(json.loads(where.terraform(where.root(each), "show", "-json"))["values"])


def _ids(state: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for address, values in resources({"planned_values": state}).items():
        own = _Own(address, values)
        for name in ("client_id", "object_id", "principal_id"):
            if (name, values.get(name)) in own:
                yield values[name], f"{address}.{name}"


def _values(
    values: Mapping[str, Any], unknown: Any, own: _Own, owners: Mapping[str, str], path: str = ""
) -> dict[str, Any]:
    found = {}
    for name, value in sorted(values.items()):
        told = unknown.get(name, False) if isinstance(unknown, Mapping) else unknown
        each = _value(value, told, own, owners, f"{path}.{name}" if path else name)
        if each not in (None, [], {}):
            found[name] = each
    return found


def _value(value: Any, unknown: Any, own: _Own, owners: Mapping[str, str], path: str) -> Any:
    if isinstance(value, Mapping):
        return _values(value, unknown, own, owners, path)
    if isinstance(value, list):
        told = unknown if isinstance(unknown, list) else [unknown] * len(value)
        if path == "values" and all(isinstance(each, str) for each in value):
            return [_named(yaml.safe_load(each), owners) for each in value]
        items = (_value(each, told[n] if n < len(told) else False, own, owners, path) for n, each in enumerate(value))
        return [each for each in items if each not in (None, []) and (each != {} or unknown is not True)]
    if unknown is True and (not isinstance(value, str) or (path, value) in own):
        return None
    return _named(value, owners)


def _named(value: Any, owners: Mapping[str, str]) -> Any:
    """Ids of the stand-in's making as the address of what has them."""
    if isinstance(value, Mapping):
        return {key: _named(each, owners) for key, each in value.items()}
    if isinstance(value, list):
        return [_named(each, owners) for each in value]
    return _UUID.sub(lambda match: owners.get(match[0], match[0]), value) if isinstance(value, str) else value


def _text(values: Mapping[str, Any]) -> str:
    return yaml.dump(dict(values), Dumper=_Dumper, width=160, allow_unicode=True)


class _Dumper(yaml.SafeDumper):
    """Texts over lines stay so; everything is written out where it stands."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


_Dumper.add_representer(
    str,
    lambda dumper, text: dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None),
)


def main(arguments: list[str]) -> int:
    """Write all of them."""
    argparse.ArgumentParser(
        prog=COMMAND, description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    ).parse_args(arguments)
    with serving(schemas(used_types(INFRA))) as attach, TemporaryDirectory() as work:
        plans = applied(Path(work), Terraform(attach))
        for root in ROOTS:
            _write(root, shown(plans, root))
        for target, capability in requests.REQUESTED:
            folder = Path(work) / target / capability.name
            _write(f"{target}/{capability.name}", requested(folder, Terraform(attach), target, capability))
    return 0


def _write(name: str, text: str) -> None:
    file(name).parent.mkdir(parents=True, exist_ok=True)
    file(name).write_text(text)
    print(f"written: {file(name)}")  # noqa: T201 - a program


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
