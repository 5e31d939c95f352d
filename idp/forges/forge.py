"""What a forge's module brings."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from idp.forges.happenings import Delivery, Happening

Headers = Mapping[str, str]
"""By lower-case name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Forge:
    """One kind of git server. All are pure; `happening` raises ValueError for a body that is not what was announced."""

    name: str
    delivery: Callable[[Headers], Delivery]
    signed: Callable[[Delivery, bytes, str], bool]
    """Whether delivery and raw body were signed with this secret; takes as long whatever differs."""
    repository: Callable[[bytes], str]
    """The address of the repository that the body is about, read before anything is believed. Raises ValueError."""
    happening: Callable[[Delivery, bytes], Happening]
