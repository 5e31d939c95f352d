"""What the proof says of a reference that leads nowhere."""

from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Finding:
    """One thing wrong: where, as `Kind name: place`, and what, with what would be right where that is known."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def different(where: str, name: str, found: object, expected: object) -> list[Finding]:
    """A finding where `found` is not `expected`."""
    return [] if found == expected else [Finding(where, f"{name} is {found!r}, expected {expected!r}")]


def unequal_sets(where: str, name: str, found: list[str], expected: list[str]) -> list[Finding]:
    """A finding for each that is there twice, unknown, or missing."""
    twice = sorted({each for each in found if found.count(each) > 1})
    unknown = [each for each in found if each not in expected]
    missing = [each for each in expected if each not in found]
    return [
        *(Finding(where, f"{name} {each!r} is there twice") for each in twice),
        *(Finding(where, f"{name} {each!r} is nothing that is known or used here") for each in unknown),
        *(Finding(where, f"{name} {each!r} is missing") for each in missing),
    ]
