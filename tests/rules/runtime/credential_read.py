from dataclasses import replace

from doorward.model.findings import Strength
from doorward.model.run import Actor, Phase, Process
from tests.rules.runtime.made import CWD, LIB, actor, did, file, nobody_did

KEY = "/home/u/.ssh/id_ed25519"
SSH = Process(12, ("ssh", "host.invalid"), "/usr/bin/ssh", CWD, 3)
CLIENT = replace(LIB, chain=("requests 2.32.0", "lib 1.0.1"))


def read(path: str, phase: str = "build", **more: object):
    return file(path, "credential", "read", phase, seen_by="python-hook", **more)


FIRES = {
    "a key": (did(read(KEY)), Strength.STRONG),
    "a token, in a test": (did(read("/home/u/.npmrc", "test", who=actor("test", replace(LIB, chain=())))), Strength.STRONG),
    "a client reads more than its own": (did(read("/home/u/.aws/credentials", who=actor("test", CLIENT))), Strength.STRONG),
    "attributed to no release, in a build": (nobody_did(read(KEY)), Strength.STRONG),
    "attributed to no release, in a test": (nobody_did(read(KEY, "test")), Strength.STRONG),
    "no process is known": (nobody_did(file(KEY, "credential", "read", who=Actor(Phase.RUN), seen_by="inotify")), Strength.WEAK),
}  # fmt: skip
RESTS = {
    "nothing": did(),
    "a package manager": did(read("/home/u/.npmrc", "resolve")),
    "ssh reads its own": did(read(KEY, who=actor("test", LIB, SSH))),
    "a client reads its login": did(read("/home/u/.netrc", who=actor("test", CLIENT))),
    "npm ran, and nobody knows who it was": nobody_did(
        file("/home/u/.npmrc", "credential", "read", who=Actor(Phase.RUN), seen_by="inotify"),
        programs=frozenset({"npm"}),
    ),
    "another kind": did(file("/home/u/.bashrc", "persistence")),
}
