"""What code can do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.model.content import CAPABILITIES
from doorward.sources.content.capabilities import capabilities_of, line_at

PYTHON = [
    ("import subprocess", {"process"}),
    ("from os import system", {"process"}),
    ("import os\nos.popen('ls')", {"process"}),
    ("import os\nos.path.join('a')", set()),
    ("cos.system('x')", set()),
    ("import socket", {"network"}),
    ("from urllib import request", {"network"}),
    ("from urllib.parse import quote", set()),
    ("import urllib.parse", set()),
    ("import requests.adapters", {"network"}),
    ("from http import HTTPStatus", set()),
    ("from http.client import HTTPSConnection", {"network"}),
    ("__import__('socket')", {"network"}),
    ("import ctypes", {"native-load"}),
    ("import os\ne = dict(os.environ)", {"environment-sweep"}),
    ("import os\ne = os.environ.copy()", {"environment-sweep"}),
    ("import os\nfor k, v in os.environ.items(): pass", {"environment-sweep"}),
    ("import os, json\njson.dumps(dict(os.environ))", {"environment-sweep"}),
    ("from os import environ\n{**environ}", {"environment-sweep"}),
    ("import os\nif 'CI' in os.environ: os.environ['A']", set()),
    ("import subprocess\nsubprocess.Popen([], start_new_session=True)", {"process", "detached-process"}),
    ("import os\nos.setsid()", {"detached-process"}),
    ("import subprocess as s\ns.run([], creationflags=s.CREATE_NO_WINDOW)", {"process", "detached-process"}),
    ("exec(base64.b64decode('eA=='))", {"decode-exec"}),
    ("exec(__import__('zlib').decompress(b''))", {"decode-exec"}),
    ("code = base64.b64decode(x)\nmore = code.decode()\nexec(compile(more, '', 'exec'))", {"decode-exec"}),
    ("_ = lambda __ : __import__('zlib').decompress(__);exec((_)(b'..'))", {"decode-exec"}),
    ("exec(''.join(chr(c) for c in [1, 2]))", {"decode-exec"}),
    ("exec(bytes.fromhex('70'))", {"decode-exec"}),
    ("eval(marshal.loads(b''))", {"decode-exec"}),
    ("exec(Fernet(k).decrypt(b''))", {"decode-exec"}),
    ("exec('\\x70\\x72\\x69\\x6e\\x74\\x28\\x31\\x29')", {"decode-exec"}),
    ("builtins.exec(b64decode(x))", {"decode-exec"}),
    ("data = base64.b64decode(x)\nexec(open('setup.py').read())", set()),
    ("data = base64.b64decode(x)\ncursor.exec(data)", set()),
    ("def eval(self, b64decode): pass", set()),
    ("my_exec(b64decode(x))", set()),
]
JAVASCRIPT = [
    ("const cp = require('child_process')", {"process"}),
    ("import { spawn } from 'node:child_process'", {"process"}),
    ("import https from 'https'", {"network"}),
    ("fetch('x')", {"network"}),
    ("globalThis.fetch('x')", {"network"}),
    ("repo.fetch('x'); prefetch('y')", set()),
    ("new XMLHttpRequest()", {"network"}),
    ("navigator.sendBeacon('x')", {"network"}),
    ("new WebSocket('x')", {"network"}),
    ("process.dlopen(m, 'x')", {"native-load"}),
    ("require('./build/x.node')", {"native-load"}),
    ("process.binding('spawn_sync')", {"process"}),
    ("process.binding('util')", set()),
    ("JSON.stringify(process.env)", {"environment-sweep"}),
    ("x = {...process.env}", {"environment-sweep"}),
    ("if (process.env.NODE_ENV) {}", set()),
    ("require('child_process').spawn('x', [], {detached: true})", {"process", "detached-process"}),
    ("f({detached: true})", set()),
    ("eval(atob('x'))", {"decode-exec"}),
    ("new Function(Buffer.from(x, 'base64').toString())()", {"decode-exec"}),
    ("let s = Buffer.from(x,'hex').toString();\nlet t = s;\neval(t)", {"decode-exec"}),
    ("module._compile(zlib.inflateSync(x))", {"decode-exec"}),
    ("(0,eval)(atob(x))", {"decode-exec"}),
    ("const d = atob(x); eval('1 + 1')", set()),
    ("var bc=atob(x); eval(c)", set()),
    ("var a=1,b=atob(x);eval(a)", set()),
    ("var a=f(1,atob(x));eval(a)", {"decode-exec"}),
    ("/x/.exec(atob(y)); obj.eval(atob(y))", set()),
]
SHELL = [
    ("curl https://host.invalid/x -o y", {"network"}),
    ("echo cHJpbnQ= | base64 -d | sh", {"decode-exec"}),
    ("curl x | bash", {"network", "decode-exec"}),
    ('eval "$(echo cHJpbnQ= | base64 -D)"', {"decode-exec"}),
    ('eval "$(brew shellenv)"', set()),
    ("nohup ./miner &", {"detached-process"}),
    ("env | curl -d @- x", {"network", "environment-sweep"}),
    ("powershell -Command x", {"process"}),
    ("PowerShell.exe -x", {"process"}),
    ("CURL http", {"network"}),
    ("x && nc 1 2", {"network"}),
    ("libcurl http; async call", set()),
    ("cat x | nc", set()),
    ("cat x | nc.exe 1", {"network"}),
    ("envoy; shellenv; export PATH", set()),
    ("true\nprintenv > x", {"environment-sweep"}),
    ("cmd  /C dir; start /B x", {"process", "detached-process"}),
    ("reval $(curl", set()),
    ("mycmd /c", set()),
    ("chmod +x ./y", {"process"}),
    ("node-gyp rebuild", set()),
    ("env NODE=1 node x.js", set()),
]


@pytest.mark.parametrize(
    ("language", "code", "expected"),
    [(language, code, expected)
     for language, cases in (("python", PYTHON), ("javascript", JAVASCRIPT), ("shell", SHELL))
     for code, expected in cases],
)  # fmt: skip
def test_table(language: str, code: str, expected: set[str]) -> None:
    found = capabilities_of(code.encode(), language)[1]
    assert set(found) == expected
    assert set(found) <= set(CAPABILITIES)


def test_imports_are_top_level_names() -> None:
    assert set(capabilities_of(b"import a.b\nfrom c.d import e\nfrom . import f", "python")[0]) == {"a", "c"}
    assert set(capabilities_of(b"require('@s/n/x'); require('./y'); require('z/w')", "javascript")[0]) == {"@s/n", "z"}


def test_the_first_place_counts() -> None:
    code = b"a = 1\nimport socket\nimport socket\n"
    position = capabilities_of(code, "python")[1]["network"]
    assert line_at(code, position) == (2, "import socket")


def test_a_long_line_is_cut_around_the_place() -> None:
    code = b"x" * 5000 + b";import socket;" + b"y" * 5000
    number, text = line_at(code, code.index(b"socket"))
    assert number == 1
    assert "import socket" in text
    assert len(text) <= 200


@given(st.binary(max_size=500), st.sampled_from(["python", "javascript", "shell"]))
def test_any_bytes_have_an_answer(data: bytes, language: str) -> None:
    for piece in (
        data,
        b"exec(" + data,
        b"eval(atob(" + data + b")",
        b"import os\n" + data,
        b"x = " + data + b"\nexec(x)",
    ):
        _, found = capabilities_of(piece, language)
        assert set(found) <= set(CAPABILITIES)


@pytest.mark.parametrize(
    ("unit", "language"),
    [
        (b"exec(", "python"), (b"exec(a)\na=b\n", "python"), (b"import os\nos.environ\n", "python"),
        (b"eval(a);a=b;", "javascript"), (b"process.env ", "javascript"), (b"fetch(", "javascript"),
        (b"import {", "javascript"), (b"(env ", "shell"), (b"base64 ", "shell"), (b"( ", "shell"), (b"eval ", "shell"),
        (b"chmod 7", "shell"), (b" -e A", "shell"), (b"import ", "python"), (b"from a import b,", "python"),
        (b"Function(" + b"\\x41" * 7, "javascript"), (b"a:", "python"), (b"exec(a a=", "python"),
    ],
)  # fmt: skip
def test_hostile_repetition_has_an_answer(unit: bytes, language: str) -> None:
    """A pattern that needs the square of its input would keep this from ending."""
    _, found = capabilities_of(unit * (2_000_000 // len(unit)), language)
    assert set(found) <= set(CAPABILITIES)
