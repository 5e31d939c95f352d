"""The generated JavaScript of one Terraform type -> its schema as plain JSON values.

A block: `{"attributes": {name: attribute}, "blocks": {name: nested block}}`.
An attribute: `{"type": cty type}` or `{"nested": block, "nesting": "list"|"set"|"single"}`, and its flags that are true.
A nested block: `{"block": block, "nesting": "list"|"set"|"single", "min": n, "max": n}`.
"""

import re
from dataclasses import dataclass
from functools import cached_property
from typing import Any

Block = dict[str, Any]

_CLASS = re.compile(r"^class (\w+) extends cdktn\.(\w+) \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_FUNCTION = re.compile(r"^function (\w+)ToHclTerraform\(struct\) \{\n(.*?)^\}", re.MULTILINE | re.DOTALL)
_FIELD = re.compile(
    r"// (?P<name>\w+) - computed: (?P<computed>\w+), optional: (?P<optional>\w+), required: (?P<required>\w+)\n"
    r"(?:    _\w+ = new (?P<object>\w+)\(this, \"\w+\"(?:, (?P<set>true|false))?\);\n|    _\w+;\n)?"
    r"(?:    /\*\*\n(?:    \* .*\n)*    \*/\n)?"
    r"    get \w+\(\) \{\n        return (?P<getter>.*);",
)
_ENTRY = re.compile(
    r"^ {8,12}(?P<name>\w+): \{\n\s+value: (?P<value>.*),\n\s+isBlock: (?P<block>\w+),\n"
    r'\s+type: "(?P<shape>\w+)",\n\s+storageClassType: "(?P<storage>\w+)",',
    re.MULTILINE,
)
_PRIMITIVES = {"string": "string", "number": "number", "boolean": "bool", "any": "dynamic"}
_GETTERS = (
    ("getStringMapAttribute", ["map", "string"]),
    ("getNumberMapAttribute", ["map", "number"]),
    ("getBooleanMapAttribute", ["map", "bool"]),
    ("getAnyMapAttribute", ["map", "dynamic"]),
    ("getNumberListAttribute", ["list", "number"]),
    ("getListAttribute", ["list", "string"]),
    ("getStringAttribute", "string"),
    ("getNumberAttribute", "number"),
    ("getBooleanAttribute", "bool"),
)
_SECRET = re.compile(
    r"password|secret|connection_string|kube_config|kube_admin_config|client_key|access_key$|shared_key$|_token$"
)
_NOT_SECRET = re.compile(r"_id$|_name$|_wo_version$|_enabled$|expir|versionless|_uri$|interval|rotation|^secret$")


@dataclass(frozen=True)
class Source:
    """The JavaScript of one type. `framework`: its provider knows nested attributes (`set = [...]`), as helm does."""

    text: str
    framework: bool

    def schema(self) -> Block:
        """The type's schema."""
        name = next(name for name, (parent, _) in self._classes.items() if parent.startswith("Terraform"))
        parent, body = self._classes[name]
        written = body.partition("synthesizeHclAttributes() {")[2]
        return self._written_block(written) if parent == "TerraformProvider" else self._block(body, written)

    @cached_property
    def _classes(self) -> dict[str, tuple[str, str]]:
        return {name: (parent, body) for name, parent, body in _CLASS.findall(self.text)}

    @cached_property
    def _functions(self) -> dict[str, str]:
        return {name.lower(): body for name, body in _FUNCTION.findall(self.text)}

    def _nested(self, struct: str) -> Block:
        written = self._functions.get(struct.lower(), "")
        reference = self._classes.get(f"{struct}OutputReference")
        return self._block(reference[1], written) if reference else self._written_block(written)

    def _written_block(self, written: str) -> Block:
        """A provider's own configuration has no classes that read it, so nothing tells what is required."""
        block: Block = {"attributes": {}, "blocks": {}}
        for entry in _ENTRY.finditer(written):
            if entry["block"] == "false":
                block["attributes"][entry["name"]] = {"type": _written_type(entry), "optional": True}
            else:
                nested = self._nested(entry["storage"].removesuffix("List"))
                nesting = _nesting(single=False, wraps_set=False, entry=entry, framework=self.framework)
                if self.framework:
                    block["attributes"][entry["name"]] = {"nested": nested, "nesting": nesting, "optional": True}
                else:
                    block["blocks"][entry["name"]] = {"block": nested, "nesting": nesting, "min": 0, "max": 0}
        return block

    def _block(self, body: str, written: str) -> Block:
        entries = {entry["name"]: entry for entry in _ENTRY.finditer(written)}
        block: Block = {"attributes": {}, "blocks": {}}
        for field in _FIELD.finditer(body):
            entry = entries.get(field["name"])
            if field["object"]:
                self._add_nested(block, field, entry)
            else:
                block["attributes"][field["name"]] = {"type": _simple_type(field, entry), **_flags(field, entry)}
        return block

    def _add_nested(self, block: Block, field: re.Match[str], entry: re.Match[str] | None) -> None:
        kind = field["object"]
        struct = kind.removesuffix("OutputReference").removesuffix("List").removesuffix("Map")
        single = kind.endswith("OutputReference")
        nested = self._nested(struct)
        nesting = _nesting(single=single, wraps_set=field["set"] == "true", entry=entry, framework=self.framework)
        if entry is None or ", false)(" in entry["value"] or self.framework:
            block["attributes"][field["name"]] = {
                **_attribute(nested, nesting, framework=self.framework),
                **_flags(field, entry),
            }
            return
        block["blocks"][field["name"]] = {
            "block": nested,
            "nesting": nesting,
            "min": int(field["required"] == "true"),
            "max": 1 if single and nesting != "single" else 0,
        }


def object_type(block: Block) -> list[Any]:
    """A block's cty type, where it is an attribute or a value."""
    fields = {name: attribute_type(attribute) for name, attribute in block["attributes"].items()}
    for name, nested in block["blocks"].items():
        fields[name] = _wrapped(object_type(nested["block"]), nested["nesting"])
    return ["object", fields]


def attribute_type(attribute: dict[str, Any]) -> Any:
    """An attribute's cty type."""
    if "type" in attribute:
        return attribute["type"]
    return _wrapped(object_type(attribute["nested"]), attribute["nesting"])


def _wrapped(inner: Any, nesting: str) -> Any:
    return inner if nesting == "single" else [nesting, inner]


def _attribute(nested: Block, nesting: str, *, framework: bool) -> dict[str, Any]:
    if framework:
        return {"nested": nested, "nesting": nesting}
    return {"type": _wrapped(object_type(nested), nesting)}


def _nesting(*, single: bool, wraps_set: bool, entry: re.Match[str] | None, framework: bool) -> str:
    """The older SDK knows no single object: its computed ones are lists, its blocks lists with at most one item."""
    if entry is not None:
        return {"struct": "single"}.get(entry["shape"], entry["shape"])
    if single and framework:
        return "single"
    return "set" if wraps_set else "list"


def _simple_type(field: re.Match[str], entry: re.Match[str] | None) -> Any:
    for getter, cty in _GETTERS:
        if getter in field["getter"]:
            return ["set", cty[1]] if "Fn.tolist" in field["getter"] else cty
    return "dynamic" if entry is None else _written_type(entry)


def _written_type(entry: re.Match[str]) -> Any:
    if entry["shape"] == "simple":
        return _PRIMITIVES[entry["storage"]]
    element = entry["storage"].removesuffix("Map").removesuffix("List")
    return [entry["shape"], _PRIMITIVES[element.removesuffix("List")]]


def _flags(field: re.Match[str], entry: re.Match[str] | None) -> dict[str, bool]:
    name = field["name"]
    flags = {flag: field[flag] == "true" for flag in ("computed", "optional", "required")}
    flags["write_only"] = entry is not None and "markWriteOnlyAttribute" in entry["value"]
    # The wheel does not tell what is sensitive: guessed by name, good enough for plans.
    flags["sensitive"] = bool(_SECRET.search(name)) and not _NOT_SECRET.search(name)
    return {flag: True for flag, value in flags.items() if value}
