"""Real release pairs to measure with: a fixed list of well-known packages, fetched once into the user's cache folder.

Run it to fill the cache (about 100 MB): ``python benchmarks/corpus.py``. The index is the one that purl2url names, or
the address in DOORWARD_BENCH_PYPI and DOORWARD_BENCH_NPM. Nothing is installed, unpacked or run.
"""

from __future__ import annotations

import hashlib
import os
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import httpx
from packageurl.contrib import purl2url

#: (type, name, old, new); the wheel for any platform of both, where there is one, else the sdist.
PURE = (
    ("pypi", "requests", "2.31.0", "2.32.3"),
    ("pypi", "urllib3", "2.2.1", "2.2.2"),
    ("pypi", "click", "8.1.6", "8.1.7"),
    ("pypi", "flask", "3.0.2", "3.0.3"),
    ("pypi", "jinja2", "3.1.3", "3.1.4"),
    ("pypi", "werkzeug", "3.0.2", "3.0.3"),
    ("pypi", "idna", "3.6", "3.7"),
    ("pypi", "certifi", "2024.6.2", "2024.7.4"),
    ("pypi", "packaging", "23.2", "24.0"),
    ("pypi", "setuptools", "69.5.0", "69.5.1"),
    ("pypi", "pip", "24.0", "24.1"),
    ("pypi", "pytest", "8.2.1", "8.2.2"),
    ("pypi", "attrs", "23.1.0", "23.2.0"),
    ("pypi", "rich", "13.7.0", "13.7.1"),
    ("pypi", "pygments", "2.17.2", "2.18.0"),
    ("pypi", "django", "5.0.5", "5.0.6"),
    ("pypi", "sphinx", "7.3.6", "7.3.7"),
    ("pypi", "boto3", "1.34.100", "1.34.101"),
    ("pypi", "httpx", "0.26.0", "0.27.0"),
    ("pypi", "tqdm", "4.66.3", "4.66.4"),
    ("pypi", "networkx", "3.2", "3.3"),
    ("pypi", "black", "24.4.0", "24.4.2"),
    ("pypi", "typing-extensions", "4.11.0", "4.12.0"),
    ("pypi", "sympy", "1.12", "1.12.1"),
    ("npm", "axios", "1.7.8", "1.7.9"),
    ("npm", "lodash", "4.17.20", "4.17.21"),
    ("npm", "express", "4.19.1", "4.19.2"),
    ("npm", "chalk", "5.2.0", "5.3.0"),
    ("npm", "commander", "12.0.0", "12.1.0"),
    ("npm", "react-dom", "18.2.0", "18.3.1"),
    ("npm", "debug", "4.3.4", "4.3.5"),
    ("npm", "webpack", "5.91.0", "5.92.0"),
)
#: Sdists, and packages with native parts.
OTHER = (
    ("pypi:sdist", "requests", "2.31.0", "2.32.3"),
    ("pypi:sdist", "setuptools", "69.5.0", "69.5.1"),
    ("pypi:sdist", "cryptography", "42.0.6", "42.0.7"),
    ("pypi:sdist", "lxml", "5.2.1", "5.2.2"),
    ("pypi:sdist", "pillow", "10.2.0", "10.3.0"),
    ("pypi:native", "numpy", "1.26.3", "1.26.4"),
    ("pypi:native", "pydantic-core", "2.18.1", "2.18.2"),
    ("npm", "typescript", "5.4.4", "5.4.5"),
    ("npm", "esbuild", "0.21.3", "0.21.4"),
    ("npm", "bcrypt", "5.1.0", "5.1.1"),
)
_SIMPLE = {"Accept": "application/vnd.pypi.simple.v1+json"}
#: What stands for native wheels, on every machine alike.
_NATIVE = "cp312-manylinux_2_17_x86_64"


@dataclass(frozen=True, slots=True)
class Pair:
    """Both sides of an upgrade, on disk."""

    label: str
    old: Path
    new: Path
    pure: bool


def cache_folder() -> Path:
    """Return the folder of downloads, outside of the tree."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "doorward" / "benchmarks"


def pairs() -> Iterator[Pair]:
    """Yield every pair of the lists, fetching what is not in the cache yet."""
    context = ssl.create_default_context()
    with httpx.Client(verify=context, follow_redirects=True, timeout=60) as client:
        for pure, entries in ((True, PURE), (False, OTHER)):
            for kind, name, old, new in entries:
                sides = [_fetch(client, kind, name, version) for version in (old, new)]
                yield Pair(f"{kind}/{name} {old} -> {new}", sides[0], sides[1], pure)


def _fetch(client: httpx.Client, kind: str, name: str, version: str) -> Path:
    folder = cache_folder() / kind.replace(":", "-") / name / version
    stored = sorted(path for path in folder.glob("*") if not path.name.endswith(".part"))
    if stored:
        return stored[0]
    url, digest = _locate_npm(name, version) if kind == "npm" else _locate_pypi(client, kind, name, version)
    content = client.get(url).raise_for_status().content
    if digest and hashlib.sha256(content).hexdigest() != digest:
        raise SystemExit(f"{url}: the digest differs from the index's")
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / Path(urlsplit(url).path).name
    part = target.with_name(target.name + ".part")
    part.write_bytes(content)
    part.rename(target)
    return target


def _locate_npm(name: str, version: str) -> tuple[str, str]:
    default = purl2url.get_download_url(f"pkg:npm/{name}@{version}")
    base = os.environ.get("DOORWARD_BENCH_NPM", "")
    return (base.rstrip("/") + urlsplit(default).path if base else default), ""


def _locate_pypi(client: httpx.Client, kind: str, name: str, version: str) -> tuple[str, str]:
    default = urlsplit(purl2url.get_repo_url(f"pkg:pypi/{name}"))
    base = os.environ.get("DOORWARD_BENCH_PYPI", f"{default.scheme}://{default.netloc}/simple/")
    page = urljoin(base, f"{name}/")
    files = client.get(page, headers=_SIMPLE).raise_for_status().json()["files"]
    for suffix in _suffixes(kind):
        for file in files:
            parts = file["filename"].removesuffix(".tar.gz").split("-")
            if len(parts) > 1 and parts[1] == version and _fits(file["filename"], suffix):
                return urljoin(page, file["url"]), file["hashes"].get("sha256", "")
    raise SystemExit(f"{name} {version} has no file of the kind {kind}")


def _suffixes(kind: str) -> tuple[str, ...]:
    return {"pypi:sdist": (".tar.gz",), "pypi:native": (_NATIVE,)}.get(kind, ("-any.whl", ".tar.gz"))


def _fits(filename: str, suffix: str) -> bool:
    if suffix == _NATIVE:
        return all(part in filename for part in _NATIVE.split("-"))
    return filename.endswith(suffix)


if __name__ == "__main__":
    for pair in pairs():
        print(f"{pair.label:50} {pair.old.stat().st_size:12,} {pair.new.stat().st_size:12,}")
