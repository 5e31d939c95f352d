"""Git over HTTP as servers do it: git's own http-backend behind a small HTTP server, and repositories made by git."""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from typing_extensions import override

BACKEND = Path(subprocess.check_output(["git", "--exec-path"], text=True).strip()) / "git-http-backend"
DOCKERFILE = "FROM python:3.13-slim\nCOPY . /app\nRUN pip install .\nCMD python app.py\n"


class _Handler(BaseHTTPRequestHandler):
    server: "_Server"

    def do_GET(self) -> None:
        """As CGI has it."""
        path, _, query = self.path.partition("?")
        self.server.asked.append(f"{self.command} {path}")
        length = int(self.headers.get("Content-Length") or 0)
        ended = subprocess.run(
            [BACKEND],
            input=self.rfile.read(length),
            env=self._environment(path, query, length),
            capture_output=True,
            check=False,
        )
        head, _, body = ended.stdout.partition(b"\r\n\r\n")
        lines = [line.partition(": ") for line in head.decode().splitlines()]
        told = {name: value for name, _, value in lines}
        self.send_response(int(told.pop("Status", "200").split()[0]))
        for name, value in told.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET  # noqa: N815 - the name that http.server calls

    def _environment(self, path: str, query: str, length: int) -> Mapping[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.server.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(length),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "REMOTE_ADDR": "127.0.0.1",
        }

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Not into pytest's output."""


class _Server(ThreadingHTTPServer):
    request_queue_size = 64

    def __init__(self, root: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.root = root
        self.asked: list[str] = []


@dataclass(frozen=True)
class GitServer:
    """`asked` are the requests it got."""

    url: str
    root: Path
    work: Path
    asked: list[str]

    def repository(self, name: str) -> "Repository":
        """A new one, empty."""
        bare, work = self.root / f"{name}.git", self.work / name
        git("init", "--quiet", "--bare", "--initial-branch=main", str(bare), folder=self.root)
        git("config", "uploadpack.allowFilter", "true", folder=bare)
        work.mkdir(parents=True)
        git("init", "--quiet", "--initial-branch=main", ".", folder=work)
        git("remote", "add", "origin", str(bare), folder=work)
        return Repository(url=f"{self.url}/{name}.git", work=work)


@dataclass(frozen=True)
class Repository:
    """What a developer has: a clone, pushed to the server."""

    url: str
    work: Path

    def push(self, files: Mapping[str, str | None], *, branch: str = "main", author: str = "ada@payments.test") -> str:
        """A commit with these files changed, None removing one; its id."""
        for name, text in files.items():
            file = self.work / name
            file.parent.mkdir(parents=True, exist_ok=True)
            if text is None:
                file.unlink()
            else:
                file.write_text(text)
        git("add", "--all", folder=self.work)
        said = ("--message", "A change", "--author", f"Somebody <{author}>")
        git("commit", "--quiet", "--allow-empty", *said, folder=self.work)
        git("push", "--quiet", "--force", "origin", f"HEAD:refs/heads/{branch}", folder=self.work)
        return git("rev-parse", "HEAD", folder=self.work)


def git(*words: str, folder: Path) -> str:
    """What it prints."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": "/dev/null",
        **{f"GIT_{who}_NAME": "ada" for who in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{who}_EMAIL": "ada@payments.test" for who in ("AUTHOR", "COMMITTER")},
    }
    program = shutil.which("git") or "git"
    ended = subprocess.run(
        [program, *words], cwd=folder, env=environment, check=True, stdout=subprocess.PIPE, text=True
    )
    return ended.stdout.strip()


@contextmanager
def git_server(folder: Path) -> Iterator[GitServer]:
    """Serves bare repositories over HTTP on this machine."""
    root, work = folder / "git", folder / "work"
    root.mkdir(parents=True)
    work.mkdir()
    server = _Server(root)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield GitServer(url=f"http://127.0.0.1:{server.server_address[1]}", root=root, work=work, asked=server.asked)
    finally:
        server.shutdown()
        server.server_close()
