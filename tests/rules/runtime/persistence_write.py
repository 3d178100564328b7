from doorward.model.facts import Missing
from doorward.model.findings import Strength
from doorward.model.run import Process
from tests.rules.runtime.made import CWD, LIB, actor, did, file, nobody_did

GIT = Process(12, ("git", "init"), "/usr/bin/git", CWD, 3)
SITE = "/usr/lib/python3.11/site-packages"

FIRES = {
    "a shell profile": (did(file("/home/u/.bashrc", "persistence")), Strength.STRONG),
    "a hook of git": (did(file(f"{CWD}/.git/hooks/pre-commit", "persistence", "rename")), Strength.STRONG),
    "a workflow": (did(file(f"{CWD}/.github/workflows/x.yml", "persistence", phase="test")), Strength.STRONG),
    "a pth file": (did(file(f"{SITE}/lib_init.pth", "persistence", phase="install")), Strength.STRONG),
    "sitecustomize": (did(file(f"{SITE}/sitecustomize.py", "persistence")), Strength.STRONG),
    "git's settings, in an installation": (
        did(file(f"{CWD}/.git/config", "persistence", who=actor("install", LIB, GIT))),
        Strength.STRONG,
    ),
    "attributed to no release, in a build": (nobody_did(file("/home/u/.profile", "persistence")), Strength.STRONG),
    "attributed to no release, in a test": (
        nobody_did(file("/home/u/.profile", "persistence", phase="test")),
        Strength.STRONG,
    ),
}
GAPS = {"a test": (did(changes=Missing("changes of files are not watched in tests")), "not watched in tests")}
RESTS = {
    "nothing": did(),
    "a package manager installs": did(file(f"{SITE}/lib.pth", "persistence", phase="resolve")),
    "an editable install": did(file(f"{SITE}/__editable__.lib-1.0.pth", "persistence")),
    "virtualenv": did(file(f"{CWD}/.tox/py/lib/python3.11/site-packages/_virtualenv.pth", "persistence")),
    "a pth file in a build folder": did(file(f"{CWD}/build/lib.pth", "persistence")),
    "a sample": did(file(f"{CWD}/.git/hooks/pre-push.sample", "persistence")),
    "a repository that a test makes": did(file("/tmp/t/repo/.git/hooks/x", "persistence", phase="test")),
    "a template in a temporary folder": did(file("/tmp/t/.github/workflows/x.yml", "persistence", phase="test")),
    "git's settings, in a test": did(file(f"{CWD}/.git/config", "persistence", who=actor("test", LIB, GIT))),
    "a credential that is read": did(file("/home/u/.pypirc", "credential", "read")),
}
