"""What holds between all objects: files, identities, namespaces, the ConfigMap."""

import json
from collections.abc import Iterator

from idp import names
from idp.wiring import expected, plain
from idp.wiring.findings import Finding, different, unequal_sets
from idp.wiring.parsed import Parsed, identity
from idp.wiring.shapes import WorkflowTemplate
from idp.wiring.templates import unresolved


def file_findings(parsed: Parsed) -> Iterator[Finding]:
    """Every file is applied, no two objects are one, every namespace is there and used."""
    lists = parsed.all(plain.Kustomization)
    yield from different("Kustomization", "their number", len(lists), 1)
    for files in lists:
        yield from unequal_sets("Kustomization", "file", files.resources, list(parsed.paths))
    identities = [" ".join(identity(each)) for each in parsed.objects]
    yield from unequal_sets("all objects", "object", identities, identities)
    yield from _namespaces(parsed)
    yield from _configuration(parsed)
    for thing in parsed.objects:
        if not isinstance(thing, WorkflowTemplate):
            yield from unresolved(" ".join(identity(thing)), thing, set())  # only Argo Workflows evaluates


def _namespaces(parsed: Parsed) -> Iterator[Finding]:
    used = {identity(each)[1] for each in parsed.objects} - {""} | {names.NAMESPACE_API}
    declared = [each.metadata.name for each in parsed.all(plain.Namespace)]
    yield from unequal_sets("Namespace", "namespace", declared, sorted(used))


def _configuration(parsed: Parsed) -> Iterator[Finding]:
    """What steps are told, and whom the admission policies let pass."""
    keys = {names.RUNNER_CONFIG: list(names.RUNNER_CONFIG_KEYS), names.GUARDRAILS: expected.GUARDRAILS}
    maps = {each.metadata.name: each for each in parsed.all(plain.ConfigMap)}
    yield from unequal_sets("ConfigMap", "name", list(maps), list(keys))
    for name, each in maps.items():
        where = f"ConfigMap {name}"
        yield from different(where, "namespace", each.metadata.namespace, names.NAMESPACE_RUNS)
        yield from unequal_sets(where, "key", list(each.data), keys.get(name, []))
    runner = maps[names.RUNNER_CONFIG].data if names.RUNNER_CONFIG in maps else {}
    yield from different("ConfigMap runner", "IDP_API_URL", runner.get("IDP_API_URL"), names.API_URL)
    for key in ("IDP_STATE_BACKEND", "IDP_TARGET_SETTINGS", "IDP_GUARDRAIL_SETTINGS"):
        if not _is_object(runner.get(key, "")):
            yield Finding("ConfigMap runner", f"{key} is no JSON object")


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False
