"""The command `python -m idp.render`."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from idp.errors import DefinitionError
from idp.loading import loaded
from idp.render.files import Difference, apply, differences, refresh, texts
from idp.render.objects import delivery_objects, objects
from idp.settings import DEFAULT_CATALOG, ServerSettings
from idp.wiring import findings

FRESH: Final = 0
STALE: Final = 1
REFUSED: Final = 2
"""Nothing was written: the catalogue cannot be rendered."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or check; returns the exit code."""
    options = _parser().parse_args(arguments)
    try:
        catalog = loaded(options.catalog)
        files = objects(catalog, options.catalog)
    except DefinitionError as error:
        sys.stderr.write(f"render: {error}\n")
        return REFUSED
    found = findings(files, catalog, options.catalog)
    if found:
        lines = "\n".join(f"  {finding}" for finding in found)
        sys.stderr.write(f"render: {len(found)} references lead nowhere; nothing was written:\n{lines}\n")
        return REFUSED
    wanted = texts(files | delivery_objects(), options.catalog)
    different = differences(wanted, options.out)
    return _check(different, options) if options.check else _write(wanted, different, options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m idp.render",
        description="Write the manifests of a catalogue: the Argo Events and Argo Workflows objects that carry its requests.",
        epilog="Exit codes: 0 the manifests are fresh; 1 --check found some that are not; 2 the catalogue cannot be rendered.",
    )
    parser.add_argument("--check", action="store_true", help="write nothing; name each file that is not fresh")
    parser.add_argument(
        "--catalog", default=DEFAULT_CATALOG, metavar="MODULE:NAME", help="the Catalog (default: %(default)s)"
    )
    parser.add_argument(
        "--out",
        type=Path,
        default=ServerSettings.model_fields["manifests"].default,
        metavar="DIR",
        help="the folder of manifests (default: manifests/ beside the package)",
    )
    return parser


def _check(different: list[Difference], options: argparse.Namespace) -> int:
    for each in different:
        sys.stderr.write(f"{_said(each, options)}\n")
    return STALE if different else FRESH


def _write(wanted: dict[str, str], different: list[Difference], options: argparse.Namespace) -> int:
    foreign = [each for each in different if each.kind == "foreign"]
    for each in foreign:
        sys.stderr.write(f"{_said(each, options)}\n")
    if foreign:
        return REFUSED
    apply(wanted, options.out, different)
    for each in different:
        sys.stdout.write(f"{options.out / each.path}: {'deleted' if each.kind == 'orphaned' else 'written'}\n")
    return FRESH


def _said(each: Difference, options: argparse.Namespace) -> str:
    command = refresh(options.catalog)
    if options.out != ServerSettings.model_fields["manifests"].default:
        command += f" --out {options.out}"
    move = {
        "stale": f"is stale: run `{command}`",
        "missing": f"is missing: run `{command}`",
        "orphaned": f"is of no capability any more: run `{command}`, which deletes it",
        "foreign": "is in the way: a manifest of this name is to be written, and this file was not written by"
        " idp.render; move it away",
    }[each.kind]
    return f"{options.out / each.path} {move}."
