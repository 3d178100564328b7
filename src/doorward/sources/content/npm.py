"""npm packages: ``package.json``, the hooks of installing, and the modules that run at import.

What npm does is described in its documentation of package.json, of scripts and of package specifications.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from doorward.model.content import Requirement
from doorward.sources.content.contents import Contents, Found, Reading
from doorward.sources.content.scripts import Followed, follow, named_in
from doorward.sources.content.urls import repository_url

MANIFEST = "package.json"
#: Scripts that run when the package is installed, and one that runs when it is installed from git.
_INSTALL = ("preinstall", "install", "postinstall")
_SCRIPTS = (*_INSTALL, "prepare")
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
_GIT = re.compile(r"(?:git(?:\+\w+)?:|git@|(?:github|gitlab|bitbucket|gist):|ssh:)|https?://[^#]+\.git(?:#|$)")
_SHORTHAND = re.compile(r"[\w-][\w.-]*/[\w.-]+(?:#.*)?\Z")
_PATH = re.compile(r"(?:file|link|workspace|portal):|\.{0,2}/|~/|\.\.?$|[A-Za-z]:[\\/]")
_ENDINGS = ("", ".js", ".cjs", ".mjs", ".json", "/index.js")
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
    return manifest if isinstance(manifest, dict) else {}


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
    text = specifier.strip()
    if text.startswith("npm:"):
        meant = text[4:]
        at = meant.find("@", 1)  # one at the start opens a scope
        real, wanted = (meant[:at], meant[at + 1 :]) if at > 0 else (meant, "")
        return Requirement(real, wanted, group, "registry", marker or f"as {name}")
    if _GIT.match(text) or (_SHORTHAND.match(text) and not text.startswith("@")):
        source = "git"
    elif text.startswith(("http://", "https://")):
        source = "url"
    else:
        source = "path" if _PATH.match(text) else "registry"
    return Requirement(name, text, group, source, marker)


def repository(manifest: Mapping[str, Any]) -> str:
    """Return the address of the source repository."""
    value = manifest.get("repository")
    if isinstance(value, dict):
        value = value.get("url")
    if isinstance(value, str) and value:
        return repository_url(value)
    return ""


def hooks(contents: Contents, manifest: Mapping[str, Any]) -> Iterator[Found]:
    """Yield what npm runs when the package is installed."""
    scripts = pairs_of(manifest, "scripts")
    for name in _SCRIPTS:
        command = scripts.get(name, "")
        if command.strip():
            followed = follow(contents, command, scripts)
            found = Found(f"npm:{name}", name, MANIFEST, command, followed.targets, _is_native(followed))
            found.codes = followed.codes
            yield found
    if "binding.gyp" in contents.facts:
        yield _binding(contents, implied=not (scripts.get("install") or scripts.get("preinstall")))


def _is_native(followed: Followed) -> bool:
    programs = set(followed.programs)
    return bool(programs & _NATIVE_TOOLS) and programs <= _NATIVE_TOOLS | _IDLE and not followed.targets


def _binding(contents: Contents, *, implied: bool) -> Found:
    """Return the hook of a root binding.gyp: npm builds it by itself, and gyp runs the commands in it."""
    text = contents.texts.get("binding.gyp", b"").decode("utf-8", "replace")
    commands = [match[1] for match in _GYP_COMMAND.finditer(text)]
    followed = Followed()
    for command in commands:
        if not _GYP_HEADERS.match(command.strip()):
            step = follow(contents, command.replace('\\"', '"'), {})
            followed.targets += step.targets
            followed.codes += step.codes
            followed.programs += step.programs
    if _GYP_ACTION.search(_GYP_COMMAND.sub("", text)):  # programs that run while it builds
        followed.targets += named_in(contents, "binding.gyp")
        followed.codes.append(("shell", text))
        followed.programs.append("action")
    value = "\n".join(["node-gyp rebuild"] * implied + commands)
    targets = ["binding.gyp", *followed.targets]
    return Found("npm:binding.gyp", "binding.gyp", "binding.gyp", value, targets, not followed.programs, followed.codes)


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
