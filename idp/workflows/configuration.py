"""The ConfigMap `runner`: the only way in which what differs between installations reaches a step."""

from typing import Any, Final

from idp import names

_VALUES: Final = {
    "IDP_API_URL": names.API_URL,
    "IDP_TARGET": "kubernetes",
    "IDP_STATE_BACKEND": f'{{"namespace":"{names.NAMESPACE_STATE}"}}',
    "IDP_TARGET_SETTINGS": "{}",
    "IDP_GUARDRAIL_SETTINGS": "{}",
}
"""Those of a cluster without a cloud. An installation patches them in its kustomization."""


def runner_configuration() -> dict[str, Any]:
    """Each of `idp.names.RUNNER_CONFIG_KEYS`."""
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": names.RUNNER_CONFIG, "namespace": names.NAMESPACE_RUNS},
        "data": {key: _VALUES[key] for key in names.RUNNER_CONFIG_KEYS},
    }
