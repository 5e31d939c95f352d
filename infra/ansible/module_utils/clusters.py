# ruff: noqa: INP001 - Ansible loads it by path
"""Kubernetes objects as they are to be, compared with what is read: a preview needs no right to write."""

import json
import time
from contextlib import suppress
from typing import Any

import urllib3.util.ssl_
from ansible.module_utils.common.dict_transformations import dict_merge  # type: ignore[import-untyped]  # no types
from ansible_collections.kubernetes.core.plugins.module_utils.k8s.client import (  # type: ignore[import-not-found]
    get_api_client,
)
from ansible_collections.kubernetes.core.plugins.module_utils.k8s.exceptions import (  # type: ignore[import-not-found]
    CoreException,
)

try:
    from kubernetes.dynamic.exceptions import (  # type: ignore[import-not-found]
        ConflictError,
        DynamicApiError,
        NotFoundError,
    )
except ImportError:
    ConflictError = DynamicApiError = NotFoundError = Exception  # AnsibleK8SModule says what is missing

# With Python 3.13 urllib3 refuses authorities without the extensions of RFC 5280, as those of many clusters are; the client
# has no setting for it. The chain, the name and the dates are checked as ever (idp/authorities.py does the same).
urllib3.util.ssl_.VERIFY_X509_STRICT = 0

ERRORS = (CoreException, DynamicApiError)
_CONFLICTS = 5
"""Further attempts at one object: a controller may write to it (a quota's status) between our reading and our writing."""
_GONE_SECONDS = 240
_EMPTY: tuple[Any, ...] = ({}, [], None)


class Cluster:
    """Finds objects, and changes them, or in check mode only says what would change."""

    def __init__(self, module: Any) -> None:
        self._client = get_api_client(module)
        self._check = module.check_mode

    def found(self, wanted: dict[str, Any]) -> dict[str, Any] | None:
        """The object of this kind and name as it is; None where there is none."""
        try:
            found: dict[str, Any] = self._client.get(self._resource(wanted), **_place(wanted)).to_dict()
        except NotFoundError:
            return None
        return found

    def present(self, wanted: dict[str, Any]) -> dict[str, Any] | None:
        """The difference; None where there is none."""
        for _ in range(_CONFLICTS):
            with suppress(ConflictError):
                return self._made_present(wanted)
        return self._made_present(wanted)

    def absent(self, unwanted: dict[str, Any]) -> dict[str, Any] | None:
        """The difference; None where it is not there."""
        found = self.found(unwanted)
        if found is None:
            return None
        if not self._check:
            resource, place = self._resource(unwanted), _place(unwanted)
            with suppress(NotFoundError):
                self._client.delete(resource, **place)
            self._wait_until_gone(unwanted)
        return _difference(unwanted, found, None)

    def _made_present(self, wanted: dict[str, Any]) -> dict[str, Any] | None:
        found = self.found(wanted)
        if found and found["metadata"].get("deletionTimestamp"):
            message = f"{_called(wanted)} is being removed; ask again when it is gone"
            raise CoreException(message)
        made = _made(found or {}, wanted)
        if made == found:
            return None
        self._write(wanted, found, made)
        return _difference(wanted, found, made)

    def _write(self, wanted: dict[str, Any], found: dict[str, Any] | None, made: dict[str, Any]) -> None:
        if self._check:
            return
        resource, place = self._resource(wanted), _place(wanted)
        if found is None:
            self._client.create(resource, made, namespace=place.get("namespace"))
        else:
            self._client.replace(resource, made, **place)

    def _wait_until_gone(self, unwanted: dict[str, Any]) -> None:
        end = time.monotonic() + _GONE_SECONDS
        while found := self.found(unwanted):
            if time.monotonic() > end:
                reasons = [
                    each["message"] for each in found.get("status", {}).get("conditions", ()) if "message" in each
                ]
                message = f"{_called(unwanted)} is still being removed after {_GONE_SECONDS} s: {'; '.join(reasons)}"
                raise CoreException(message)
            time.sleep(0.5)

    def _resource(self, wanted: dict[str, Any]) -> Any:
        return self._client.resource(wanted["kind"], wanted["apiVersion"])


def _made(found: dict[str, Any], wanted: dict[str, Any]) -> dict[str, Any]:
    """`found` with all that is wanted. What is empty is not stored, so its absence is no difference."""
    given = {name: value for name, value in wanted.items() if value not in _EMPTY or name in found}
    return found | given | {"metadata": dict_merge(found.get("metadata", {}), wanted["metadata"])}


def _difference(wanted: dict[str, Any], before: dict[str, Any] | None, after: dict[str, Any] | None) -> dict[str, Any]:
    """In the form of Ansible's diff; only what is given of the object."""
    called = _called(wanted)
    sides = {"before": _shown(before, wanted), "after": _shown(after, wanted)}
    return sides | {"before_header": called, "after_header": called}


def _shown(full: dict[str, Any] | None, wanted: dict[str, Any]) -> str:
    if full is None:
        return ""
    shown = {name: full[name] for name in wanted if name in full}
    shown["metadata"] = {name: full["metadata"][name] for name in wanted["metadata"] if name in full["metadata"]}
    return json.dumps(shown, indent=2, sort_keys=True) + "\n"


def _place(wanted: dict[str, Any]) -> dict[str, str]:
    return {key: wanted["metadata"][key] for key in ("name", "namespace") if key in wanted["metadata"]}


def _called(wanted: dict[str, Any]) -> str:
    return f"{wanted['kind']} {wanted['metadata']['name']}"


def words(error: Exception) -> str:
    """The API server's, without the headers."""
    try:
        return str(json.loads(error.body)["message"])  # type: ignore[attr-defined]  # of a DynamicApiError
    except (AttributeError, KeyError, TypeError, ValueError):
        return str(error)
