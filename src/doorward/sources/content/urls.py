"""Addresses of source repositories, as metadata writes them, in the https form of the origin."""

from __future__ import annotations

import re

_HOSTED = {
    "github": "https://github.com/", "gitlab": "https://gitlab.com/", "bitbucket": "https://bitbucket.org/",
    "gist": "https://gist.github.com/",
}  # fmt: skip
_SHORTHAND = re.compile(r"(?:(github|gitlab|bitbucket|gist):)?([\w.-]+(?:/[\w.-]+)?)\Z")
_SCP = re.compile(r"(?:[\w-]+@)([\w.-]+):(?!//)(.+)\Z")
_SCHEME = re.compile(r"(?:git\+)?(?:https?|git|ssh)://(?:[^/@]*@)?([^/]+)/(.+)\Z")
#: Hosts whose projects are repositories: a metadata link to one is the repository also without a label that says so.
_FORGES = re.compile(
    r"https?://(?:www\.)?(?:github\.com|gitlab\.com|bitbucket\.org|codeberg\.org|git\.sr\.ht|gitee\.com)"
    r"/[\w.~-]+/[\w.-]+(?=[/#?]|\Z)"
)
_LABELS = frozenset({
    "source", "sourcecode", "repository", "repo", "code", "github", "gitlab", "git", "scm", "sources", "codebase",
    "githubrepository", "sourcerepository", "gitrepository", "githubrepo",
})  # fmt: skip


def repository_url(text: str) -> str:
    """Return the https form of a repository's address, without user information and ``.git``; "" for nonsense."""
    text = text.strip().partition("#")[0]
    match = _SCHEME.match(text) or _SCP.match(text)
    if match:
        host, path = match[1].lower().rpartition("@")[2], match[2]
        return f"https://{host.removesuffix(':22')}/{path.strip('/').removesuffix('.git')}"
    match = _SHORTHAND.match(text)
    if match and (match[1] or "/" in match[2]):
        return _HOSTED[match[1] or "github"] + match[2].removesuffix(".git")
    return ""


def repository_of_links(links: list[tuple[str, str]]) -> str:
    """Return the repository among (label, address): the one that is labelled so, else the first on a known forge."""
    for label, address in links:
        word = "".join(letter for letter in label.lower() if letter.isalpha())
        if word in _LABELS and _SCHEME.match(address):
            forge = _FORGES.match(address)
            return repository_url(forge[0] if forge else address)
    for _, address in links:
        forge = _FORGES.match(address)
        if forge:
            return repository_url(forge[0])
    return ""
