from doorward.model.findings import Strength
from tests.rules.runtime.made import did, local

FIRES = {
    "ssh": (did(local("ssh-agent", "/tmp/ssh-x/agent.1")), Strength.STRONG),
    "gpg, refused": (did(local("gpg-agent", "/run/S.gpg-agent", "test", "refused")), Strength.STRONG),
    "the bus": (did(local("session-bus", "/run/user/1000/bus", "install")), Strength.STRONG),
}
RESTS = {
    "a package manager fetches": did(local("ssh-agent", "/tmp/ssh-x/agent.1", "resolve")),
    "declared": did(local("ssh-agent", "/tmp/ssh-x/agent.1", "test", "allowed")),
    "a cache of names": did(local("nscd", "/run/nscd/socket")),
    "a socket of a test": did(local("", "/tmp/test.sock", "test")),
}
