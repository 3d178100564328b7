"""Reach of Python by its syntax tree, as hooks are judged by it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.sources.content.syntax import SIZE, syntax_reaches
from tests.content.made import hook, sdist

SETUP = "from setuptools import setup\nsetup(name='lib')\n"


@pytest.mark.parametrize(
    ("code", "reaches"),
    [
        ("import os as o\no.system('echo hi')\n", "process"),
        ("from os import *\nsystem('echo hi')\n", "process"),
        ("from os import (\n  path,\n  system,\n)\nsystem('echo')\n", "process"),
        ("import os\ngetattr(os, 'system')('echo')\n", "process"),
        ("import os\ngetattr(os, 'sys' + 'tem')('echo')\n", "process"),
        ("import os\ngetattr(os, name)('echo')\n", "decode-exec"),
        ("__import__('os').system('echo')\n", "process"),
        ("__import__('o' + 's').popen('echo')\n", "process"),
        ("__import__('subprocess')\n", "process"),
        ("import importlib as i\ni.import_module('socket')\n", "network"),
        ("import os, sys\nsys.modules['os'].system('echo')\n", "process"),
        ("import os\nvars(os)['system']('echo')\n", "process"),
        ("import os\nos.__dict__['system']('echo')\n", "process"),
        ("run = __import__('os').system\nrun('echo')\n", "process"),
        ("from distutils.spawn import spawn\nspawn(['echo'])\n", "process"),
        ("class I:\n    def run(self):\n        self.spawn(['echo'])\n", "process"),
        ("import posix\nposix.system('echo')\n", "process"),
        ("from pip._internal import main\nmain(['install', 'x'])\n", "process"),
        ("from pip._vendor import requests\n", "network"),
        ("import asyncio\nasyncio.run(asyncio.open_connection('host.invalid', 1))\n", "network"),
        ("import webbrowser as w\nw.open('https://host.invalid')\n", "network"),
        ("import \\\n socket\n", "network"),
        ("import \N{FULLWIDTH LATIN SMALL LETTER S}ocket\n", "network"),
        ("x = 1\rimport os as o\ro.system('echo')\r", "process"),
        ("# -*- coding: utf-7 -*-\n+AGkAbQBwAG8AcgB0 +AHMAbwBjAGsAZQB0\n", "network"),
        ("import base64\ne = exec\ne(base64.b64decode('eA=='))\n", "decode-exec"),
        ("import builtins\ngetattr(builtins, 'ex' + 'ec')(x)\n", "decode-exec"),
        ("from base64 import b64decode as d\nx = d('eA==')\ny = x.decode()\nexec(y)\n", "decode-exec"),
        ("\N{FULLWIDTH LATIN SMALL LETTER E}xec(__import__('base64').b64decode('eA=='))\n", "decode-exec"),
        ("import marshal, types\ntypes.FunctionType(marshal.loads(open('x').read()), {})()\n", "decode-exec"),
        ("import pickle\npickle.loads(b'x')\n", "decode-exec"),
        ("import pickle\npickle.load(open('x.bin', 'rb'))\n", "decode-exec"),
        ("exec(open('lib/data.txt').read())\n", "decode-exec"),
        ("import runpy\nrunpy.run_path('lib/data.txt')\n", "decode-exec"),
    ],
)
def test_what_lines_do_not_show(code: str, reaches: str) -> None:
    found = hook(sdist({"setup.py": code + SETUP if "utf-7" not in code else code}), "sdist:setup.py")
    assert reaches in found.reaches


@pytest.mark.parametrize(
    "code",
    [
        SETUP,
        "requests = []\nrequests.append(1)\n",
        "def system(x):\n    return x\nsystem('echo')\n",
        "exec(open('lib/version.py').read())\n",
        "import pickle\npickle.load(stream)\n",
        "import os\ngetattr(os, 'getcwd')()\nos.path.join('system', 'x')\n",
        "import re\nre.compile('x').exec('y')\n",
        "from urllib import parse\nparse.quote('x')\n",
        "def broken(:\n",
        "x = (" * 100 + ")" * 100,
        "import socket\n" + "#" * SIZE,
    ],
)
def test_what_reaches_nothing(code: str) -> None:
    assert syntax_reaches(code.encode()) == frozenset()


@pytest.mark.parametrize("code", ["-" * 60_000 + "1", "x" + ".a" * 60_000, "x" + ".a()" * 50_000, "1" + "+1" * 60_000])
def test_deep_trees_are_left_alone(code: str) -> None:
    assert syntax_reaches(code.encode()) == frozenset()


@given(st.one_of(st.binary(max_size=200), st.text(max_size=200).map(str.encode)))
def test_anything_has_an_answer(data: bytes) -> None:
    assert isinstance(syntax_reaches(data), frozenset)
