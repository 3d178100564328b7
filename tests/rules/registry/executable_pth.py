from doorward.model.facts import Missing
from doorward.model.findings import Strength
from tests.rules.build import can, change, member, pth, release, sdist, unread, upgrade, wheel

CODE = member("lib/__init__.py")
FILE = member("lib_init.pth", "import lib", size=34_000)
SOCKET = pth("import socket; print('inert')", reaches=("network",))
QUIET = pth("import lib._start", targets=("lib/_start.py",))
START, OTHER_START = member("lib/_start.py", "one"), member("lib/_start.py", "other")
HIDDEN = member("lib/_start.py", "hidden", longest_line=30_000)
OFF_SCREEN = member("lib/_start.py", "off screen", opaque=("off-screen",))
LONG = "import os; " * 400
#: What setuptools ships: an import line that reaches nothing, a literal handed to exec.
SHIM = pth("import os; enabled = os.environ.get('X', 'local') == 'local'; enabled and __import__('_shim').add()")
COVERAGE = pth("import sys; exec('import coverage; coverage.process_startup()')", reaches=("process",))


def reaching(*names):
    return pth("import lib._start", targets=("lib/_start.py",), reaches=names)


def shows(*names):
    return tuple(can(name, "lib/_start.py:3") for name in names)


FIRES = {
    "a new file opens a socket": (upgrade([CODE, FILE, SOCKET], [CODE], form="wheel"), Strength.CONCLUSIVE),
    "in a major version as well": (
        upgrade([CODE, FILE, SOCKET], [CODE], form="wheel", to="2.0.0"),
        Strength.CONCLUSIVE,
    ),
    "its line decodes code": (
        upgrade(
            [CODE, pth("import base64; exec(base64.b64decode('...'))", reaches=("decode-exec",))], [CODE], form="wheel"
        ),
        Strength.CONCLUSIVE,
    ),
    "a first release that opens a socket": (change(release("1.0.0", wheel(CODE, FILE, SOCKET))), Strength.CONCLUSIVE),
    "a changed line newly opens a socket": (
        upgrade([CODE, SOCKET], [CODE, pth("import lib")], form="wheel"),
        Strength.CONCLUSIVE,
    ),
    "it runs a new module of one endless line": (
        upgrade([CODE, HIDDEN, reaching("process"), *shows("process")], [CODE], form="wheel"),
        Strength.CONCLUSIVE,
    ),
    "an old line runs a module whose code is pushed off-screen": (
        upgrade([CODE, OFF_SCREEN, reaching("network"), *shows("network")], [CODE, START, QUIET], form="wheel"),
        Strength.CONCLUSIVE,
    ),
    "it runs a new module that decodes code": (
        upgrade([CODE, START, reaching("decode-exec"), *shows("decode-exec")], [CODE], form="wheel"),
        Strength.CONCLUSIVE,
    ),
    "it runs a new module that anyone can read": (
        upgrade([CODE, START, reaching("network"), *shows("network")], [CODE], form="wheel"),
        Strength.STRONG,
    ),
    "a first release, with a module that anyone can read": (
        change(release("1.0.0", wheel(CODE, START, reaching("network"), *shows("network")))),
        Strength.STRONG,
    ),
    "a new file that starts a module of long standing": (
        upgrade([START, reaching("process"), *shows("process")], [START, *shows("process")], form="wheel"),
        Strength.STRONG,
    ),
    "a new file that reaches nothing": (upgrade([CODE, SHIM], [CODE], form="wheel"), Strength.STRONG),
    "a line changed in a patch": (
        upgrade([CODE, pth("import lib, os")], [CODE, pth("import lib")], form="wheel"),
        Strength.STRONG,
    ),
    "a line changed in a minor version": (
        upgrade([CODE, pth("import lib, os")], [CODE, pth("import lib")], form="wheel", to="1.1.0"),
        Strength.WEAK,
    ),
    "another line that reaches what the old one did, in a minor version": (
        upgrade(
            [CODE, pth("import os; os.system('true')", reaches=("process",))],
            [CODE, pth("import os; os.system('false')", reaches=("process",))],
            form="wheel",
            to="1.1.0",
        ),
        Strength.STRONG,
    ),
    "the lines differ behind what a hook keeps": (
        upgrade(
            [pth(LONG), member("lib_init.pth", LONG + "one")],
            [pth(LONG), member("lib_init.pth", LONG + "two")],
            form="wheel",
        ),
        Strength.STRONG,
    ),
    "the sdist has an honest file at the path of the wheel's hidden one": (
        change(
            release("1.0.1", wheel(HIDDEN, reaching("process"), *shows("process")), sdist(START)),
            release("1.0.0", wheel(START, QUIET), sdist(START)),
        ),
        Strength.CONCLUSIVE,
    ),
    "a readable module behind an old line reaches further, in a minor version": (
        upgrade([OTHER_START, reaching("network"), *shows("network")], [START, QUIET], form="wheel", to="1.1.0"),
        Strength.WEAK,
    ),
    "a second file beside the usual one": (
        upgrade([CODE, SHIM, pth("import socket", "z.pth", reaches=("network",))], [CODE, SHIM], form="wheel"),
        Strength.CONCLUSIVE,
    ),
}
RESTS = {
    "no such file": upgrade([CODE], [CODE], form="wheel"),
    "the shim that setuptools ships each time": upgrade([CODE, SHIM], [CODE, SHIM], form="wheel"),
    "a coverage tool that starts itself each time": upgrade([CODE, COVERAGE], [CODE, COVERAGE], form="wheel"),
    "its module changed and reaches no further": upgrade(
        [OTHER_START, reaching("process"), *shows("process")],
        [START, reaching("process"), *shows("process")],
        form="wheel",
    ),
    "endless lines that are the same": upgrade(
        [pth(LONG), member("lib_init.pth", LONG)], [pth(LONG), member("lib_init.pth", LONG)], form="wheel"
    ),
    "a version in its line": upgrade([CODE, pth("import lib_1_0_1")], [CODE, pth("import lib_1_0_1")], form="wheel"),
    "a first release that reaches nothing": change(release("1.0.0", wheel(CODE, SHIM))),
    "no such file, and the past is not known": change(release("1.0.1", wheel(CODE)), Missing("offline")),
}
GAPS = {
    "the past cannot be read": (change(release("1.0.1", wheel(CODE, SOCKET)), unread("1.0.0")), "damaged"),
    "the past is not known": (change(release("1.0.1", wheel(CODE, SOCKET)), Missing("offline")), "offline"),
    "the release cannot be read": (change(unread("1.0.1")), "damaged"),
}
