"""The sandbox's stand-in for an application's container: a small HTTP server over the built tree. None of the tree is run.

`python serving.py REVISION_FILE TREE`: prints its port, serves until SIGTERM, or until whoever started it is gone.

    GET <health path>   200 when it is ready
    GET /               who answers: version, digest, revision, settings, as JSON
    GET /<file>         a file of the tree

A file `sandbox.json` in the tree makes it misbehave, to try what happens then:
{"status": 500} answers so but to its health path, {"ready": false} never gets ready, {"ready_after_seconds": 2} later, {"exit": 3} ends at once,
{"seconds": 0.5} takes so long for each answer, {"fails_after": 12} answers 500 after so many,
{"not_ready_with": "NAME"} never gets ready with that setting.
"""

import itertools
import json
import os
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from typing_extensions import override


class Server(ThreadingHTTPServer):
    """Waits for the answers it is at before it ends."""

    daemon_threads = False
    request_queue_size = 128

    def __init__(self, revision: dict[str, Any], tree: Path) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.revision = revision
        self.tree = tree.resolve()
        self.ways = _ways(self.tree)
        self.began = time.monotonic()
        self._count = itertools.count(1)

    @property
    def status(self) -> int:
        """Of the next answer."""
        fails = next(self._count) > self.ways.get("fails_after", float("inf"))
        return 500 if fails else int(self.ways.get("status", 200))

    @property
    def is_ready(self) -> bool:
        """Whether the health path answers 200."""
        waits: float = self.ways.get("ready_after_seconds", 0)
        missing = self.ways.get("not_ready_with") not in self.revision["settings"]["values"]
        return missing and self.ways.get("ready") is not False and time.monotonic() - self.began >= waits


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Server
    protocol_version = "HTTP/1.1"
    timeout = 30

    def do_GET(self) -> None:
        """See the module."""
        path = self.path.partition("?")[0]
        if path == self.server.revision["application"]["health_path"]:
            ready = self.server.is_ready
            self._answer(200 if ready else 503, b"ready\n" if ready else b"not ready\n", "text/plain")
            return
        status = self.server.status
        time.sleep(self.server.ways.get("seconds", 0))
        content = self._content(path)
        if content is None:
            self._answer(404, b"no such file\n", "text/plain")
        else:
            self._answer(status, content, "application/json" if path == "/" else "application/octet-stream")

    do_HEAD = do_GET  # noqa: N815 - the name that http.server calls

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Quiet: the node would have to read it."""

    def _content(self, path: str) -> bytes | None:
        if path == "/":
            return json.dumps(_told(self.server.revision)).encode()
        file = (self.server.tree / path.lstrip("/")).resolve()
        return file.read_bytes() if file.is_file() and file.is_relative_to(self.server.tree) else None

    def _answer(self, status: int, content: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("X-Version", str(self.server.revision["commit"]))
        self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)
        self.close_connection = True


def _told(revision: dict[str, Any]) -> dict[str, Any]:
    return {
        "version": revision["commit"],
        "digest": revision["digest"],
        "revision": revision["revision"],
        "settings": {**revision["settings"]["values"], **revision["settings"]["secrets"]},
        "settings_number": revision["settings"]["number"],
    }


def _ways(tree: Path) -> dict[str, Any]:
    """How it shall misbehave; a file that says nothing sensible makes it behave."""
    try:
        found = json.loads((tree / "sandbox.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def main(revision_file: Path, tree: Path) -> None:
    """Serve."""
    server = Server(json.loads(revision_file.read_text(encoding="utf-8")), tree)
    if code := server.ways.get("exit"):
        sys.exit(int(code))
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # of a terminal: the node decides
    threading.Thread(target=_end_with_the_node, args=(stop,), daemon=True).start()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
    print(server.server_address[1], flush=True)  # noqa: T201 - what the node reads
    stop.wait()
    server.shutdown()
    server.server_close()


def _end_with_the_node(stop: threading.Event) -> None:
    """The pipe closes when the node ends, however it does."""
    while os.read(sys.stdin.fileno(), 1):
        pass
    stop.set()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
