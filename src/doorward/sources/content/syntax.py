"""What Python code that a hook runs can do, by its syntax tree: parsed, never compiled or run.

The line patterns of :mod:`doorward.sources.content.capabilities` see every file; the tree is asked only about the few
that run by themselves, where it pays to see through aliases, names in strings and odd encodings.
"""

from __future__ import annotations

import ast
import re
import string
import warnings
from collections.abc import Iterable, Iterator, Mapping
from threading import Lock
from types import MappingProxyType
from typing import Any

from doorward.sources.content.abilities import PYTHON_RUN_BY_OS
from doorward.sources.content.capabilities import capability_of_module
from doorward.sources.content.screen import SHOWN, may_show

#: Bytes of a file that is parsed, how deep its brackets may be, and how far one name is followed.
SIZE = 1 << 18
_DEPTH = 80
_HOPS = 40
#: Rounds in which names that stand for other names are looked up.
_ROUNDS = 3
#: What holds nothing of interest.
_LEAVES = (ast.Name, ast.Constant, ast.expr_context, ast.operator, ast.unaryop, ast.boolop, ast.cmpop, ast.alias)
#: Fields of all other nodes but those that never hold nodes: strings, numbers and flags.
_PLAIN = frozenset({
    "arg", "asname", "attr", "conversion", "ctx", "id", "is_async", "kind", "level", "module", "op", "ops", "rest",
    "simple", "tag", "type_comment",
})  # fmt: skip
_FIELDS: Mapping[type[ast.AST], tuple[str, ...]] = MappingProxyType({
    kind: tuple(name for name in kind._fields if name not in _PLAIN)
    for kind in vars(ast).values()
    if isinstance(kind, type) and issubclass(kind, ast.AST) and not issubclass(kind, _LEAVES)
})  # fmt: skip
_NO_BRACKETS = bytes(set(range(256)) - set(b"()[]{}"))
_OPENING = frozenset(b"([{")
#: Operators or attributes in a row, each of which nests the tree deeper; what such a run cannot hold; its length.
_LONG_RUN = re.compile(rb"(?:[-+~]\s{0,3}|not\s{1,3}|\w\.|\w\s{0,3}[-+*/|&@%]\s{0,3}){400}")
_IN_RUN = frozenset(string.ascii_letters.encode() + string.digits.encode() + b"_.-+~*/|&@% \t\n\r\f\v")
_ENDS_RUN = bytes(code if code in _IN_RUN else ord("(") for code in range(256))
_RUN = 400
_VENDORED = re.compile(r"(?:pip|setuptools|pkg_resources)\.(?:_vendor|extern)\.")

_RUNS = re.compile(
    r"(?:os|posix|nt)\.(?:" + "|".join(PYTHON_RUN_BY_OS) + ")"
    r"|subprocess\.\w+|pty\.\w+|commands\.\w+|asyncio\.create_subprocess_\w+|asyncio\.subprocess\.\w+"
    r"|(?:distutils|setuptools\._distutils)\.spawn(?:\.\w+)?|_posixsubprocess\.\w+"
    r"|pip\.main|pip\._internal(?:\.\w+)*\.main"
)
_CONNECTS = re.compile(
    r"asyncio\.(?:open_connection|open_unix_connection|start_server)|webbrowser\.\w+|urllib\.request\.\w+|http\.client\.\w+"
)
_EXECUTES = frozenset({"exec", "eval", "execfile"})
_BUILTINS = frozenset({
    *_EXECUTES, "compile", "__import__", "getattr", "open", "vars", "globals", "bytes", "bytearray", "self",
    "__builtins__",
})  # fmt: skip
_IMPORTS = frozenset({"__import__", "importlib.import_module", "importlib.__import__"})
_RUNS_FILE = frozenset({*_EXECUTES, "runpy.run_path", "runpy.run_module"})
_DECODES = re.compile(
    r"base64\.\w*decode\w*|binascii\.(?:a2b_\w+|unhexlify)|codecs\.(?:decode|getdecoder)|(?:zlib|bz2|lzma|gzip)\.decompress"
    r"|marshal\.loads?|urllib\.request\.urlopen|requests\.(?:get|post)|bytes\.fromhex|bytearray\.fromhex"
)
_UNPICKLES = re.compile(r"(?:pickle|_pickle|cPickle|dill|cloudpickle)\.loads?")
#: Modules of which a computed attribute may be anything.
_ANYTHING = frozenset({"os", "posix", "nt", "subprocess", "builtins", "__builtins__", "socket"})
#: Words without one of which plain ASCII code runs nothing that was decoded, stored or named at run time.
_RUNNING = re.compile(
    rb"exec|eval|marshal|pickle|dill|run_path|run_module|__import__|__builtins__|__dict__|attr|globals|vars"
)
_STARRED = {"os": ("system", "popen", "execv", "execl", "execvp", "spawnv", "spawnl", "fork", "startfile")}


_PARSING = Lock()


def syntax_reaches(data: bytes) -> frozenset[str]:
    """Return the capabilities that the tree shows; none where the file is no Python that can be parsed safely."""
    if not may_show(data, SHOWN):
        return frozenset()
    tree = parse(data)
    if tree is None:
        return frozenset()
    return shown(tree, runs=not data.isascii() or _RUNNING.search(data) is not None)


def shown(tree: ast.Module, *, runs: bool = True) -> frozenset[str]:
    """Return the capabilities that a tree shows; ``runs`` says whether it may run what it decodes."""
    return frozenset(_Names(tree, runs=runs).reaches())


def parse(data: bytes) -> ast.Module | None:
    """Return the tree of Python code, None where it is none or cannot be parsed safely."""
    if len(data) > SIZE or _too_deep(data):
        return None
    try:
        # the parser warns of odd literals; the filters of warnings are shared by all threads
        with _PARSING, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(data)
    except (SyntaxError, ValueError, RecursionError, MemoryError, LookupError):
        return None


def _too_deep(data: bytes) -> bool:
    depth = 0
    for bracket in data.translate(None, _NO_BRACKETS):
        if bracket in _OPENING:
            depth += 1
            if depth > _DEPTH:
                return True
        elif depth:
            depth -= 1
    return any(len(piece) >= _RUN and _LONG_RUN.search(piece) for piece in data.translate(_ENDS_RUN).split(b"("))


def _below(node: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes that a node holds."""
    for value in vars(node).values():
        if isinstance(value, list):
            yield from (inner for inner in value if isinstance(inner, ast.AST))
        elif isinstance(value, ast.AST):
            yield value


def inner_nodes(node: ast.AST) -> list[ast.AST]:
    """Return the nodes that a node holds, but for names, constants and operators, which are most of a tree."""
    found: list[ast.AST] = []
    for name in _FIELDS.get(node.__class__, ()):
        value: Any = getattr(node, name, None)
        if value.__class__ is list:
            found += [inner for inner in value if inner.__class__ in _FIELDS]
        elif value.__class__ in _FIELDS:
            found.append(value)
    return found


def _nodes_of(tree: ast.Module) -> list[ast.AST]:
    """Return the nodes of a tree that may hold or be an import, an assignment or a call, in the order of ``ast.walk``.

    Several times as fast as that.
    """
    found: list[ast.AST] = [tree]
    for node in found:  # grows on the way
        found += inner_nodes(node)
    return found


class _Names:
    """What the names of one file stand for, all scopes taken together."""

    def __init__(self, tree: ast.Module, *, runs: bool) -> None:
        """Read the names; ``runs`` says whether the file may run what it decodes, so that this has to be followed."""
        nodes = _nodes_of(tree)
        self._calls = [node for node in nodes if isinstance(node, ast.Call)]
        self._meanings: dict[str, str] = {name: name for name in _BUILTINS}
        self._made: set[str] = set()  # names of what was decoded
        self._imported: set[str] = set()
        for node in nodes:
            self._import(node)
        assigned = [node for node in nodes if isinstance(node, ast.Assign | ast.NamedExpr)]
        known = -1
        for _ in range(_ROUNDS):
            if known == len(self._meanings) + len(self._made):
                break  # the last round found nothing that could lead further
            known = len(self._meanings) + len(self._made)
            for node in assigned:
                self._assign(node, runs=runs)

    def reaches(self) -> Iterator[str]:
        """Yield the capabilities of the file."""
        for name in self._imported:
            yield from _of_path(name)
        for node in self._calls:
            yield from self._call(node)

    def _import(self, node: ast.AST) -> None:
        if isinstance(node, ast.Import):
            for alias in node.names:
                self._imported.add(alias.name)
                self._meanings[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                self._imported.add(f"{node.module}.{alias.name}")
                self._meanings[alias.asname or alias.name] = _member(node.module, alias.name)
                if alias.name == "*":
                    self._meanings.update({name: f"os.{name}" for name in _STARRED.get(node.module, ())})

    def _assign(self, node: ast.Assign | ast.NamedExpr, *, runs: bool) -> None:
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        value = node.value
        meaning = self._path(value)
        decoded = runs and not isinstance(value, ast.Constant) and self._decodes([value])
        for target in targets:
            if isinstance(target, ast.Name):
                if meaning and not meaning.endswith("()") and target.id != meaning:
                    self._meanings.setdefault(target.id, meaning)
                if decoded:
                    self._made.add(target.id)

    def _path(self, node: ast.AST | None, hops: int = _HOPS) -> str:
        """Return the dotted path that an expression stands for, "" where it is none that can be told."""
        if hops <= 0 or node is None:
            return ""
        if isinstance(node, ast.Name):
            return self._meanings.get(node.id, "")
        if isinstance(node, ast.Attribute):
            owner = self._path(node.value, hops - 1)
            return _member(owner, node.attr) if owner else ""
        if isinstance(node, ast.Subscript):
            return self._item(node, hops)
        return self._result(node, hops) if isinstance(node, ast.Call) else ""

    def _item(self, node: ast.Subscript, hops: int) -> str:
        owner, key = self._path(node.value, hops - 1), self._text(node.slice)
        if owner == "sys.modules":
            return key
        inner = owner.removesuffix(".__dict__").removesuffix("__dict__") if owner.endswith("__dict__") else ""
        if owner == "__builtins__":
            return _member(owner, key)
        if owner == "globals()":
            return key if key in _BUILTINS or key == "__builtins__" else self._meanings.get(key, "")
        return _member(inner, key) if inner and key else ""

    def _result(self, node: ast.Call, hops: int) -> str:
        """Return what a call gives: an imported module, an attribute by its name."""
        called = self._path(node.func, hops - 1)
        texts = [self._text(argument) for argument in node.args[:2]]
        if called in _IMPORTS and texts:
            return texts[0].partition(".")[0] if called == "__import__" else texts[0]
        if called == "getattr" and len(texts) > 1:
            owner = self._path(node.args[0], hops - 1)
            return _member(owner, texts[1] or "?") if owner else ""
        if called == "vars" and node.args:
            return self._path(node.args[0], hops - 1) + ".__dict__"
        return "globals()" if called == "globals" else ""

    def _text(self, node: ast.AST, hops: int = _HOPS) -> str:
        """Return the text that literals, added or joined, make; "" for anything else."""
        if isinstance(node, ast.Constant):
            return node.value if isinstance(node.value, str) else ""
        if hops and isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
            left, right = self._text(node.left, hops - 1), self._text(node.right, hops - 1)
            return left + right if left and right else ""
        return ""

    def _call(self, node: ast.Call) -> Iterator[str]:
        called = self._path(node.func)
        yield from _of_path(called)
        if called == "self.spawn":  # of a command of setuptools
            yield "process"
        if called in _IMPORTS and node.args:
            yield from _of_path(self._text(node.args[0]))
        if self._runs_hidden(node, called):
            yield "decode-exec"

    def _runs_hidden(self, node: ast.Call, called: str) -> bool:
        """Whether a call runs what was decoded, stored or named in a way that nobody reads."""
        owner, _, attribute = called.rpartition(".")
        if (attribute == "?" and owner in _ANYTHING) or called == "?":
            return True
        if called in _EXECUTES and (not isinstance(node.func, ast.Name) or node.func.id != called):
            return True  # under another name
        if called in _EXECUTES and self._decodes(node.args):
            return True
        if called in _RUNS_FILE and self._odd_file(node.args):
            return True
        return called.startswith("marshal.load") or bool(_UNPICKLES.fullmatch(called) and self._stored(node.args))

    def _decodes(self, nodes: Iterable[ast.AST]) -> bool:
        waiting = list(nodes)
        for inner in waiting:  # grows on the way
            if isinstance(inner, ast.Name):
                if inner.id in self._made:
                    return True
            elif not isinstance(inner, _LEAVES):
                waiting += _below(inner)
                if isinstance(inner, ast.Call) and _DECODES.fullmatch(self._path(inner.func)):
                    return True
        return False

    def _odd_file(self, nodes: Iterable[ast.AST]) -> bool:
        """Whether code is read from a file that is not named as code."""
        texts = [inner.value for node in nodes for inner in ast.walk(node) if isinstance(inner, ast.Constant)]
        named = [text for text in texts if isinstance(text, str) and re.fullmatch(r"[\w./\\-]*\w\.\w{1,8}", text)]
        return bool(named) and not any(text.endswith((".py", ".in")) for text in named)

    def _stored(self, nodes: Iterable[ast.AST]) -> bool:
        """Whether what is unpickled is a literal, decoded, or the content of a file opened on the spot."""
        nodes = list(nodes)
        if self._decodes(nodes):
            return True
        inner = [part for node in nodes for part in ast.walk(node)]
        literal = any(isinstance(part, ast.Constant) and isinstance(part.value, bytes) for part in inner)
        return literal or any(isinstance(part, ast.Call) and self._path(part.func) == "open" for part in inner)


def _member(owner: str, name: str) -> str:
    """Return the path of what a module has; what is built in is called by its name alone."""
    built_in = owner in {"builtins", "__builtins__"} and (name in _BUILTINS or name == "?")
    return name if built_in else f"{owner}.{name}"


def _of_path(path: str) -> Iterator[str]:
    plain = _VENDORED.sub("", path)
    capability = capability_of_module(plain)
    if capability:
        yield capability
    if _RUNS.fullmatch(plain):
        yield "process"
    elif _CONNECTS.fullmatch(plain):
        yield "network"
