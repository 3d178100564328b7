"""Which files and unix sockets are sensitive: where persistence settles, where credentials lie, who answers where."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable, Mapping
from functools import cache, cached_property

#: Pattern over the whole path -> what answers there.
_SERVICES = (
    (r"(/var)?/run/nscd/socket\Z", "nscd"),
    (r"(/var)?/run/docker\.sock\Z|.*/docker\.sock\Z|(/var)?/run/podman/podman\.sock\Z", "docker"),
    (r"(/var)?/run/(containerd/containerd|crio/crio)\.sock\Z", "containerd"),
    (r"(/var)?/run/systemd/private\Z|(/var)?/run/user/\d+/systemd/private\Z", "systemd"),
    (r"(/var)?/run/systemd/resolve/.*", "resolved"),
    (r"(/var)?/run/systemd/journal/.*|/dev/log\Z", "syslog"),
    (r"(/var)?/run/user/\d+/bus\Z|(/var)?/run/dbus/system_bus_socket\Z|@/tmp/dbus-.*", "session-bus"),
    (r".*/S\.gpg-agent(\.[a-z]+)?\Z", "gpg-agent"),
    (r"/tmp/ssh-[^/]+/agent\.\d+\Z|.*/ssh-agent[^/]*\Z|.*/S\.gpg-agent\.ssh\Z", "ssh-agent"),  # noqa: S108 - a pattern
)

#: Patterns relative to a home directory.
_PERSISTENT_HOME = (
    *(".bashrc", ".bash_profile", ".bash_login", ".bash_logout", ".profile", ".zshrc", ".zshenv", ".zprofile"),
    *(".zlogin", ".config/fish/*", ".xprofile", ".xsessionrc", ".pam_environment", ".inputrc"),
    *(".config/autostart/*", ".config/systemd/user/*", ".config/environment.d/*", ".ssh/authorized_keys", ".ssh/rc"),
    *(".ssh/config", ".gitconfig", ".config/git/*", ".vimrc", ".config/nvim/*", ".emacs", ".emacs.d/*"),
    *(".config/Code/User/*", ".vscode/*", ".vscode-server/*", ".cursor/*", ".claude.json", ".claude/*", ".codex/*"),
    *(".gemini/*", ".aider.conf.yml", ".config/zed/*", ".npmrc", ".pypirc", ".config/pip/*", ".pip/*"),
    *(".cargo/config", ".cargo/config.toml", ".m2/settings.xml", ".docker/config.json"),
    *("Library/LaunchAgents/*", "Library/LaunchDaemons/*"),
)
#: Patterns over the whole path, wherever it lies.
_PERSISTENT = (
    *("*/.git/hooks/*", "*/.git/config", "*.pth", "*/sitecustomize.py", "*/usercustomize.py"),
    *("*/.github/workflows/*", "*/.gitlab-ci.yml", "*/.circleci/*", "*/azure-pipelines.yml", "*/Jenkinsfile"),
    *("*/.vscode/tasks.json", "*/.vscode/settings.json", "*/.cursor/rules/*", "*/.claude/settings*.json"),
    *("*/.devcontainer/*", "/etc/cron*", "/var/spool/cron/*", "/etc/profile", "/etc/profile.d/*", "/etc/bash.bashrc"),
    *("/etc/systemd/*", "/etc/rc.local", "/etc/init.d/*", "/etc/ld.so.preload", "/etc/ld.so.conf*", "/etc/sudoers*"),
    *("/etc/passwd", "/etc/shadow", "/etc/hosts", "/etc/resolv.conf", "/etc/pam.d/*", "/etc/environment"),
    *("/usr/lib/systemd/*", "/lib/systemd/*"),
)
#: Relative to a home directory.
CREDENTIALS = (
    *(".ssh/id_*", ".ssh/config", ".ssh/known_hosts", ".aws/credentials", ".aws/config", ".npmrc", ".pypirc"),
    *(".netrc", ".docker/config.json", ".kube/config", ".git-credentials", ".config/gh/hosts.yml"),
    *(".config/gcloud/*", ".azure/*", ".cargo/credentials", ".cargo/credentials.toml", ".gem/credentials"),
    *(".m2/settings.xml", ".gnupg/private-keys-v1.d/*", ".config/git/credentials", ".vault-token"),
    *(".terraform.d/credentials.tfrc.json", ".config/solana/id.json", ".electrum/*", ".bitcoin/wallet.dat"),
)
_ANYWHERE_CREDENTIALS = ("*/.env", "*/.env.*")


def socket_service(path: str, environment: Mapping[str, str]) -> str:
    """Return what answers at a unix socket ("ssh-agent", "docker" ...), "" where it is not known."""
    if path and path == environment.get("SSH_AUTH_SOCK"):
        return "ssh-agent"
    return next((service for pattern, service in _services() if pattern.match(path)), "")


@cache
def _services() -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(pattern), service) for pattern, service in _SERVICES)


def _compile(patterns: Iterable[str]) -> re.Pattern[str]:
    return re.compile("|".join(fnmatch.translate(pattern) for pattern in patterns))


class Sensitive:
    """Sorts paths. One regular expression a kind, made when first asked for: a build opens thousands of files."""

    def __init__(self, homes: Iterable[str], honey: Iterable[str] = ()) -> None:
        """``homes`` are absolute home directories; ``honey`` are the paths of planted files."""
        self._bases = [home.rstrip("/") for home in homes if home]
        self._honey = frozenset(honey)

    @cached_property
    def _persistent(self) -> re.Pattern[str]:
        return self._below(_PERSISTENT, _PERSISTENT_HOME)

    @cached_property
    def _credential(self) -> re.Pattern[str]:
        return self._below(_ANYWHERE_CREDENTIALS, CREDENTIALS)

    def _below(self, anywhere: Iterable[str], names: Iterable[str]) -> re.Pattern[str]:
        return _compile([*anywhere, *(f"{base}/{name}" for base in self._bases for name in names)])

    def written(self, path: str) -> str:
        """Return "honey", "persistence" or "" for a file that is about to change."""
        if path in self._honey:
            return "honey"
        return "persistence" if self._persistent.match(path) else ""

    def read(self, path: str) -> str:
        """Return "honey", "credential" or "" for a file that is read."""
        if path in self._honey:
            return "honey"
        return "credential" if self._credential.match(path) else ""
