"""Lines of a body that comes in chunks."""

from collections.abc import AsyncIterable, AsyncIterator


async def lines(chunks: AsyncIterable[bytes], *, longest: int | None = None) -> AsyncIterator[bytes]:
    """Each line without its end, the last also without one; one of more than `longest` bytes in pieces of so many."""
    rest = bytearray()
    async for chunk in chunks:
        looked = len(rest)
        rest += chunk
        while (end := rest.find(b"\n", looked)) >= 0 or (longest and len(rest) > longest):
            cut = longest if longest and not 0 <= end <= longest else end
            yield bytes(rest[:cut])
            del rest[: cut + 1 if cut == end else cut]
            looked = 0
    if rest:
        yield bytes(rest)
