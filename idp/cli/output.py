"""What a person reads: tables and pages, as text for Rich. Pure: console and server are the caller's."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from rich.console import Console, Group, RenderableType
from rich.markup import escape
from rich.table import Table

from idp.cli.client import Json
from idp.cli.openapi import Offer

_UNFOLDED: Final = 1000


def console(*, err: bool = False) -> Console:
    """Rich on stdout or stderr; plain, and never folded, where that is no terminal."""
    found = Console(stderr=err, highlight=False)
    return found if found.is_terminal else Console(stderr=err, highlight=False, width=_UNFOLDED)


def table(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Table:
    """A header and rows, no lines."""
    grid = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        grid.add_column(column, overflow="fold")
    for row in rows:
        grid.add_row(*(escape("" if cell is None else str(cell)) for cell in row))
    return grid


def page(pairs: Mapping[str, object]) -> Table:
    """Names and values, one pair a line; what is empty is left out."""
    grid = Table.grid(padding=(0, 2))
    for name, value in pairs.items():
        if value not in (None, "", [], {}):
            grid.add_row(f"[bold]{escape(name)}[/]", _cell(value))
    return grid


def capability_table(offers: Iterable[Offer]) -> Table:
    """`idp capabilities`."""
    columns = ("NAME", "KIND", "OWNER", "SUMMARY")
    return table(columns, ((one.name, one.kind, one.owner, one.summary) for one in offers))


def resource_table(items: Iterable[Json]) -> Table:
    """`idp list [CAPABILITY]`."""
    columns = ("RESOURCE", "STAGE", "STATUS", "EXPIRES", "OPEN REQUEST")
    return table(
        columns, ((resource(one), one["stage"], one["status"], one["expires_at"], one["open_request"]) for one in items)
    )


def request_table(items: Iterable[Json]) -> Table:
    """`idp list requests`."""
    columns = ("ID", "VERB", "RESOURCE", "PHASE", "REQUESTER", "CREATED")
    return table(
        columns,
        ((one["id"], one["verb"], resource(one), one["phase"], one["requester"], one["created_at"]) for one in items),
    )


def request_page(request: Json) -> RenderableType:
    """`idp show ID`."""
    decisions = [
        f"{one['verdict']} by {one['by']}" + (f": {one['comment']}" if one["comment"] else "")
        for one in request["approval"].get("decisions") or ()
    ]
    head = page(
        {
            "request": request["id"],
            "verb": request["verb"],
            "resource": resource(request),
            "stage": request["stage"],
            "phase": request["phase"],
            "message": request["message"],
            "requester": request["requester"],
            "run": request["run"],
            "seen at": request["links"].get("ui"),
            "created": request["created_at"],
            "finished": request["finished_at"],
            "approval": _approval(request),
            "decisions": "\n".join(decisions),
            "spec": request["spec"],
            "outputs": request["outputs"],
        }
    )
    return Group(head, plan(request)) if request["plan"] else head


def steps(entries: Iterable[Json]) -> RenderableType:
    """Of a request's history: each step as it was last seen, and where it is seen."""
    last = {one["data"]["step"]: one for one in entries if one["kind"] == "step"}
    rows = ((name, one["data"]["phase"], one["links"].get("ui")) for name, one in last.items())
    return table(("STEP", "PHASE", "SEEN AT"), rows)


def plan(request: Json) -> RenderableType:
    """What the run would change: addresses, actions and the names of attributes, never their values."""
    found = request["plan"]
    summary = found.get("summary") or {}
    resources = summary.get("resources") or ()
    parts: list[RenderableType] = [
        f"[bold]plan[/]: {found['changes']} to change, digest {escape(found['digest'] or '')}"
    ]
    if resources:
        rows = ((", ".join(r["actions"]), r["address"], ", ".join(r.get("attributes") or ())) for r in resources)
        parts.append(table(("ACTION", "ADDRESS", "ATTRIBUTES"), rows))
    parts += [f"[yellow]finding[/]: {escape(str(finding))}" for finding in summary.get("findings") or ()]
    if text := summary.get("text"):
        parts.append(escape(str(text)))
    return Group(*parts)


def resource_page(found: Json) -> RenderableType:
    """`idp show CAPABILITY/TEAM/NAME`."""
    keys = ("stage", "status", "generation", "owner", "environment", "expires_at", "open_request", "spec", "outputs")
    head = page({"resource": resource(found)} | {key: found[key] for key in keys})
    placed = found.get("placements")
    return Group(head, placement_table(placed), last_table(placed)) if placed else head


def placement_table(placements: Iterable[Json]) -> Table:
    """What of an application serves where."""
    columns = ("ENVIRONMENT", "STAGE", "STATUS", "HEALTH", "COMMIT", "REVISION", "SETTINGS", "URL")
    rows = (
        (
            *(one[key] for key in ("environment", "stage", "status", "health")),
            _short(one["commit"]),
            one["revision"],
            (one["settings"] or {}).get("number"),
            one["url"],
        )
        for one in placements
    )
    return table(columns, rows)


def last_table(placements: Iterable[Json]) -> Table:
    """What was done last, in each environment."""
    columns = ("ENVIRONMENT", "WHAT", "PHASE", "VERSION", "COMMIT", "BY", "CREATED", "REQUEST")
    rows = (
        (
            placement["environment"],
            one["capability"],
            one["phase"],
            _short(one["version"]),
            _short(one["commit"]),
            one["requester"],
            one["created_at"],
            one["request"],
        )
        for placement in placements
        for one in placement["last"]
    )
    return table(columns, rows)


def _short(version: str | None) -> str | None:
    """Enough of a commit or a digest to know it again; a branch's name as it is."""
    if version is None or not re.fullmatch(r"(sha256:)?[0-9a-f]{40,64}", version):
        return version
    return version[: 19 if version.startswith("sha256:") else 12]


def explanation(found: Json) -> RenderableType:
    """`idp explain`."""
    return page({key: value for key, value in found.items() if key != "links"})


def outputs(request: Json) -> RenderableType:
    """A finished request's outputs."""
    return page(request["outputs"] or {})


def resource(item: Json) -> str:
    """A resource as arguments and URLs name it."""
    return f"{item['capability']}/{item['team']}/{item['name']}"


def _approval(request: Json) -> str:
    approval = request["approval"]
    return f"by another person with role {approval['role']}" if approval["required"] else "not needed"


def _cell(value: object) -> RenderableType:
    if isinstance(value, Mapping):
        return page({str(key): item for key, item in value.items()})
    if isinstance(value, list) and all(isinstance(item, str | int | float) for item in value):
        return escape(", ".join(map(str, value)))
    text: Any = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return escape(text)
