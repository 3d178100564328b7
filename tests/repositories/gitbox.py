"""Small git repositories, made on the spot, commit by commit and byte by byte."""

import hashlib
import os
import subprocess
import zlib
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from doorward.model.repository import RawCommit
from doorward.sources.repositories.location import Repository, open_repository
from doorward.sources.repositories.walk import walk

ENV = {
    "PATH": os.environ["PATH"],
    "HOME": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_AUTHOR_DATE": "1600000000 +0000",
    "GIT_COMMITTER_DATE": "1600000000 +0000",
}
DAY = 86_400
START = 1_500_000_000


@dataclass
class Box:
    """A repository in a folder."""

    path: Path
    object_format: str = "sha1"
    bare: bool = False

    def __post_init__(self) -> None:
        bare = ["--bare"] if self.bare else []
        self.git("init", "-q", "-b", "main", f"--object-format={self.object_format}", *bare, str(self.path), cwd=None)

    @property
    def git_dir(self) -> Path:
        return self.path if self.bare else self.path / ".git"

    def git(self, *args: str, stdin: bytes = b"", cwd: Path | str | None = "") -> str:
        where = self.path if cwd == "" else cwd
        done = subprocess.run(["git", *args], input=stdin, capture_output=True, env=ENV, cwd=where, check=False)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout.decode("utf-8", "replace").strip()

    def raw(self, kind: str, content: bytes) -> str:
        """Write an object as it is, sound or not."""
        return self.git("hash-object", "-t", kind, "-w", "--stdin", "--literally", stdin=content)

    def tree(self, files: Mapping[str, bytes]) -> str:
        """Write a tree of files, folders included."""
        lines = []
        folders: dict[str, dict[str, bytes]] = {}
        for name, content in files.items():
            head, slash, rest = name.partition("/")
            if slash:
                folders.setdefault(head, {})[rest] = content
            else:
                lines.append(f"100644 blob {self.raw('blob', content)}\t{name}")
        lines += [f"040000 tree {self.tree(inner)}\t{name}" for name, inner in folders.items()]
        return self.git("mktree", stdin="".join(f"{line}\n" for line in lines).encode())

    def commit(
        self,
        files: Mapping[str, bytes] | None = None,
        *,
        parents: Sequence[str] = (),
        author: str = "Alice Example <alice@example.org>",
        committer: str = "",
        when: str = f"{START} +0000",
        authored: str = "",
        message: bytes = b"Change\n",
        headers: bytes = b"",
        branch: str | None = "main",
    ) -> str:
        """Write a commit and, unless ``branch`` is None, move the branch to it."""
        lines = [f"tree {self.tree(files or {})}", *(f"parent {parent}" for parent in parents)]
        lines += [f"author {author} {authored or when}", f"committer {committer or author} {when}"]
        made = self.raw("commit", "\n".join(lines).encode() + b"\n" + headers + b"\n" + message)
        if branch:
            self.git("update-ref", f"refs/heads/{branch}", made)
        return made

    def tag(self, name: str, target: str, content: bytes | None = None) -> str:
        """Write a tag: lightweight, or of an object with the given content after its first four headers."""
        made = target if content is None else self.raw("tag", content)
        self.git("update-ref", f"refs/tags/{name}", made)
        return made

    def loose(self, name: str) -> Path:
        """Where a loose object lies."""
        return self.git_dir / "objects" / name[:2] / name[2:]

    def read(self, tmp: Path, heads: Sequence[str] = (), exclude: Sequence[str] = ()) -> list[RawCommit]:
        """Walk it from its head."""
        with open_repository(str(self.path), tmp / "cache") as repository:
            return read(repository, heads, exclude)


def read(repository: Repository, heads: Sequence[str] = (), exclude: Sequence[str] = ()) -> list[RawCommit]:
    return list(walk(repository, heads or [repository.listing.head], exclude))


def write_loose(box: Box, name: str, kind: bytes, content: bytes) -> None:
    """Put an object where another one belongs."""
    path = box.loose(name)
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_bytes(zlib.compress(kind + b" %d\0" % len(content) + content))


def object_id(kind: str, content: bytes) -> str:
    return hashlib.sha1(f"{kind} {len(content)}\0".encode() + content).hexdigest()


class _Backend(BaseHTTPRequestHandler):
    """Git's own HTTP backend, as a CGI."""

    root: Path
    seen: list[tuple[str, Mapping[str, str]]]

    def do_GET(self) -> None:
        self._answer(b"")

    def do_POST(self) -> None:
        self._answer(self.rfile.read(int(self.headers.get("Content-Length") or 0)))

    def _answer(self, body: bytes) -> None:
        self.seen.append((self.path, dict(self.headers)))
        path, _, query = self.path.partition("?")
        env = ENV | {
            "GIT_PROJECT_ROOT": str(self.root),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REQUEST_METHOD": self.command,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }
        done = subprocess.run(["git", "http-backend"], input=body, env=env, capture_output=True, check=False)
        head, _, rest = done.stdout.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n") if ": " in line)
        self.send_response(int(fields.pop("Status", "200").split()[0]))
        for name, value in fields.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(rest)))
        self.end_headers()
        self.wfile.write(rest)

    def log_message(self, *_: Any) -> None:
        """Be silent."""


@contextmanager
def served(root: Path) -> Any:
    """Serve the repositories below a folder; yield the base address and what was asked."""
    handler = type("Handler", (_Backend,), {"root": root, "seen": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", handler.seen
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
