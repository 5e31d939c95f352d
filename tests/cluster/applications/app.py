"""An application of a test's: it says which commit it is, and misbehaves as `says.json` beside it asks."""

import json
import os
import signal
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

SAYS = json.loads(Path(__file__).with_name("says.json").read_text())


class Handler(BaseHTTPRequestHandler):
    """Any path but /healthz is the application's own."""

    def do_GET(self) -> None:
        """Its version and its settings."""
        ready = 200 if SAYS.get("ready", True) else 503
        told = {name: value for name, value in os.environ.items() if name in {"LOG_LEVEL", "TOKEN"}}
        body = json.dumps({"version": os.environ["IDP_COMMIT"], "settings": told}).encode()
        self.send_response(ready if self.path == "/healthz" else SAYS.get("status", 200))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


class Server(ThreadingHTTPServer):
    """Takes what comes while it starts threads."""

    request_queue_size = 128
    daemon_threads = False


server = Server(("", 8080), Handler)
# The first process of a container gets no signal that it does not ask for.
signal.signal(signal.SIGTERM, lambda *_: Thread(target=server.shutdown).start())
server.serve_forever()
server.server_close()
sys.exit(0)
