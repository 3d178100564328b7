"""An in-memory world behind a real HTTP server on loopback: a PyPI index and an npm registry.

A test publishes releases, says what this index strips, and points doorward's environment at it. Everything published is
inert.
"""

import base64
import gzip
import hashlib
import io
import json
import tarfile
import threading
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

Files = Mapping[str, bytes | str]
#: When the first release of every package was published, unless a test says otherwise.
EPOCH = datetime(2024, 1, 1, tzinfo=UTC)


def as_bytes(text: bytes | str) -> bytes:
    return text.encode() if isinstance(text, str) else text


def wheel(name: str, version: str, files: Files, *, requires: tuple[str, ...] = (), entry_points: str = "") -> bytes:
    """Return a pure wheel with METADATA, WHEEL and a correct RECORD."""
    info = f"{name.replace('-', '_')}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    metadata += "".join(f"Requires-Dist: {item}\n" for item in requires)
    members = {path: as_bytes(content) for path, content in files.items()}
    members[f"{info}/METADATA"] = metadata.encode()
    members[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    if entry_points:
        members[f"{info}/entry_points.txt"] = entry_points.encode()
    rows = [
        f"{path},sha256={base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b'=').decode()},{len(content)}"
        for path, content in members.items()
    ]
    members[f"{info}/RECORD"] = ("\n".join([*rows, f"{info}/RECORD,,"]) + "\n").encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in members.items():
            archive.writestr(zipfile.ZipInfo(path, (2024, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def tar_gz(root: str, files: Files) -> bytes:
    """Return a reproducible tar.gz with everything below one folder."""
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as packed, tarfile.open(fileobj=packed, mode="w") as archive:
        for path, content in files.items():
            data = as_bytes(content)
            info = tarfile.TarInfo(f"{root}/{path}")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


def sdist(name: str, version: str, files: Files, *, requires: tuple[str, ...] = ()) -> bytes:
    """Return an sdist with PKG-INFO and a declarative pyproject.toml."""
    info = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    info += "".join(f"Requires-Dist: {item}\n" for item in requires)
    project = '[build-system]\nrequires = ["flit_core"]\nbuild-backend = "flit_core.buildapi"\n'
    return tar_gz(f"{name}-{version}", {"PKG-INFO": info, "pyproject.toml": project, **files})


def npm_tarball(manifest: Mapping[str, Any], files: Files) -> bytes:
    """Return an npm tarball."""
    return tar_gz("package", {"package.json": json.dumps(manifest, indent=2), **files})


@dataclass
class Published:
    """One release in the world."""

    version: str
    when: datetime
    files: dict[str, bytes] = field(default_factory=dict)
    manifest: dict[str, Any] = field(default_factory=dict)
    publisher: str | None = "maintainer"
    provenance: bool = False
    yanked: str | None = None
    #: Digests by file name that the index states in place of the true ones.
    lies: dict[str, str] = field(default_factory=dict)


class World:
    """What is published, and how the index behaves."""

    def __init__(self) -> None:
        self.packages: dict[tuple[str, str], list[Published]] = {}
        self.owners: dict[tuple[str, str], list[str]] = {}
        #: Answers that a test forces: path prefix -> (status, headers, body).
        self.forced: dict[str, tuple[int, dict[str, str], bytes]] = {}
        #: Kinds of facts that this index strips: "publisher", "provenance", "times", "json-api".
        self.strips: set[str] = set()
        self.latency = 0.0
        self.requests: list[str] = []
        self.base = ""

    def publish_wheel(
        self, name: str, version: str, files: Files | None = None, *, requires: tuple[str, ...] = (), **facts: Any
    ) -> Published:
        """Publish a release with one pure wheel and an sdist of the same files."""
        files = {f"{name.replace('-', '_')}/__init__.py": f"__version__ = {version!r}\n"} if files is None else files
        stem = name.replace("-", "_")
        return self.publish(
            "pypi",
            name,
            version,
            {
                f"{stem}-{version}-py3-none-any.whl": wheel(name, version, files, requires=requires),
                f"{stem}-{version}.tar.gz": sdist(stem, version, files, requires=requires),
            },
            **facts,
        )

    def publish_npm(
        self,
        name: str,
        version: str,
        files: Files | None = None,
        *,
        manifest: Mapping[str, Any] | None = None,
        **facts: Any,
    ) -> Published:
        """Publish an npm release."""
        full = {"name": name, "version": version, **(manifest or {})}
        files = {"index.js": f"module.exports = {version!r};\n"} if files is None else files
        tarball = npm_tarball(full, files)
        stem = name.rpartition("/")[2]
        return self.publish("npm", name, version, {f"{stem}-{version}.tgz": tarball}, manifest=full, **facts)

    def publish(
        self,
        type_: str,
        name: str,
        version: str,
        files: dict[str, bytes],
        *,
        when: datetime | None = None,
        **facts: Any,
    ) -> Published:
        """Publish a release; without ``when``, thirty days after the one before."""
        releases = self.packages.setdefault((type_, name), [])
        if when is None:
            when = releases[-1].when + timedelta(days=30) if releases else EPOCH
        published = Published(version, when, dict(files), **facts)
        releases.append(published)
        return published

    @contextmanager
    def serve(self) -> Iterator[str]:
        """Serve the world on loopback and yield its address."""
        world = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                world.requests.append(self.path)
                time.sleep(world.latency)
                status, headers, body = world.answer(self.path)
                self.send_response(status)
                for key, value in {"Content-Length": str(len(body)), **headers}.items():
                    self.send_header(key, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        self.base = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield self.base
        finally:
            server.shutdown()
            thread.join()
            server.server_close()

    def environ(self, home: Path) -> dict[str, str]:
        """Return an environment in which doorward and the package managers know only this world."""
        return {
            "HOME": str(home),
            "DOORWARD_HOME": str(home / "doorward"),
            "PIP_INDEX_URL": f"{self.base}/simple/",
            "PIP_CONFIG_FILE": "/dev/null",
            "npm_config_registry": f"{self.base}/npm/",
            "DOORWARD_OSV_BUCKET": "",
            "PATH": "/usr/bin:/bin",
        }

    def answer(self, path: str) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body for a path."""
        for prefix, answer in self.forced.items():
            if path.startswith(prefix):
                return answer
        parts = [unquote(part) for part in urlsplit(path).path.strip("/").split("/")]
        match parts:
            case ["simple", name]:
                return self._simple(name)
            case ["pypi", name, "json"] if "json-api" not in self.strips:
                return self._json_api(name)
            case ["npm", *name]:
                return self._packument("/".join(name))
            case ["files", type_, *name, filename]:
                return self._file(type_, "/".join(name), filename)
        return 404, {}, b"not found"

    def _file(self, type_: str, name: str, filename: str) -> tuple[int, dict[str, str], bytes]:
        for release in self.packages.get((type_, name), []):
            if filename in release.files:
                return 200, {"Content-Type": "application/octet-stream"}, release.files[filename]
        return 404, {}, b"not found"

    def _url(self, type_: str, name: str, filename: str) -> str:
        return f"{self.base}/files/{type_}/{name}/{filename}"

    def _simple_file(self, name: str, release: Published, filename: str, data: bytes) -> dict[str, Any]:
        entry: dict[str, Any] = {
            "filename": filename,
            "url": self._url("pypi", name, filename),
            "hashes": {"sha256": release.lies.get(filename) or hashlib.sha256(data).hexdigest()},
            "size": len(data),
            "yanked": False if release.yanked is None else release.yanked or True,
        }
        if "times" not in self.strips:
            entry["upload-time"] = release.when.isoformat().replace("+00:00", "Z")
        if "provenance" not in self.strips:
            entry["provenance"] = f"{self.base}/integrity/{name}/{filename}" if release.provenance else None
        return entry

    def _simple(self, name: str) -> tuple[int, dict[str, str], bytes]:
        releases = self.packages.get(("pypi", name))
        if releases is None:
            return 404, {}, b"not found"
        document = {
            "meta": {"api-version": "1.1" if "provenance" in self.strips else "1.3"},
            "name": name,
            "versions": [release.version for release in releases],
            "files": [
                self._simple_file(name, r, filename, data) for r in releases for filename, data in r.files.items()
            ],
        }
        return 200, {"Content-Type": "application/vnd.pypi.simple.v1+json"}, json.dumps(document).encode()

    def _json_api(self, name: str) -> tuple[int, dict[str, str], bytes]:
        releases = self.packages.get(("pypi", name))
        if releases is None:
            return 404, {}, b"not found"
        owners = self.owners.get(("pypi", name), ["maintainer"])
        ownership = None if "publisher" in self.strips else {"roles": [{"role": "Owner", "user": u} for u in owners]}
        document = {"info": {"name": name, "project_urls": {}}, "ownership": ownership, "releases": {}, "urls": []}
        return 200, {"Content-Type": "application/json"}, json.dumps(document).encode()

    def _packument(self, name: str) -> tuple[int, dict[str, str], bytes]:
        releases = self.packages.get(("npm", name))
        if releases is None:
            return 404, {}, b'{"error": "not found"}'
        document: dict[str, Any] = {
            "name": name,
            "dist-tags": {"latest": releases[-1].version},
            "versions": {release.version: self._npm_version(name, release) for release in releases},
        }
        if "times" not in self.strips:
            document["time"] = {
                "created": releases[0].when.isoformat(),
                "modified": releases[-1].when.isoformat(),
                **{release.version: release.when.isoformat().replace("+00:00", "Z") for release in releases},
            }
        return 200, {"Content-Type": "application/json"}, json.dumps(document).encode()

    def _npm_version(self, name: str, release: Published) -> dict[str, Any]:
        ((filename, data),) = release.files.items()
        dist: dict[str, Any] = {
            "tarball": self._url("npm", name, filename),
            "shasum": hashlib.sha1(data).hexdigest(),
            "integrity": "sha512-" + base64.b64encode(hashlib.sha512(data).digest()).decode(),
        }
        if filename in release.lies:
            dist["integrity"] = release.lies[filename]
        if release.provenance and "provenance" not in self.strips:
            dist["attestations"] = {
                "url": f"{self.base}/npm/-/npm/v1/attestations/{name}@{release.version}",
                "provenance": {"predicateType": "https://slsa.dev/provenance/v1"},
            }
        entry = {**release.manifest, "dist": dist}
        if release.publisher and "publisher" not in self.strips:
            entry["_npmUser"] = {"name": release.publisher, "email": "someone@mail.invalid"}
        return entry
