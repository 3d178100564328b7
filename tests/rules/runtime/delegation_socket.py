from doorward.model.findings import Strength
from tests.rules.runtime.made import did, local

FIRES = {
    "docker": (did(local("docker", "/var/run/docker.sock")), Strength.STRONG),
    "docker, while packages are resolved": (did(local("docker", "/var/run/docker.sock", "resolve")), Strength.STRONG),
    "containerd": (did(local("containerd", "/run/containerd/containerd.sock", "test")), Strength.STRONG),
    "systemd": (did(local("systemd", "/run/systemd/private", "run", "refused")), Strength.STRONG),
}
RESTS = {
    "declared": did(local("docker", "/var/run/docker.sock", "test", "allowed")),
    "a log": did(local("syslog", "/dev/log")),
}
