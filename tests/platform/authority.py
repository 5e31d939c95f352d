"""An authority that signs SSH keys as Entra does, with ssh-keygen and a key of its own, and remembers what it was asked."""

import base64
import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import parse_qs


@dataclass
class Authority:
    """`refusal`, if given, is what it answers instead."""

    folder: Path
    url: str = ""
    refusal: str = ""
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)

    def signed(self, jwk: dict[str, str]) -> str:
        """The certificate's body for a key, which lets in the one it is for."""
        exponent, modulus = (base64.urlsafe_b64decode(f"{jwk[name]}==") for name in ("e", "n"))
        parts = (b"ssh-rsa", exponent, b"\0" + modulus)
        blob = b"".join(len(part).to_bytes(4, "big") + part for part in parts)
        public = self.folder / "asked.pub"
        public.write_text(f"ssh-rsa {base64.b64encode(blob).decode()}\n")
        for command in (
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "authority"],
            ["ssh-keygen", "-q", "-s", "authority", "-I", "test", "-n", "app-configure", public.name],
        ):
            if command[1:3] != ["-q", "-t"] or not (self.folder / "authority").exists():
                subprocess.run(command, cwd=self.folder, check=True, capture_output=True)
        return (self.folder / "asked-cert.pub").read_text().split()[1]


@contextmanager
def authority(folder: Path) -> Iterator[Authority]:
    """Listening on a port of its own."""
    folder.mkdir()
    it = Authority(folder)

    class One(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            form = {name: value for name, (value,) in parse_qs(body, strict_parsing=True).items()}
            it.asked.append((self.path, form))
            answer = (
                {"error_description": it.refusal}
                if it.refusal
                else {"access_token": it.signed(json.loads(form["req_cnf"]))}
            )
            self.send_response(400 if it.refusal else 200)
            self.end_headers()
            self.wfile.write(json.dumps(answer).encode())

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's name
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), One)
    it.url = f"http://127.0.0.1:{server.server_port}"
    thread = Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield it
    server.shutdown()
    server.server_close()
    thread.join()
