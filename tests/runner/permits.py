"""`POST /v1/permits`, served for real."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.runner.serving import Served


@dataclass
class Permits(Served):
    """Answers with `answers` in turn, the last one again and again; notes what was asked."""

    answers: list[tuple[int, Any]] = field(default_factory=lambda: [(200, {"permitted": True})])
    asked: list[tuple[str, str, Any]] = field(default_factory=list)
    """Path, Authorization and body of each."""
    meanwhile: Callable[[], object] = field(default=lambda: None)
    """Done before each answer."""
    port: int = 0

    def handler(self) -> type[BaseHTTPRequestHandler]:
        return _handler(self)


def _handler(permits: Permits) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            permits.asked.append((self.path, self.headers["authorization"], body))
            permits.meanwhile()
            status, answer = permits.answers.pop(0) if len(permits.answers) > 1 else permits.answers[0]
            text = answer if isinstance(answer, str) else json.dumps(answer)
            self.send_response(status)
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: Any) -> None:
            """Nothing: tests read what was asked."""

    return Handler
