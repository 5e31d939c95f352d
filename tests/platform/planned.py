"""What each root makes, as a file that people read in a review: `planned/<root>.yaml`.

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

from tests.platform.ground import INFRA, ROOTS, applied
from tests.platform.standin.schemas import schemas, used_types
from tests.platform.standin.server import serving
from tests.platform.standin.values import computed_text
from tests.platform.terraform import Terraform, resources

FOLDER = Path(__file__).parent / "planned"
COMMAND = "python -m tests.platform.planned"
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def file(root: str) -> Path:
    """Where a root's is kept."""
    return FOLDER / f"{root}.yaml"


def shown(plans: Mapping[str, Any], root: str) -> str:
    """The text for a root: everything that it makes, and what it tells."""
    where = plans["ground"]
    plan = plans[root]
    state = json.loads(where.terraform(where.root(root), "show", "-json"))
    unknown = {each["address"]: each["change"].get("after_unknown", {}) for each in plan["resource_changes"]}
    made = resources({"planned_values": state["values"]})
    owners = dict(_owners(plans, root))
    return _text(
        {
            "resources": {
                address: _values(values, unknown[address], _Own(address, values), owners)
                for address, values in sorted(made.items())
            },
            "outputs": {
                name: _named(output["value"], owners)
                for name, output in sorted(state["values"].get("outputs", {}).items())
            },
        }
    )


def difference(root: str, now: str) -> str:
    """What a reader must see, or nothing."""
    kept = file(root).read_text() if file(root).exists() else ""
    lines = list(
        unified_diff(
            kept.splitlines(), now.splitlines(), f"reviewed: planned/{root}.yaml", "planned now", lineterm="", n=2
        )
    )
    return "\n".join([*lines[:80], f"If that is meant: {COMMAND}"]) if lines else ""


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
        state = json.loads(where.terraform(where.root(each), "show", "-json"))
        for address, values in resources({"planned_values": state["values"]}).items():
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
        return [each for each in items if each not in (None, [], {})]
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
    FOLDER.mkdir(exist_ok=True)
    with serving(schemas(used_types(INFRA))) as attach, TemporaryDirectory() as work:
        plans = applied(Path(work), Terraform(attach))
        for root in ROOTS:
            file(root).write_text(shown(plans, root))
            print(f"written: {file(root)}")  # noqa: T201 - a program
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
