"""Which language a file is in: by its extension, else by the interpreter that its first line names."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

_EXTENSIONS: Mapping[str, str] = MappingProxyType(
    {
        **dict.fromkeys(("py", "pyw", "pyx", "pth"), "python"),
        **dict.fromkeys(("js", "mjs", "cjs", "jsx", "ts", "mts", "cts", "tsx"), "javascript"),
        **dict.fromkeys(("sh", "bash", "zsh", "fish", "csh", "ksh", "bat", "cmd", "ps1", "psm1"), "shell"),
    }
)
#: Other extensions under which a reader expects text.
_TEXTS = frozenset({
    "c", "cc", "cfg", "cpp", "css", "csv", "d.ts", "go", "h", "hpp", "htm", "html", "ini", "java", "json", "jsonc",
    "kt", "lua", "m4", "map", "markdown", "md", "php", "pl", "po", "properties", "pyi", "rb", "rs", "rst", "scss",
    "svg", "swift", "toml", "tsv", "txt", "vue", "xml", "yaml", "yml",
})  # fmt: skip
_TYPESCRIPT = frozenset({"ts", "mts", "cts"})
_INTERPRETERS = (
    ("python", "python"), ("node", "javascript"), ("bun", "javascript"), ("deno", "javascript"), ("sh", "shell"),
)  # fmt: skip


def extension_of(path: str) -> str:
    """Return the extension without dot, in lower case; "" where there is none, "d.ts" for TypeScript's declarations."""
    name = path.rpartition("/")[2].lower()
    stem, dot, extension = name.rpartition(".")
    if not dot or not stem:
        return ""
    return "d.ts" if extension in _TYPESCRIPT and stem.endswith(".d") else extension


def language_of(extension: str, data: bytes) -> str:
    """Return "python", "javascript", "shell", or "" for everything else, declarations of types among it."""
    language = _EXTENSIONS.get(extension, "")
    if not language and data[:2] == b"#!":
        line = data[:128].partition(b"\n")[0].decode("ascii", "replace")
        return next((language for word, language in _INTERPRETERS if word in line), "")
    return language


def expects_text(extension: str) -> bool:
    """Whether a reader expects text under this extension."""
    return extension in _TEXTS or extension in _EXTENSIONS
