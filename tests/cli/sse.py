"""Server-sent events as a scripted answer."""

from tests.cli.scripted import Answer, answer


def sse(*entries: tuple[int, str]) -> Answer:
    lines = [
        f"id: {sequence}\nevent: {kind}\n"
        f'data: {{"sequence": {sequence}, "kind": "{kind}", "at": "2026-11-24T10:00:00Z", "data": {{}}}}\n\n'
        for sequence, kind in entries
    ]
    return answer(200, "retry: 2000\n\n: ping\n\n" + "".join(lines), kind="text/event-stream")
