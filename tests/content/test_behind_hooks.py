"""Code behind what a hook starts: a change of it changes the hook, however it is reached."""

import json

import pytest

from tests.content.made import hook, npm, sdist

CALM, LOUD = "module.exports = 1\n", "fetch('https://host.invalid/')\n"


def changed(manifest, files, path, kind="npm:postinstall"):
    """The hook where the member is calm, and where it reaches the network."""
    return [hook(npm(manifest, {**files, path: text}), kind) for text in (CALM, LOUD)]


@pytest.mark.parametrize(
    ("command", "path"),
    [
        ("node .", "index.js"),
        ("node ./lib", "lib/index.js"),
        ("node -r./e.js ok.js", "e.js"),
        ("node --require=./e.js ok.js", "e.js"),
        ("node --import=./e.mjs ok.js", "e.mjs"),
        ("node --conditions x e", "e.js"),
        ("node --run build", "e.js"),
        ("(node e.js)", "e.js"),
        ("node<e.js", "e.js"),
        ("env A=1 -i node e", "e.js"),
        ("if true; then node e.js; fi", "e.js"),
        ("node $npm_package_main", "index.js"),
        ('node "$PWD/e.js"', "e.js"),
        ("node ${INIT_CWD}/e", "e.js"),
        ("node `echo e`", "e.js"),
        ("node $(echo e).js", "e.js"),
        ("make", "e.js"),
        ("npm --prefix sub run build", "e.js"),
        ("node -e \"require('.')\"", "index.js"),
        ("node -e \"require('example-lib')\"", "index.js"),
        ("npm start", "server.js"),
        ("npm t", "e.js"),
        ("run-s build:*", "two.js"),
        ("./e", "e"),
        ("cat e.txt|node", "e.txt"),
    ],
)
def test_a_change_behind_a_command_shows(command: str, path: str) -> None:
    scripts = {"postinstall": command, "build": "node e", "test": "node e", "build:two": "node two.js"}
    calm, loud = changed({"scripts": scripts}, {"ok.js": "1\n"}, path)
    assert calm.digest != loud.digest
    assert (calm.reaches, loud.reaches) == ((), ("network",))


@pytest.mark.parametrize("name", ["prebuild", "postbuild", "pretest", "poststart"])
def test_what_runs_before_and_after_a_named_script_is_followed(name: str) -> None:
    scripts = {"postinstall": "npm run build && npm test && npm start", "build": "node a", "test": "node a"}
    scripts |= {"start": "node a", name: "node e.js"}
    calm, loud = changed({"scripts": scripts}, {"a.js": "1\n"}, "e.js")
    assert loud.targets == calm.targets
    assert "e.js" in calm.targets


@pytest.mark.parametrize(
    ("script", "path", "extra"),
    [
        ("require('./a')", "b.js", {}),
        ("require('..')", "m.js", {"main": "m.js"}),
        ("require('example-lib')", "m.js", {"exports": {".": {"default": "./m.js"}}}),
        ("require('#x')", "m.js", {"imports": {"#x": "./m.js"}}),
        ("require('#x/m')", "m.js", {"imports": {"#x/*": "./*.js"}}),
        ("import('../m.js')", "m.js", {}),
        ("require('child_process').fork(require('path').join(__dirname, '..', 'sub', 'm.js'))", "sub/m.js", {}),
        ("require('child_process').fork(__dirname + '/n')", "m.js", {}),
        ("require('./' + name)", "m.js", {}),
        ("const load = require;\nload('../m')", "m.js", {}),
        ("require('dep')", "node_modules/dep/m.js", {}),
        ("require('./big')", "m.js", {}),
    ],
)
def test_a_change_behind_a_script_shows(script: str, path: str, extra: dict) -> None:
    files = {
        "s/install.js": script,
        "s/a.js": "require('../b')\n",
        "s/n.js": "require('../m')\n",
        "s/big.js": "".join(f"require('./f{number}')\n" for number in range(500)),
        **{f"s/f{number}.js": "1\n" for number in range(500)},
        "node_modules/dep/package.json": '{"name": "dep", "version": "1.0.0", "main": "m"}',
    }
    calm, loud = changed({"scripts": {"postinstall": "node s/install.js"}, **extra}, files, path)
    assert calm.digest != loud.digest
    assert "network" in loud.reaches


def test_bundled_packages_have_hooks_of_their_own() -> None:
    files = {
        "node_modules/@scope/dep/package.json": '{"name": "d", "version": "1.0.0", "scripts": {"install": "node e"}}',
        "node_modules/@scope/dep/e.js": LOUD,
        "node_modules/other/package.json": "broken",
        "node_modules/other/node_modules/inner/package.json": "{}",
        "node_modules/other/node_modules/inner/binding.gyp": "{}",
    }
    content = npm({}, files)
    found = hook(content, "npm:install")
    assert (found.name, found.path) == ("node_modules/@scope/dep", "node_modules/@scope/dep/package.json")
    assert (found.targets, found.reaches) == (("node_modules/@scope/dep/e.js",), ("network",))
    assert hook(content, "npm:binding.gyp").name == "node_modules/other/node_modules/inner/binding.gyp"
    assert any("node_modules/other/package.json" in reason for reason in content.unread)


def test_what_is_understood_does_not_change_with_other_files() -> None:
    manifest = {"scripts": {"postinstall": "node install.js"}}
    files = {"install.js": "require('./a')\n", "a.js": "1\n"}
    calm, loud = changed(manifest, files, "unrelated.js")
    assert calm == loud


@pytest.mark.parametrize(
    "setup",
    [
        "import os\nexec(open(os.path.join('lib', 'version.py')).read())\n",
        "from pathlib import Path\nexec((Path(__file__).parent / 'lib' / 'version.py').read_text())\n",
        "exec(open('%s/version.py' % 'lib').read())\n",
        "exec(open('lib/data.txt').read())\n",
        "with open('lib/data.txt') as file:\n    text = file.read()\nexec(text)\n",
        "import lib.version\n",
        "from lib import version\n",
        "import importlib.util\ns = importlib.util.spec_from_file_location('v', 'lib/version.py')\n",
        "import importlib\nimportlib.import_module('lib.version')\n",
        "import importlib\nimportlib.import_module(name)\n",
        "import sys\nsys.path.insert(0, 'lib')\nimport version\n",
        "import deep.a\n",
        "exec(open(name).read())\n",
    ],
)
def test_a_change_behind_a_setup_py_shows(setup: str) -> None:
    files = {
        "setup.py": setup + "from setuptools import setup\nsetup()\n",
        "lib/__init__.py": "",
        "deep/__init__.py": "",
        "deep/a.py": "from . import (\n    b,\n)\n",
        "deep/b.py": "from ..lib.version import x\nfrom .c import y\n",
        "deep/c.py": "import lib.version\n",
    }
    digests, reaches = set(), []
    for text in ("V = 1\n", "import socket\n"):
        found = hook(sdist({**files, "lib/version.py": text, "lib/data.txt": text}), "sdist:setup.py")
        digests.add(found.digest)
        reaches.append("network" in found.reaches)
    assert len(digests) == 2
    assert reaches == [False, True]


@pytest.mark.parametrize("manifest", [{"name": ""}, {"version": ""}, {"name": 5}, {"version": None}, {"scripts": "x"}])
def test_a_manifest_without_what_npm_needs_is_said(manifest: dict) -> None:
    assert npm(manifest).unread


def test_many_hooks_over_the_same_files_are_each_followed() -> None:
    bundled = {
        f"node_modules/p{number}/package.json": json.dumps({
            "name": "p", "version": "1.0.0", "scripts": {"install": "node ../../a.js $X", "postinstall": "node $Y"},
        })
        for number in range(300)
    }  # fmt: skip
    shared = {f"f{number}.js": f"require('./f{number + 1}')\n" * 1000 for number in range(300)}
    content = npm({}, {**bundled, **shared, "a.js": "require('./f0')\n"})
    assert len(content.hooks) == 600
    assert all("f299.js" in hook.targets for hook in content.hooks if hook.kind == "npm:install")


@pytest.mark.parametrize(
    "script",
    [
        "".join(f"'name{number}';" for number in range(3000)) + "fork(__dirname + '/n')\n",
        "".join(f"require('./name{number}');" for number in range(3000)) + "require('./n')\n",
        " ".join(f"name{number}.js" for number in range(3000)) + " n.js\n",
    ],
)
def test_names_that_nobody_counts_hide_nothing(script: str) -> None:
    calm, loud = changed({"scripts": {"postinstall": "node install.js"}}, {"install.js": script}, "n.js")
    assert calm.digest != loud.digest
    assert "network" in loud.reaches
