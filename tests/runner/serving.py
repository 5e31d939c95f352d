"""What stand-ins over HTTP have in common: they serve while they are used."""

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Self


class Served:
    """Serves by its `handler`, at `port` or a free one, from entry to exit."""

    port: int = 0

    def handler(self) -> type[BaseHTTPRequestHandler]:
        """What answers."""
        raise NotImplementedError

    def __enter__(self) -> Self:
        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), self.handler())
        self.port = self.server.server_port
        self._thread = Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"
