"""Where a person sees a run in the Argo UI."""

from dataclasses import dataclass

from idp import names


@dataclass(frozen=True, slots=True)
class ArgoUI:
    """The UI of one Argo Server, with its base path, and the namespace of the runs."""

    url: str
    namespace: str

    def run(self, run: str) -> str:
        """The page of a run."""
        return f"{self.url.rstrip('/')}/workflows/{self.namespace}/{run}"

    def step(self, run: str, step: str) -> str:
        """The same, with one step opened."""
        return f"{self.run(run)}?nodeId={names.node_id(run, f'{run}.{step}')}"
