"""What idp takes of a cluster while nothing happens: pods and memory of its namespaces, as the kubelets tell.

    KUBECONFIG=... python bench/footprint.py

Memory is the working set: what the kubelet would have to find elsewhere. Wait a minute after the last request.
"""

import argparse
import json
import subprocess
import sys
from collections import defaultdict
from typing import Any

from idp import names

NAMESPACES = (names.NAMESPACE_API, names.NAMESPACE_EVENTS, names.NAMESPACE_RUNS, names.NAMESPACE_ARGO, "argo-events")
MIB = 2**20


def raw(path: str) -> Any:
    done = subprocess.run(["kubectl", "get", "--raw", path], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def owner(pod: str) -> str:
    """A Deployment's pods end in two parts that chance made, a StatefulSet's in a number."""
    parts = pod.split("-")
    return "-".join(parts[:-1] if parts[-1].isdigit() else parts[:-2])


def main() -> int:
    argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter).parse_args()
    found: dict[tuple[str, str], list[int]] = defaultdict(list)
    for node in raw("/api/v1/nodes")["items"]:
        for pod in raw(f"/api/v1/nodes/{node['metadata']['name']}/proxy/stats/summary")["pods"]:
            namespace, name = pod["podRef"]["namespace"], pod["podRef"]["name"]
            if namespace in NAMESPACES and "memory" in pod:
                found[namespace, owner(name)].append(pod["memory"]["workingSetBytes"])
    print("| namespace | pods of | pods | MiB |\n|---|---|---|---|")
    for (namespace, name), sizes in sorted(found.items()):
        print(f"| {namespace} | {name} | {len(sizes)} | {sum(sizes) / MIB:.0f} |")
    whole = [size for sizes in found.values() for size in sizes]
    print(f"| all | | {len(whole)} | {sum(whole) / MIB:.0f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
