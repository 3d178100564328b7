from doorward.model.findings import Strength
from tests.rules.build import (
    change,
    hook,
    line,
    member,
    past,
    release,
    sdist,
    tarball,
    unread,
    upgrade,
    wheel,
)  # fmt: skip

CODE = member("index.js")
POST = hook("npm:postinstall", "node setup.js", targets=("setup.js",), reaches=("network", "process"))
SETUP, OTHER_SETUP = member("setup.js", "one"), member("setup.js", "other")
HIDDEN_SETUP = member("setup.js", "hidden", longest_line=90_000)
GYP = hook("npm:install", "node-gyp rebuild", native=True)
PRE = line("1.0.0 0.9.0 0.8.0", hooks=())
SETUP_PY = hook("sdist:setup.py", "setup()")
PLUGIN = hook("wheel:entry-point", "lib.plugin", name="pytest11 lib", targets=("lib/plugin.py",))
JUPYTER = hook("wheel:data-file", "{}", name="etc/jupyter/jupyter_server_config.d/lib.json")
MODULE, OTHER_MODULE = member("lib/plugin.py", "one"), member("lib/plugin.py", "other")
FLIT = hook("sdist:build-backend", "flit_core.buildapi", name="flit_core.buildapi", path="pyproject.toml")


def post(value="node setup.js", *, runs="", reaches=("network",)):
    return hook("npm:postinstall", value, targets=("setup.js",), runs=runs, reaches=reaches)


def setup_py(runs="", **more):
    return hook("sdist:setup.py", "setup()", runs=runs, **more)


def plugin(runs="", **more):
    return hook("wheel:entry-point", "lib.plugin", name="pytest11 lib", targets=("lib/plugin.py",), runs=runs, **more)


FIRES = {
    "a file that Jupyter loads": (upgrade([MODULE, JUPYTER], [MODULE], form="wheel"), Strength.STRONG),
    "another file that Jupyter loads": (
        upgrade([MODULE, JUPYTER], [MODULE, hook("wheel:data-file", "{}", name="etc/jupyter/a.json")], form="wheel"),
        Strength.WEAK,
    ),
    "a command under the name of another program": (
        upgrade([MODULE, hook("wheel:command", "git", name="git")], [MODULE], form="wheel"),
        Strength.STRONG,
    ),
    "an npm script that no release had": (upgrade([CODE, SETUP, POST], [CODE], history=PRE), Strength.STRONG),
    "the same where only one release is known": (upgrade([CODE, SETUP, POST], [CODE]), Strength.STRONG),
    "in a major version as well": (upgrade([CODE, SETUP, POST], [CODE], to="2.0.0"), Strength.STRONG),
    "a binding.gyp": (upgrade([CODE, hook("npm:binding.gyp", "{}")], [CODE], history=PRE), Strength.STRONG),
    "native code is compiled": (upgrade([CODE, GYP], [CODE], history=PRE), Strength.STRONG),
    "a second script beside an old one": (
        upgrade([CODE, POST, hook("npm:preinstall", "node x.js")], [CODE, POST], history=PRE),
        Strength.STRONG,
    ),
    "the command changed in a patch": (
        upgrade([CODE, post("node setup.js; node x.js")], [CODE, post()]),
        Strength.STRONG,
    ),
    "the command changed in a minor version": (
        upgrade([CODE, post("node setup.js; node x.js")], [CODE, post()], to="1.1.0"),
        Strength.WEAK,
    ),
    "the file that it runs reaches further, in a patch": (
        upgrade([OTHER_SETUP, post(runs="2", reaches=("network", "process"))], [SETUP, post(runs="1")]),
        Strength.STRONG,
    ),
    "the file that it runs cannot be read any more": (
        upgrade([HIDDEN_SETUP, post(runs="2")], [SETUP, post(runs="1")]),
        Strength.STRONG,
    ),
    "the file that it runs changed": (upgrade([OTHER_SETUP, post(runs="2")], [SETUP, post(runs="1")]), Strength.WEAK),
    "what compiled before does more now": (
        upgrade([CODE, hook("npm:install", "node-gyp rebuild && node x.js")], [CODE, GYP], to="1.1.0"),
        Strength.STRONG,
    ),
    "back after a pause, and it reaches the network": (
        upgrade([CODE, POST], [CODE], history=(past("1.0.0"), past("0.9.0", hooks=["npm:postinstall"]))),
        Strength.WEAK,
    ),
    "a sitecustomize.py": (
        upgrade([hook("wheel:sitecustomize", "import os", name="sitecustomize.py")], [], form="wheel"),
        Strength.STRONG,
    ),
    "a package becomes a plug-in": (upgrade([MODULE, PLUGIN], [MODULE], form="wheel"), Strength.STRONG),
    "a plug-in gets a second entry point": (
        upgrade([PLUGIN, hook("wheel:entry-point", "lib.more", name="pytest11 more")], [PLUGIN], form="wheel"),
        Strength.WEAK,
    ),
    "a plug-in newly starts processes, in a patch": (
        upgrade([OTHER_MODULE, plugin("2", reaches=("process",))], [MODULE, plugin("1")], form="wheel"),
        Strength.STRONG,
    ),
    "a setup.py that starts a process": (
        upgrade([setup_py(reaches=("process",))], [FLIT], form="sdist"),
        Strength.STRONG,
    ),
    "a setup.py that reaches nothing": (upgrade([SETUP_PY], [FLIT], form="sdist"), Strength.WEAK),
    "setup.py newly decodes code": (
        upgrade([setup_py("2", reaches=("decode-exec",))], [setup_py("1")], form="sdist"),
        Strength.STRONG,
    ),
    "setup.py newly starts a process, in a minor version": (
        upgrade([setup_py("2", reaches=("process",))], [setup_py("1")], form="sdist", to="1.1.0"),
        Strength.WEAK,
    ),
    "a build backend in the source tree": (
        upgrade(
            [hook("sdist:backend-path", ".", path="pyproject.toml", targets=("backend.py",))], [FLIT], form="sdist"
        ),
        Strength.STRONG,
    ),
    "the first sdist, and it fetches something": (
        change(release("1.0.1", sdist(setup_py(reaches=("network",))), wheel(CODE)), release("1.0.0", wheel(CODE))),
        Strength.WEAK,
    ),
    "a task that an editor runs": (upgrade([CODE, hook("editor:vscode-task", "node x.js")], [CODE]), Strength.STRONG),
}
RESTS = {
    "a command that the package always had": upgrade(
        *2 * [[MODULE, hook("wheel:command", "git", name="git")]], form="wheel"
    ),
    "a first release with a hook": change(release("1.0.0", tarball(CODE, SETUP, POST))),
    "a first release that compiles": change(release("1.0.0", tarball(CODE, GYP))),
    "no hook": upgrade([CODE], [CODE]),
    "the hook as it was": upgrade([SETUP, POST], [SETUP, POST]),
    "npm's prepare": upgrade([CODE, hook("npm:prepare", "husky")], [CODE]),
    "a hook that moved and came back": upgrade(
        [CODE, GYP], [CODE], history=(past("1.0.0"), past("0.9.0", hooks=["npm:install"]))
    ),
    "native code is compiled from other sources": upgrade(
        [hook("npm:install", "node-gyp rebuild", native=True, runs="2")],
        [hook("npm:install", "node-gyp rebuild", native=True, runs="1")],
    ),
    "setup.py changed, as it does with most releases": upgrade(
        [setup_py("2", reaches=("process",))], [setup_py("1", reaches=("process",))], form="sdist"
    ),
    "a plug-in's module changed": upgrade([OTHER_MODULE, plugin("2")], [MODULE, plugin("1")], form="wheel"),
    "another build backend, which is a package": upgrade(
        [hook("sdist:build-backend", "hatchling.build", name="hatchling.build", path="pyproject.toml")],
        [FLIT],
        form="sdist",
    ),
    "build requirements have a rule of their own": upgrade(
        [hook("sdist:build-requires", "cython", path="pyproject.toml")], [], form="sdist"
    ),
    "a .pth has a rule of its own": upgrade([hook("wheel:pth", "import os", name="x.pth")], [], form="wheel"),
    "the first sdist": change(release("1.0.1", sdist(SETUP_PY), wheel(CODE)), release("1.0.0", wheel(CODE))),
}
GAPS = {
    "the old release cannot be read": (change(release("1.0.1", tarball(POST)), unread("1.0.0")), "damaged"),
    "the new release cannot be read": (change(unread("1.0.1"), release("1.0.0", tarball(CODE))), "damaged"),
}
