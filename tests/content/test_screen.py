"""The screen before the syntax tree: it may let too much through, and never too little."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorward.sources.content.screen import SHOWN, may_show
from doorward.sources.content.syntax import parse, shown

MODULES = ["os", "subprocess", "socket", "asyncio", "ctypes", "builtins", "importlib.machinery", "sys", "posix", "math"]
NAMES = ["a", "b", "os", "self", "getattr", "d"]
#: The words that a tree shows, as one literal, in two parts, and with an escape.
TEXTS = [
    "'system'", "'socket'", "'os'", "'sys' + 'tem'", "'sys' 'tem'", "'\\x73ystem'", "'exec'", "'ex' + 'ec'", "'sub' + 'process'", "'o' + 's'",
    "'open_' + 'connection'", "'Extension' + 'FileLoader'", "'ct' 'ypes'", "'so' 'cket'", "name", "f'{name}'", "'path'",
    "'import_module'", "'__import__'", "'getattr'", "'get' 'attr'", "'globals'", "'modules'", "'__dict__'", "'builtins'", "'vars'",
]  # fmt: skip
OWNERS = [
    "{name}", "({name})", "__import__({text})", "importlib.import_module({text})", "sys.modules[{text}]", "globals()[{text}]",
    "vars({name})[{text}]", "{name}.__dict__[{text}]", "getattr({name}, {text})", "(getattr)({name}, {text})",
    "getattr(\\\n {name},\n {text})", "globals()['__builtins__'][{text}]", "__builtins__.__dict__[{text}]", "{name}.{name}",
    "__builtins__[{text}]", "vars()[{text}]", "globals ( ) [ {text} ]", "modules[{text}]", "getattr({name}.b, {text})",
]  # fmt: skip
LINES = [
    "import {module}", "import {module} as {name}", "import math, {module} as {name}", "import math, \\\n {module} as {name}",
    "from importlib import (\n machinery as {name},\n import_module)", "from sys import modules", "from sys import modules as {name}",
    "from builtins import getattr as {name}", "{name} = {owner}", "({name} := {owner})", "{name} = (\n {owner})",
    "{name} = getattr", "{name} = globals", "{name} = vars # x", "{name} = sys.modules", "{owner}()", "{owner}.system('echo')",
    "{owner}({text})", "x = [{owner}()]", "{name}[{text}]()", "{name}({name}, {text})()", "from os import *", "system('echo')",
    "from os import __dict__ as {name}", "from {module} import path, {text}".replace("{text}", "system"), "{owner}.open_connection()",
    "e = exec", "e(__import__('base64').b64decode({text}))", "exec({text})",
    "exec(open('a.txt').read())", "exec(\n open(\n'a.dat').read())", "eval(x)", "x = __import__('zlib').decompress(y)", "exec(x)",
    "import base64, builtins", "x = base64.b64decode({text})", "builtins.exec(x)", "(exec)(x)", "{name} = (eval)", "{name}(x)",
    "import runpy as {name}", "(os. # c\n system)('echo')", "((exec) # c\n (x))", "(getattr)( # c\n os, {text})('x')", "{name} = ( # (c)\n os)",
    "from os import ( # (c)\n path,\n" + " getcwd,\n" * 40 + " system)", "from os import path" + ", getcwd" * 40 + ", system",
    "from os import path" + ", \\\n getcwd" * 40 + ", \\\n system", "# import (\nfrom os import (system)", "(os. # c\n __dict__)[{text}]()",
    "{name} = ( # c\n exec)", "import os as \\\n {name}", "{name}.system('echo')", "globals( # c\n ) [ # c\n {text}]()", "{name}.run_path('a.bin')", "# exec(", "from builtins import exec as {name}", "# getattr", "{name} = {name}",
    "({name})()", "from builtins import exec \\\n as {name}", "import importlib\n{name} = (importlib ).import_module", "{name}({text})",
    "globals(*())[{text}]()", "import os as \\\n self", "self = {owner}", "getattr(self, {text})()", "{name} = exec\n(x)",
    "{name} = builtins.__dict__[{text}]", "import builtins",
]  # fmt: skip

filled = st.builds(
    lambda line, owner, **words: line.replace("{owner}", owner).format(**words),
    st.sampled_from(LINES),
    st.sampled_from(OWNERS),
    module=st.sampled_from(MODULES),
    name=st.sampled_from(NAMES),
    text=st.sampled_from(TEXTS),
)


@settings(max_examples=2000)
@given(st.lists(filled, max_size=6).map("\n".join), st.sets(st.sampled_from(sorted(SHOWN)), min_size=1).map(frozenset))
def test_what_the_tree_shows_passes(code: str, wanted: frozenset[str]) -> None:
    data = code.encode()
    tree = parse(data)
    assert tree is None or may_show(data, wanted) or not shown(tree) & wanted


@pytest.mark.parametrize(
    ("code", "capability"),
    [
        ("a = ( # c\n exec)\n(a)()", "decode-exec"),
        ("from builtins import exec \\\n as run\nrun(x)", "decode-exec"),
        ("import importlib\nload = (importlib ). import_module\nload('so' + 'cket')", "network"),
        ("import importlib\nload = getattr(importlib, 'import_module')\nload('so' + 'cket')", "network"),
        ("from os import path \\\n" + ", " + "x" * 296 + ", system", "process"),
        ("globals(*())['ex' + 'ec'](x)", "decode-exec"),
        ("import os as \\\n self\ngetattr(self, name)()", "decode-exec"),
        ("import builtins\nbuiltins.__dict__['exec'](x)", "decode-exec"),
        ("__builtins__.__dict__['ex' + 'ec'](x)", "decode-exec"),
    ],
)
def test_what_was_once_let_through(code: str, capability: str) -> None:
    tree = parse(code.encode())
    assert tree is not None
    assert capability in shown(tree)
    assert may_show(code.encode(), frozenset({capability}))


@pytest.mark.parametrize(
    "code",
    [
        "import os\nos.path.join('a', 'b')\n",
        "def f(a, name):\n    return getattr(a, name)\n",
        "class A:\n    def f(self, name):\n        return getattr(self, name), self.__dict__.items()\n",
        "import importlib\nimportlib.import_module(name)\n__import__('math')\n",
        "x = globals()\nx = globals()[name]\nx = vars()\nvars = {}\n",
        "import sys\nif 'a' in sys.modules:\n    del sys.modules[name]\n",
        "\n\nprint('encoding: utf-16')\n",
        "name = 'Jos\N{LATIN SMALL LETTER E WITH ACUTE}'\n",
        "functools.reduce(getattr, names, a)\n",
        "# exec is evil, so is eval\nvalue = eval(expression)\nexec(code, space)\n",
        "# a server sends requests by a socket to the client\nimport os\ncommands = {}\n",
        "from urllib.parse import quote\nimport urllib.error\n",
    ],
)
def test_what_no_tree_is_asked_about(code: str) -> None:
    assert not may_show(code.encode(), SHOWN)


def _odd() -> Iterator[bytes]:
    yield "\N{FULLWIDTH LATIN SMALL LETTER E}xec(x)\n".encode()
    yield "\N{FEMININE ORDINAL INDICATOR} = 1\n".encode()
    yield b"\xff = 1\n"
    yield b"#!/usr/bin/python\n# vim: set fileencoding=utf_7 :\nx = 1\n"
    yield b"# coding: latin-1\nx = 1\n"


@pytest.mark.parametrize("data", list(_odd()))
def test_letters_that_mean_others_pass(data: bytes) -> None:
    assert may_show(data, frozenset({"native-load"}))


@given(st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode)))
def test_anything_has_an_answer(data: bytes) -> None:
    assert may_show(data, SHOWN) in {True, False}
