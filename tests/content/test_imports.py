"""What code imports."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.sources.content.imports import javascript_imports, names_in_line, package_of, python_import_lines

WORDS = st.sampled_from(["os", "sys", "socket", "requests", "pkg.sub", "_private", "a1"])


def names(code: str) -> set[str]:
    return {name for line in python_import_lines(code.encode()) for name in names_in_line(line)}


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("import os", {"os"}),
        ("import os, socket as s, a.b", {"os", "socket", "a.b"}),
        ("    import os  # why", {"os"}),
        ("import os; exec('')", {"os"}),
        ("x = 1; import os", {"os"}),
        ("try: import os\nexcept ImportError: pass", {"os"}),
        ("from socket import socket, AF_INET", {"socket", "socket.socket", "socket.AF_INET"}),
        ("from urllib import request", {"urllib.request"}),
        ("from os import system as run, environ", {"os.system", "os.environ"}),
        ("from a.b import (c,", {"a.b", "a.b.c"}),
        ("from a import (", {"a"}),
        ("from a import b; import c", {"a", "a.b", "c"}),
        ("from . import a\nfrom .b import c\nfrom ..d import e", set()),
        ("__import__('socket').socket()", {"socket"}),
        ('importlib.import_module("a.b")', {"a.b"}),
        ("exec('import socket,os')", {"socket", "os"}),
        (">>> import nothing", set()),
        ("# import nothing", set()),
        ("please import the module from here", set()),
        ("important = 1", set()),
    ],
)
def test_python(code: str, expected: set[str]) -> None:
    assert names(code) == expected


@given(st.lists(st.tuples(WORDS, st.booleans(), st.integers(0, 8)), max_size=10))
def test_python_agrees_with_the_parser(statements: list[tuple[str, bool, int]]) -> None:
    lines, expected = ["if True:"], set()
    for word, whole, _ in statements:
        lines.append(f"    import {word}" if whole else f"    from {word} import x")
    lines.append("    pass")
    code = "\n".join(lines)
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Import):
            expected |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            expected.add(str(node.module).split(".")[0])
    assert {name.split(".")[0] for name in names(code)} == expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("const a = require('fs')", {"fs"}),
        ("require( `child_process` )", {"child_process"}),
        ("import x from 'node:net'", {"net"}),
        ('import {a,\n  b} from "@scope/name/sub"', {"@scope/name/sub"}),
        ("import './side'; import * as y from 'y'", {"./side", "y"}),
        ("await import('late')", {"late"}),
        ("export * from 'z'\nexport { a } from './b'", {"z", "./b"}),
        ("import a,{b}from'min'", {"min"}),
        ("require(name)", set()),
    ],
)
def test_javascript(code: str, expected: set[str]) -> None:
    assert set(javascript_imports(code.encode())) == expected


@pytest.mark.parametrize(
    ("specifier", "package"),
    [
        ("fs", "fs"),
        ("lodash/get", "lodash"),
        ("@a/b", "@a/b"),
        ("@a/b/c", "@a/b"),
        ("./x", ""),
        ("#in", ""),
        ("a b", ""),
    ],
)
def test_package_of(specifier: str, package: str) -> None:
    assert package_of(specifier) == package


@given(st.binary(max_size=400))
def test_any_bytes_have_an_answer(data: bytes) -> None:
    for line in python_import_lines(b"import " + data + b" import"):
        assert list(names_in_line(line)) is not None
    javascript_imports(b"require('" + data + b"') import x from '" + data)


def test_hostile_lines_cost_little() -> None:
    data = b"import " * 400_000
    assert len(python_import_lines(data)) <= 20_000
    assert len(javascript_imports(b"import {" * 200_000)) == 0
