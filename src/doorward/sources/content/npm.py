"""npm packages: ``package.json``, the hooks of installing, and the modules that run at import.

What npm does is described in its documentation of package.json, of scripts and of package specifications.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from doorward.model.content import Requirement
from doorward.sources.content.contents import Contents, Found, Reading
from doorward.sources.content.references import closure, manifest_at
from doorward.sources.content.scripts import Followed, follow
from doorward.sources.content.urls import repository_url

MANIFEST = "package.json"
#: Scripts that run when the package is installed, and one that runs when it is installed from git.
_INSTALL = ("preinstall", "install", "postinstall")
_FROM_GIT = "prepare"
#: Tools that do nothing but fetch or compile the package's own native code, and words that do nothing at all.
_NATIVE_TOOLS = frozenset({
    "node-gyp", "node-gyp-build", "node-gyp-build-optional-packages", "prebuild-install", "cmake-js", "node-pre-gyp",
})  # fmt: skip
_IDLE = frozenset({"exit", "true", "echo", ":"})
_GYP_COMMAND = re.compile(r"<!@?\(((?:[^()\n]|\([^()\n]*\)){1,1000})\)")
#: What a binding.gyp asks its headers for: ``node -p "require('node-addon-api').include"`` and the like.
_GYP_HEADERS = re.compile(
    r"""node\s+(?:-p|-e|--print|--eval|-pe)\s+[\\"']{0,2}\s*require\([\\"']{1,2}[@\w/-]+[\\"']{1,2}\)[.\w]*\s*[\\"']{0,2}\s*\Z"""
)

#: Actions, and commands of a form that is not understood.
_GYP_ACTION = re.compile(r"[\"']action[\"']|<!")

_GROUPS = (("dependencies", "runtime"), ("optionalDependencies", "optional"), ("peerDependencies", "peer"))
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
#: Schemes of git, the form ``user@host:path`` of ssh, and addresses of files that end as those of repositories do.
_GIT = re.compile(
    r"(?:git(?:\+\w+)?|github|gitlab|bitbucket|gist|ssh):|[^\s/@:]+@[^\s/@:]+:|https?://[^#]+\.git(?:#|$)"
)
#: Letters of ranges and of tags.
_RANGE = re.compile(r"[\w.+*~^<>=|\s!'(),-]*\Z", re.ASCII)
_TARBALLS = (".tgz", ".tar.gz", ".tar")
_SHORTHAND = re.compile(r"[\w-][\w.-]*/[\w.-]+(?:#.*)?\Z")
_PATH = re.compile(r"(?:file|link|workspace|portal):|\.{0,2}/|~/|\.\.?$|[A-Za-z]:[\\/]")
_ENDINGS = ("", ".js", ".cjs", ".mjs", ".json", "/index.js")
#: The manifest of a package that is bundled, and how many of them are read.
_BUNDLED = re.compile(r"(?:^|/)node_modules/(?:@[^/]+/)?[^/@]+/package\.json\Z")
_PACKAGES = 2000
#: Nested objects of ``exports`` that are looked into.
_EXPORTS = 1000


def read(contents: Contents) -> Reading:
    """Read a package of npm."""
    manifest = read_manifest(contents)
    contents.version = text_of(manifest, "version")
    return Reading(
        text_of(manifest, "name"),
        contents.version,
        list(requirements(manifest)),
        list(hooks(contents, manifest)),
        repository(manifest),
        [path for path in entries(contents, manifest) if path and contents.facts[path].language],
    )


def read_manifest(contents: Contents) -> Mapping[str, Any]:
    """Return the parsed package.json, empty where there is none or it is broken (which is noted in ``unread``)."""
    data = contents.texts.get(MANIFEST)
    if data is None:
        contents.unread.append("the package has no package.json that could be read")
        return {}
    try:
        manifest = msgspec.json.decode(data.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        contents.unread.append(f"package.json cannot be parsed: {error}")
        return {}
    if not isinstance(manifest, dict):
        contents.unread.append("package.json is no object")
        return {}
    for key in ("name", "version"):
        if not text_of(manifest, key).strip():
            contents.unread.append(f"package.json has no {key} that is a text")
    for key in ("scripts", *(key for key, _ in _GROUPS)):
        if not isinstance(manifest.get(key, {}), dict | None):
            contents.unread.append(f"{key} of package.json is no object")
    return manifest


def text_of(manifest: Mapping[str, Any], key: str) -> str:
    """Return a string of the manifest, "" where it has none."""
    value = manifest.get(key)
    return value if isinstance(value, str) else ""


def pairs_of(manifest: Mapping[str, Any], key: str) -> dict[str, str]:
    """Return an object of strings of the manifest; what is not a string is left out, as npm does."""
    value = manifest.get(key)
    return {name: text for name, text in value.items() if isinstance(text, str)} if isinstance(value, dict) else {}


def requirements(manifest: Mapping[str, Any]) -> Iterator[Requirement]:
    """Yield the dependencies that installing the package brings, or expects beside it."""
    optional = pairs_of(manifest, "optionalDependencies")
    bundled = manifest.get("bundleDependencies", manifest.get("bundledDependencies"))
    named = {name for name in bundled if isinstance(name, str)} if isinstance(bundled, list) else set()
    declared = set()
    for key, group in _GROUPS:
        for name, specifier in pairs_of(manifest, key).items():
            if group == "runtime" and name in optional:
                continue
            declared.add(name)
            yield parse_requirement(name, specifier, group, "bundled" if name in named or bundled is True else "")
    for name in sorted(named - declared):
        yield Requirement(name, "", "runtime", "registry", "bundled")


def parse_requirement(name: str, specifier: str, group: str, marker: str = "") -> Requirement:
    """Parse one dependency: a range or tag of the registry, an alias (``npm:``), git, a URL, or a path."""
    scheme = _SCHEME.match(specifier.strip())
    text = specifier.strip() if scheme is None else scheme[0].lower() + specifier.strip()[scheme.end() :]
    if text.startswith("npm:"):
        meant = text[4:]
        at = meant.find("@", 1)  # one at the start opens a scope
        real, wanted = (meant[:at], meant[at + 1 :]) if at > 0 else (meant, "")
        return Requirement(real, wanted, group, "registry", marker or f"as {name}")
    return Requirement(name, text, group, _source(text), marker)


def _source(text: str) -> str:
    """Return where a specifier leads. Only what can be a range or a tag is asked of the registry."""
    if _PATH.match(text):
        return "path"
    if _GIT.match(text) or (_SHORTHAND.match(text) and not text.startswith("@")):
        return "git"
    if _RANGE.match(text):
        return "path" if text.lower().endswith(_TARBALLS) else "registry"
    return "path" if "/" in text and ":" not in text else "url"


def repository(manifest: Mapping[str, Any]) -> str:
    """Return the address of the source repository."""
    value = manifest.get("repository")
    if isinstance(value, dict):
        value = value.get("url")
    if isinstance(value, str) and value:
        return repository_url(value)
    return ""


def hooks(contents: Contents, manifest: Mapping[str, Any]) -> Iterator[Found]:
    """Yield what npm runs when the package is installed, with the packages that it brings along."""
    yield from _hooks_of(contents, manifest, "", (*_INSTALL, _FROM_GIT))
    bundled = sorted(path for path in contents.facts if path.endswith("/" + MANIFEST) and _BUNDLED.search(path))
    if len(bundled) > _PACKAGES:
        contents.unread.append(f"{len(bundled):,} packages are bundled, of which {_PACKAGES:,} were read")
    for path in bundled[:_PACKAGES]:
        folder = posixpath.dirname(path)
        inner = manifest_at(contents, folder)
        if not inner:
            contents.unread.append(f"{path} cannot be parsed")
        yield from _hooks_of(contents, inner, folder, _INSTALL)


def _hooks_of(contents: Contents, manifest: Mapping[str, Any], folder: str, names: tuple[str, ...]) -> Iterator[Found]:
    """Yield what installing one package runs; the hooks of a bundled one have its folder as name."""
    scripts = pairs_of(manifest, "scripts")
    for name in names:
        command = scripts.get(name, "")
        if command.strip():
            followed = follow(contents, command, scripts, folder)
            path = posixpath.join(folder, MANIFEST)
            found = Found(f"npm:{name}", folder or name, path, command, followed.targets, _is_native(followed))
            found.codes = followed.codes
            # what a release from a registry never runs is not worth reading all of its code
            found.unclear = followed.unclear and name != _FROM_GIT
            yield found
    for path in contents.stems.get("binding", []) + contents.stems.get("Binding", []):
        if posixpath.dirname(path) == folder and posixpath.basename(path).lower() == "binding.gyp":
            yield _binding(contents, path, implied=not (scripts.get("install") or scripts.get("preinstall")))


def _is_native(followed: Followed) -> bool:
    programs = set(followed.programs)
    return bool(programs & _NATIVE_TOOLS) and programs <= _NATIVE_TOOLS | _IDLE and not followed.targets


def _binding(contents: Contents, path: str, *, implied: bool) -> Found:
    """Return the hook of a root binding.gyp: npm builds it by itself, and gyp runs the commands in it."""
    text = contents.texts.get(path, b"").decode("utf-8", "replace")
    commands = [match[1] for match in _GYP_COMMAND.finditer(text)]
    followed = Followed()
    for command in commands:
        if not _GYP_HEADERS.match(command.strip()):
            step = follow(contents, command.replace('\\"', '"'), {}, posixpath.dirname(path))
            followed.targets += step.targets
            followed.codes += step.codes
            followed.programs += step.programs
            followed.unclear = followed.unclear or step.unclear
    if _GYP_ACTION.search(_GYP_COMMAND.sub("", text)):  # programs that run while it builds
        reached = closure(contents, [path])
        followed.targets += reached.targets
        followed.codes.append(("shell", text))
        followed.programs.append("action")
    value = "\n".join(["node-gyp rebuild"] * implied + commands)
    targets = [path, *followed.targets]
    found = Found("npm:binding.gyp", path.lower(), path, value, targets, not followed.programs, followed.codes)
    found.unclear = followed.unclear
    return found


def entries(contents: Contents, manifest: Mapping[str, Any]) -> Iterator[str]:
    """Yield the members that run when the package is imported."""
    named = [text_of(manifest, key) for key in ("main", "module", "browser")]
    named += _leaves(manifest.get("exports"))
    for path in dict.fromkeys(path for path in named if path and "*" not in path):
        yield contents.resolve(path, "", _ENDINGS)
    if not named[0]:
        yield contents.resolve("index", "", _ENDINGS)


def _leaves(exports: object) -> list[str]:
    """Return the strings of the nested object ``exports``, without recursion."""
    found = []
    waiting = [exports]
    for _ in range(_EXPORTS):
        if not waiting:
            break
        value = waiting.pop()
        if isinstance(value, str):
            found.append(value)
        elif isinstance(value, dict):
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)
    return found
