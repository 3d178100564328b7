"""The files that Python code executes, as far as its own calls name them.

``exec(open("version.py").read())`` names its file. ``exec(open(name + x).read())`` does not, however many other
literals of the script name files: what counts is what the call's argument is made of, through names, loops and
functions.
"""

from __future__ import annotations

import ast
import builtins
import hashlib
from collections import defaultdict
from collections.abc import Callable, Iterator
from itertools import chain
from typing import TypeAlias

from doorward.sources.content.memory import Memory
from doorward.sources.content.syntax import inner_nodes, parse

#: What runs code or a file, by the name under which it is called.
_RUNNERS = frozenset({
    "eval", "exec", "execfile", "load_source", "run_path", "SourceFileLoader", "spec_from_file_location",
})  # fmt: skip
#: Those of them that run a text, and what begins the names of calls that read one.
_TEXT_RUNNERS = frozenset({"eval", "exec"})
_READERS = ("open", "read", "get_data", "getsource", "slurp", "load")
#: What comes from outside of the script.
_OUTSIDE = frozenset({"argv", "environ", "getenv", "stdin"})
_KNOWN = frozenset({*vars(builtins), "__file__", "__path__", "self", "cls"}) - {"input"}
#: Nodes behind one call that are followed.
_NODES = 2000

#: A node, and the function in which it stands; None for the script itself.
_Node: TypeAlias = tuple[ast.AST, ast.FunctionDef | None]


#: Texts that each call of a script is made of, by the script's digest; None where one comes from outside.
CALLS: Memory[bytes, tuple[tuple[tuple[str, ...], ...] | None]] = Memory()


def executed_files(code: bytes, members: Callable[[str], list[str]]) -> list[str] | None:
    """Return the files that run, of those that ``members`` finds for a text; None where a call does not name its file.

    A script that cannot be parsed, or is large, does not either.
    """
    (calls,) = CALLS.get(hashlib.sha256(code).digest(), lambda: (_texts_of_calls(code),))
    if calls is None:
        return None
    named = [[path for text in texts for path in _named(text, members)] for texts in calls]
    return list(chain(*named)) if all(named) else None


def _texts_of_calls(code: bytes) -> tuple[tuple[str, ...], ...] | None:
    tree = parse(code)
    if tree is None:
        return None
    script = _Script(tree)
    found = []
    for call, function in script.calls:
        if _called(call) in _RUNNERS and _arguments(call):
            nodes = script.behind(call, function)
            if _called(call) in _TEXT_RUNNERS and not any(map(_reads, nodes)):
                continue  # an expression or code of its own, no file
            if any(map(script.is_outside, nodes)):
                return None
            found.append(tuple(_texts(nodes)))
    return tuple(found)


class _Script:
    """What each name may stand for: what is assigned to it, gone through, given for it, or returned by it."""

    def __init__(self, tree: ast.Module) -> None:
        self.calls: list[tuple[ast.Call, ast.FunctionDef | None]] = []
        self._functions: list[_Node] = []
        self._places: dict[tuple[ast.FunctionDef | None, str], list[_Node]] = defaultdict(list)
        self._parents: dict[ast.FunctionDef | None, ast.FunctionDef | None] = {}
        waiting: list[_Node] = [(tree, None)]
        for node, function in waiting:  # grows on the way
            self._note(node, function)
            inside = function
            if isinstance(node, ast.FunctionDef):
                self._parents[node] = function
                inside = node
            waiting += ((child, inside) for child in inner_nodes(node))
        self._note_arguments()

    def _note(self, node: ast.AST, function: ast.FunctionDef | None) -> None:
        if isinstance(node, ast.Call):
            self.calls.append((node, function))
        elif isinstance(node, ast.FunctionDef):
            self._functions.append((node, function))
            self._places[function, node.name] += ((line, node) for line in node.body)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                self._places[function, (alias.asname or alias.name).partition(".")[0]] += ()
        for target, value in _bound(node):
            for name in ast.walk(target):
                if isinstance(name, ast.Name):
                    self._places[function, name.id].append((value, function))

    def _note_arguments(self) -> None:
        """Take what calls give for any parameter of a function: that it may be another one's hides nothing."""
        given: dict[str, list[_Node]] = defaultdict(list)
        for call, function in self.calls:
            given[_called(call)] += ((argument, function) for argument in _arguments(call))
        for made, function in self._functions:
            if isinstance(made, ast.FunctionDef):
                values = [*given[made.name], *((value, function) for value in made.args.defaults)]
                for one in ast.walk(made.args) if values else ():
                    if isinstance(one, ast.arg):
                        self._places[made, one.arg] += values

    def _place(self, name: str, function: ast.FunctionDef | None) -> list[_Node] | None:
        while function is not None and (function, name) not in self._places:
            function = self._parents[function]
        return self._places.get((function, name))

    def behind(self, call: ast.Call, function: ast.FunctionDef | None) -> list[_Node]:
        """Return all that makes up what runs: of ``exec`` the first argument (the others are name spaces), else all."""
        arguments = _arguments(call)[: 1 if _called(call) in {*_TEXT_RUNNERS, "execfile"} else None]
        waiting: list[_Node] = [(argument, function) for argument in arguments]
        followed = set()
        for node, where in waiting:  # grows on the way
            if isinstance(node, ast.Name) and (node.id, where) not in followed:
                followed.add((node.id, where))
                waiting += self._place(node.id, where) or ()
            waiting += ((child, where) for child in ast.iter_child_nodes(node))
            if len(waiting) > _NODES:
                return [*waiting, (ast.Name("input"), None)]  # nobody follows this: as good as from outside
        return waiting

    def is_outside(self, item: _Node) -> bool:
        """Whether the script itself does not say what this stands for."""
        node, function = item
        if isinstance(node, ast.Name):
            return node.id not in _KNOWN and self._place(node.id, function) is None
        return isinstance(node, ast.Attribute) and node.attr in _OUTSIDE


def _called(call: ast.Call) -> str:
    node = call.func
    return node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else ""


def _arguments(call: ast.Call) -> list[ast.expr]:
    return [*call.args, *(keyword.value for keyword in call.keywords)]


def _reads(item: _Node) -> bool:
    return isinstance(item[0], ast.Call) and _called(item[0]).lower().startswith(_READERS)


def _texts(nodes: list[_Node]) -> Iterator[str]:
    for node, _ in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value


def _named(text: str, members: Callable[[str], list[str]]) -> list[str]:
    path = text.replace("\\", "/").lstrip("./")
    name = path.rpartition("/")[2]
    return (members(path) or members(name)) if name else []


def _bound(node: ast.AST) -> Iterator[tuple[ast.AST, ast.AST]]:
    """Yield (target, value) of what binds names."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield target, node.value
    elif isinstance(node, ast.AnnAssign | ast.AugAssign | ast.NamedExpr) and node.value is not None:
        yield node.target, node.value
    elif isinstance(node, ast.For | ast.comprehension):
        yield node.target, node.iter
    elif isinstance(node, ast.withitem) and node.optional_vars is not None:
        yield node.optional_vars, node.context_expr
