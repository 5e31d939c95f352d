"""Admission policies judged by Google's own CEL: what the API server does with them, without an API server."""

import copy
from collections.abc import Mapping
from typing import Any

from cel_expr_python import cel
from cel_expr_python.ext import ext_optional, ext_strings

from tests.installation.judging import GROUPS, Case

_NAMES = ("object", "oldObject", "request", "params", "variables")
_ENV = cel.NewEnv(
    variables=dict.fromkeys(_NAMES, cel.Type.DYN),
    extensions=[ext_strings.ExtStrings(), ext_optional.ExtOptional()],
)


Place = tuple[str, int]
"""One of a policy's lists of expressions, and which of it."""


class Judge:
    """One policy. An expression that cannot be compiled or evaluated refuses, as `failurePolicy: Fail` has it."""

    def __init__(self, policy: Mapping[str, Any], parameters: Mapping[str, Any]) -> None:
        spec = policy["spec"]
        self.rules = spec["matchConstraints"]["resourceRules"]
        self.names = [each["name"] for each in spec.get("variables", [])]
        self.parameters = parameters
        self.expressions: dict[Place, str] = {
            (kind, index): each["expression"]
            for kind in ("matchConditions", "variables", "validations")
            for index, each in enumerate(spec.get(kind, []))
        }
        self._compiled = {place: _compiled(text) for place, text in self.expressions.items()}

    def changed(self, place: Place, expression: str) -> "Judge":
        """The same policy with another expression there."""
        other = copy.copy(self)
        other._compiled = self._compiled | {place: _compiled(expression)}
        return other

    def refusing(self, case: Case) -> list[int]:
        """Indices of the validations that refuse."""
        data = self._data(case)
        if not self._matches(case) or not all(_true(each, data) for each in self._all("matchConditions")):
            return []
        for name, variable in zip(self.names, self._all("variables"), strict=True):
            data["variables"][name] = _value(variable, data)
        return [index for index, each in enumerate(self._all("validations")) if not _true(each, data)]

    def _all(self, kind: str) -> list[Any]:
        return [each for (of, _), each in self._compiled.items() if of == kind]

    def _data(self, case: Case) -> dict[str, Any]:
        user = {"username": case.user} | ({"groups": GROUPS[case.user]} if case.user in GROUPS else {})
        group, _, resource = case.resource.partition("/")
        request = {
            "operation": case.operation,
            "userInfo": user,
            "resource": {"group": group, "resource": resource},
            "namespace": case.namespace,
            "name": case.name,
        }
        return {
            "object": case.object,
            "oldObject": case.old,
            "request": request,
            "params": self._parameters(case),
            "variables": {},
        }

    def _parameters(self, case: Case) -> dict[str, Any]:
        data = self.parameters["data"]
        return {"data": data | ({"deployers": case.deployers} if case.deployers else {})}

    def _matches(self, case: Case) -> bool:
        group, _, resource = case.resource.partition("/")
        return any(  # as to the kind: for which namespaces a policy is, a selector says
            {group, "*"} & set(rule["apiGroups"])
            and {resource, "*"} & set(rule["resources"])
            and case.operation in rule["operations"]
            and case.name in rule.get("resourceNames", [case.name])
            for rule in self.rules
        )


def _compiled(expression: str) -> Any:
    try:
        return _ENV.compile(expression)
    except Exception:  # noqa: BLE001 - whatever it is, it refuses
        return None


def _value(expression: Any, data: Mapping[str, Any]) -> Any:
    """None for what has none: who uses it fails."""
    try:
        return expression.eval(data=data).plain_value()
    except Exception:  # noqa: BLE001 - whatever it is, it refuses
        return None


def _true(expression: Any, data: Mapping[str, Any]) -> bool:
    return _value(expression, data) is True
