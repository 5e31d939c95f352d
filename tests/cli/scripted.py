"""A scripted HTTP server, for what a good server never does."""

from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler

Handler = BaseHTTPRequestHandler
Answer = Callable[[Handler], None]


@dataclass
class Scripted:
    """Answers in order, the last one for ever; what was asked is kept."""

    url: str = ""
    answers: list[Answer] = field(default_factory=list)
    seen: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)

    def respond(self, handler: Handler) -> None:
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in handler.headers.items()}
        self.seen.append((handler.command, handler.path, headers, body))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        answer(handler)


def answer(status: int, body: str, *, kind: str = "application/json", **headers: str) -> Answer:
    def write(handler: Handler) -> None:
        content = body.encode()
        handler.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **headers}.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.end_headers()
        handler.wfile.write(content)

    return write


def cut(handler: Handler) -> None:
    """The connection ends without an answer."""
    handler.close_connection = True
