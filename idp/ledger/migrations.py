"""Numbered SQL files, each a step of a store's schema."""

from dataclasses import dataclass
from importlib.resources import files

from idp.ledger.protocol import LedgerUnavailableError


@dataclass(frozen=True, slots=True)
class Migration:
    """`0001_first.sql` is number 1, name `first`."""

    number: int
    name: str
    sql: str


def known(package: str) -> tuple[Migration, ...]:
    """Those in the package's folder `migrations`, in order."""
    folder = files(package) / "migrations"
    return tuple(
        Migration(int(file.name[:4]), file.name[5:-4], file.read_text(encoding="utf-8"))
        for file in sorted(folder.iterdir(), key=lambda file: file.name)
        if file.name.endswith(".sql")
    )


def missing(at: int, migrations: tuple[Migration, ...]) -> tuple[Migration, ...]:
    """What a schema that stands at number `at` lacks. Raises LedgerUnavailableError for a newer one."""
    newest = migrations[-1].number
    if at > newest:
        message = (
            f"The ledger's schema is at {at}, and this version of idp knows it up to {newest}."
            " Start the version that wrote it, or a newer one."
        )
        raise LedgerUnavailableError(message)
    return tuple(migration for migration in migrations if migration.number > at)
