"""What is known of applications, wherever it is kept: what previews and settings need of it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol


class KeptPlacement(Protocol):
    """An application in one environment."""

    @property
    def desired(self) -> Mapping[str, Any]:
        """`serving`: the number of a revision, or None."""
        ...

    @property
    def seen(self) -> Mapping[str, Any]:
        """`backends`: revision's number, as text -> `state`, which is `up` where it serves."""
        ...

    @property
    def settled(self) -> bool:
        """Whether nothing else than `desired` is on its way, or serves."""
        ...

    @property
    def settings(self) -> dict[str, Any]:
        """Those that serve, or will: `number`, `values` and `secrets`."""
        ...

    @property
    def newest_settings(self) -> int:
        """Their number; 0 where there are none."""
        ...

    def revision(self, number: int | None) -> dict[str, Any] | None:
        """As it was made."""
        ...

    def numbered_settings(self, number: int) -> dict[str, Any] | None:
        """As they were written."""
        ...

    def add_settings(self, settings: Mapping[str, Any]) -> int:
        """Under a new number; once for each run."""
        ...


class KeptApplication(Protocol):
    """One application."""

    @property
    def record(self) -> dict[str, Any] | None:
        """As it was registered."""
        ...

    @property
    def exists(self) -> bool:
        """Whether there is anything to remove."""
        ...

    @property
    def images(self) -> int:
        """How many there are."""
        ...

    @property
    def placements(self) -> Mapping[str, KeptPlacement]:
        """Those that are there, by environment."""
        ...

    def placement(self, environment: str) -> KeptPlacement:
        """There or not."""
        ...

    def image(self, digest: str) -> dict[str, Any] | None:
        """`digest`, `commit`, `labels`."""
        ...

    def built(self, commit: str) -> dict[str, Any] | None:
        """The image that the commit became."""
        ...

    def image_folder(self, digest: str) -> Path:
        """With what matters of the image's files in `tree`."""
        ...
