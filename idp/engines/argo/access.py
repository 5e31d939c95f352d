"""Who we are to the Kubernetes API, and where it is: the pod's own account, or a kubeconfig outside of the cluster."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from idp.authorities import trusting
from idp.engines.argo.kubeconfigs import from_kubeconfig
from idp.engines.argo.service import Address
from idp.engines.argo.tokens import token_in
from idp.errors import DefinitionError

ACCOUNT: Final = Path("/var/run/secrets/kubernetes.io/serviceaccount")
NAME: Final = "The Kubernetes API"


def kubernetes(environment: Mapping[str, str], account: Path = ACCOUNT) -> Address:
    """By KUBECONFIG where it is set, else by the pod's account. Raises DefinitionError with the next move."""
    if kubeconfig := environment.get("KUBECONFIG"):
        return from_kubeconfig(Path(kubeconfig), NAME)
    host, port = environment.get("KUBERNETES_SERVICE_HOST"), environment.get("KUBERNETES_SERVICE_PORT")
    if not (host and port and (account / "token").exists()):
        message = (
            f"No way to the Kubernetes API: this is no pod with an account ({account}), and KUBECONFIG is not set. Set it,"
            " or serve without a cluster: IDP_ENGINE=local."
        )
        raise DefinitionError(message)
    address = f"[{host}]" if ":" in host else host
    authorities = trusting(file=account / "ca.crt")
    return Address(name=NAME, url=f"https://{address}:{port}", token=token_in(account / "token"), ssl=authorities)
