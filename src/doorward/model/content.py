"""What one artifact contains: the facts that are cached by its digest.

Everything here is a plain value that depends on the artifact's bytes (and the analyser's version) alone, so that it can
be stored once and compared for ever. What could not be read is said in ``unread``; nothing is silently left out.
"""

from __future__ import annotations

from doorward.records import dataclass

#: What code can do, as far as a reader can tell without running it (reference: capabilities).
CAPABILITIES = (
    "process",
    "network",
    "raw-ip-url",
    "decode-exec",
    "detached-process",
    "native-load",
    "environment-sweep",
)

#: Formats of :attr:`Member.format` that a processor or a virtual machine runs as they are.
NATIVE_FORMATS = frozenset({"elf", "pe", "macho", "wasm"})

#: Stands between the path of an archive inside an artifact and that of its member: "vendor/x.whl!/x/y.py".
INSIDE = "!/"


@dataclass(frozen=True, slots=True)
class Member:
    """One file in an artifact."""

    #: Path below the artifact's root. The single top folder of an sdist or of an npm tarball is removed. What is in an
    #: archive inside the artifact follows its path and :data:`INSIDE`.
    path: str
    #: Bytes, uncompressed.
    size: int
    #: Raw digests of the content: 32 bytes; 20 and 16, or b"" where no feed asks for these two.
    sha256: bytes
    sha1: bytes
    md5: bytes
    #: Format by magic number ("elf", "pe", "macho", "wasm", "zip", "gzip", "png", "text" ...), "" where unknown.
    #: "pyc-unchecked" is Python's bytecode that runs in place of its source whatever that says, "pyc" any other.
    format: str
    #: Longest line in bytes of a text file where it is over 500; 0 for others.
    longest_line: int = 0
    #: What hides its text from a reader, sorted: "base64-run" (2,000 or more base64 characters without a break),
    #: "high-entropy" (over 7 bits a byte under the extension of a text), "invisible-text" (eight or more characters in
    #: a row that no screen shows), "obfuscated" (the identifiers of a JavaScript obfuscator), "off-screen" (code after
    #: 150 or more spaces or tabs in one line).
    opaque: tuple[str, ...] = ()
    #: TLSH digest of code, 35 bytes; b"" where none was taken.
    tlsh: bytes = b""


@dataclass(frozen=True, slots=True)
class Hook:
    """Something in an artifact that runs without a call from the user's code."""

    #: What makes it run: "npm:postinstall", "npm:binding.gyp", "wheel:pth" (of an sdist too: a wheel that is built from
    #: it has it), "wheel:sitecustomize", "wheel:entry-point", "wheel:data-file" (another program loads it when it
    #: starts), "wheel:command" (called by the name of another program), "sdist:sitecustomize", "sdist:setup.py",
    #: "sdist:build-backend", "sdist:backend-path", "sdist:build-requires",
    #: "npm:prepare" (runs for git dependencies only), "editor:vscode-task", "editor:claude-hook" and the like.
    kind: str
    #: Which of its kind: the script's name, the file's path key, the entry point's group and name.
    name: str
    #: Path of the member that declares it.
    path: str
    #: The command or the lines, at most 4,000 characters.
    value: str
    #: SHA-256 over the value and the content of every file of the artifact that it runs, with the artifact's own
    #: version replaced by a placeholder, so that a release that only counts up changes no hook.
    digest: bytes
    #: Members that it runs, as far as they can be followed.
    targets: tuple[str, ...] = ()
    #: Capabilities that its own lines and its targets show.
    reaches: tuple[str, ...] = ()
    #: True where it does nothing but compile native code (node-gyp, build_ext, meson, maturin ...).
    native: bool = False


@dataclass(frozen=True, slots=True)
class Requirement:
    """One dependency that an artifact or a package document declares."""

    #: Name as that ecosystem normalises it.
    name: str
    #: The range as written; for a git, URL or path dependency the reference itself.
    specifier: str
    #: "runtime", "optional", "peer", "build", "development".
    group: str = "runtime"
    #: "registry", "git", "url", "path".
    source: str = "registry"
    #: Environment marker or extra, as written.
    marker: str = ""


@dataclass(frozen=True, slots=True)
class Anomaly:
    """Something about the archive's structure that an honest tool does not write, or that a reader must know."""

    #: "duplicate-entry", "header-mismatch", "hidden-data", "path-escape", "absolute-path", "link-out", "device",
    #: "hard-link", "case-collision", "not-in-record", "record-mismatch", "record-missing" (listed, not there),
    #: "nul-in-name", "backslash-in-name", "control-in-name" (line ends and what turns text around), "encrypted",
    #: "unnormalised-path" (empty or single-dot parts), "several-roots" (of an sdist), "unread-archive" (an archive
    #: inside that could not be read, or not all of it). Those in an archive inside have a path with :data:`INSIDE`.
    kind: str
    path: str
    detail: str


@dataclass(frozen=True, slots=True)
class Capability:
    """One capability at one place."""

    #: One of :data:`CAPABILITIES`.
    name: str
    #: Member and line ("pkg/__init__.py:12").
    where: str
    #: The line's text, trimmed.
    text: str


@dataclass(frozen=True, slots=True)
class ArtifactContent:
    """All that doorward keeps of one artifact's bytes."""

    #: "wheel", "sdist", "npm".
    kind: str
    #: Name and version by the artifact's own metadata, "" where it has none.
    name: str
    version: str
    members: tuple[Member, ...]
    hooks: tuple[Hook, ...] = ()
    requirements: tuple[Requirement, ...] = ()
    anomalies: tuple[Anomaly, ...] = ()
    capabilities: tuple[Capability, ...] = ()
    #: Hosts, URLs and addresses in the files, for matching with indicators. At most 5,000.
    endpoints: tuple[str, ...] = ()
    #: Source repository by the artifact's own metadata, "" where it names none.
    repository: str = ""
    #: Digests of the whole artifact: "sha256:HEX", "sha512:HEX", "sha1:HEX", "md5:HEX", "blake2b_256:HEX".
    digests: tuple[str, ...] = ()
    #: Bytes of the artifact itself.
    size: int = 0
    #: Why parts of it were not read; empty where all of it was.
    unread: tuple[str, ...] = ()
    #: Top-level names that its code imports ("yaml", "requests", "@scope/name"), sorted. At most 5,000.
    imports: tuple[str, ...] = ()
    #: Members that run as soon as the package is imported, sorted: top-level modules and ``__init__.py`` of Python
    #: packages, ``main``, ``module``, ``browser`` and ``exports`` of npm packages.
    entries: tuple[str, ...] = ()
