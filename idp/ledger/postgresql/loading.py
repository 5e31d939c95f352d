"""What a group needs, locked in an order that is the same for all, then read.

Each statement sees what was committed before it began: so the locks come first, and what is counted last.
"""

from hashlib import blake2b

from idp import names
from idp.ledger import rows
from idp.ledger.needs import Needs
from idp.ledger.postgresql.connecting import Connection
from idp.ledger.postgresql.draft import Read
from idp.ledger.postgresql.values import quoted, text
from idp.ledger.records import ResourceKey
from idp.ledger.transitions import lives_in


async def loaded(connection: Connection, needs: Needs) -> Read:
    """Inside the transaction that will store what comes of it."""
    read = Read()
    await _lock_what_may_come_to_be(connection, needs)
    await _read_keys(connection, needs, read)
    await _read_resources(connection, needs, read)
    await _read_newest(connection, needs, read)
    await _read_newest_of_sources(connection, needs, read)
    await _read_requests(connection, needs, read)
    await _read_placed(connection, needs, read)
    await _read_sequences(connection, read)
    await _count_living(connection, needs, read)
    await _count_inhabitants(connection, needs, read)
    return read


async def _lock_what_may_come_to_be(connection: Connection, needs: Needs) -> None:
    """A row that is not there cannot be locked: one transaction at a time uses a key, or adds to a team's resources."""
    numbers = {_number("key", *key) for key in needs.keys} | {_number("resources", *owned) for owned in needs.opened}
    if numbers:
        await connection.execute("SELECT pg_advisory_xact_lock(n) FROM unnest($1::bigint[]) AS n", sorted(numbers))


def _number(*words: str) -> int:
    digest = blake2b("\0".join(words).encode(errors="replace"), digest_size=8).digest()
    return int.from_bytes(digest, signed=True)


async def _read_keys(connection: Connection, needs: Needs, read: Read) -> None:
    """Their requests are only shown again, never changed: they need no lock."""
    if needs.keys:
        found = await connection.fetch(
            "SELECT request.* FROM request"
            " JOIN unnest($1::text[], $2::text[]) AS key (requester, idempotency_key) USING (requester, idempotency_key)",
            *map(list, zip(*((text(requester), text(key)) for requester, key in needs.keys), strict=True)),
        )
        for record in map(rows.request_record, found):
            read.requests[record.id] = record
            read.keys[record.requester, record.idempotency_key or ""] = record.id


async def _read_resources(connection: Connection, needs: Needs, read: Read) -> None:
    """Those that are named, and those of the requests that are: whoever changes a request holds its resource first."""
    ids = [text(id_) for id_ in needs.requests]
    if ids or needs.resources:
        columns = map(list, zip(*map(_columns, needs.resources), strict=True)) if needs.resources else ([], [], [])
        found = await connection.fetch(
            "SELECT resource.* FROM resource JOIN ("
            "  SELECT * FROM unnest($1::text[], $2::text[], $3::text[])"
            "  UNION SELECT key_capability, key_team, key_name FROM request WHERE id = ANY($4::text[])"
            ") AS key (capability, team, name) USING (capability, team, name)"
            " ORDER BY capability, team, name FOR NO KEY UPDATE OF resource",
            *columns,
            ids,
        )
        read.resources = {record.key: record for record in map(rows.resource_record, found)}


async def _read_newest(connection: Connection, needs: Needs, read: Read) -> None:
    """After their resources, which a newer one would hold."""
    for key in needs.newest:
        newest = await connection.fetchval(
            "SELECT max(id) FROM request"
            " WHERE verb = 'provision' AND key_capability = $1 AND key_team = $2 AND key_name = $3",
            *_columns(key),
        )
        if newest:
            read.newest[key] = newest


async def _read_newest_of_sources(connection: Connection, needs: Needs, read: Read) -> None:
    """After their resources, which a newer one would hold."""
    if needs.sources:
        found = await connection.fetch(
            "SELECT c, t, n, s, (SELECT max(id) FROM request"
            "  WHERE (key_capability, key_team, key_name, source) = (c, t, n, s)"
            ") FROM unnest($1::text[], $2::text[], $3::text[], $4::text[]) AS asking (c, t, n, s)",
            *map(list, zip(*((*_columns(key), text(source)) for key, source in needs.sources), strict=True)),
        )
        for capability, team, name, source, newest in found:
            if newest:
                read.newest_of_source[ResourceKey(capability=capability, team=team, name=name), source] = newest


async def _read_requests(connection: Connection, needs: Needs, read: Read) -> None:
    """Those that are named, and those that wait for a resource that was read: its next change may be theirs."""
    ids = [text(id_) for id_ in needs.requests | set(read.newest.values())]
    if ids or read.resources:
        columns = map(list, zip(*map(_columns, read.resources), strict=True)) if read.resources else ([], [], [])
        found = await connection.fetch(
            "SELECT * FROM request WHERE id IN ("
            "  SELECT unnest($1::text[])"
            "  UNION SELECT id FROM request JOIN unnest($2::text[], $3::text[], $4::text[]) AS key (c, t, n)"
            "    ON (key_capability, key_team, key_name) = (c, t, n) WHERE waits_in IS NOT NULL"
            ") ORDER BY id FOR NO KEY UPDATE",
            ids,
            *columns,
        )
        read.locked = {row["id"] for row in found}
        read.requests |= {row["id"]: rows.request_record(row) for row in found}


async def _read_placed(connection: Connection, needs: Needs, read: Read) -> None:
    """After the resources themselves, which who places one locks too: none comes to be meanwhile."""
    going = needs.placed | {read.requests[id_].key for id_ in read.locked if read.requests[id_].verb == "deprovision"}
    if going:
        owners = [(names.placed(key.capability), key.team, names.placement(key.name, "")) for key in going]
        found = await connection.fetch(
            "SELECT resource.* FROM resource"
            " JOIN unnest($1::text[], $2::text[], $3::text[]) AS owner (capability, team, start)"
            " USING (capability, team) WHERE starts_with(resource.name, owner.start) AND status <> 'removed'"
            " ORDER BY capability, team, name FOR NO KEY UPDATE OF resource",
            *map(list, zip(*owners, strict=True)),
        )
        read.resources |= {record.key: record for record in map(rows.resource_record, found)}


async def _read_sequences(connection: Connection, read: Read) -> None:
    if read.locked:
        found = await connection.fetch(
            "SELECT id, (SELECT max(sequence) FROM history WHERE request = id) FROM unnest($1::text[]) AS id",
            list(read.locked),
        )
        read.sequences.update({id_: last or 0 for id_, last in found})


async def _count_living(connection: Connection, needs: Needs, read: Read) -> None:
    if needs.counted:
        read.living = {owned: set() for owned in needs.counted}
        found = await connection.fetch(
            "SELECT capability, team, name FROM resource"
            " JOIN unnest($1::text[], $2::text[]) AS owned (capability, team) USING (capability, team)"
            " WHERE status <> 'removed'",
            *map(list, zip(*needs.counted, strict=True)),
        )
        for capability, team, name in found:
            read.living[capability, team].add(name)


async def _count_inhabitants(connection: Connection, needs: Needs, read: Read) -> None:
    if needs.inhabited:
        read.inhabitants = {home: set() for home in needs.inhabited}
        found = await connection.fetch(
            "SELECT home, resource.* FROM resource JOIN unnest($1::text[], $2::text[], $3::text[]) AS of (team, home, quoted)"
            " ON resource.team = of.team AND (environment = home OR strpos(applied_spec::text, quoted) > 0)"
            " WHERE status <> 'removed'",
            *map(list, zip(*((team, home, quoted(home)) for team, home in needs.inhabited), strict=True)),
        )
        for row in found:
            resource = rows.resource_record(row)
            if lives_in(resource, row["home"]):
                read.inhabitants[resource.key.team, row["home"]].add(resource.key)


def _columns(key: ResourceKey) -> tuple[str, str, str]:
    return key.capability, key.team, key.name
