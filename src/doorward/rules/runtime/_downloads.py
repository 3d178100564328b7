"""Packages that are known to fetch a prebuilt binary when they are installed, and from where.

Both must fit: the package (or the helper that it fetches with, on the stack) and the host. Anything else that either of
them does is judged like everybody else's.
"""

from __future__ import annotations

from doorward.model.activity import Contact
from doorward.records import dataclass

_RELEASES = ("github.com", "*.githubusercontent.com")


@dataclass(frozen=True, slots=True)
class _Source:
    """Who fetches what from where."""

    packages: frozenset[str]
    hosts: tuple[str, ...]
    what: str


_SOURCES = (
    _Source(frozenset({"node-gyp"}), ("nodejs.org",), "the headers of Node.js"),
    _Source(
        frozenset(
            {
                *(
                    "prebuild-install",
                    "node-pre-gyp",
                    "@mapbox/node-pre-gyp",
                    "bin-wrapper",
                    "better-sqlite3",
                    "sqlite3",
                ),
                *("canvas", "bcrypt", "node-sass", "geckodriver", "phantomjs-prebuilt", "dprint", "keytar"),
                *(
                    "sharp",
                    "node-pty",
                    "usb",
                    "serialport",
                    "@vscode/ripgrep",
                    "protoc-gen-js",
                    "grpc-tools",
                    "hugo-extended",
                ),
            }
        ),
        _RELEASES,
        "a prebuilt binary from the releases of a repository",
    ),
    _Source(frozenset({"electron", "@electron/get", "electron-prebuilt"}), _RELEASES, "Electron"),
    _Source(
        frozenset({"puppeteer", "@puppeteer/browsers", "chromedriver", "@wdio/utils"}),
        ("storage.googleapis.com", "googlechromelabs.github.io", "edgedl.me.gvt1.com"),
        "a browser",
    ),
    _Source(
        frozenset({"playwright", "playwright-core", "playwright-chromium", "playwright-firefox", "playwright-webkit"}),
        ("cdn.playwright.dev", "playwright.azureedge.net", "playwright.download.prss.microsoft.com"),
        "a browser",
    ),
    _Source(frozenset({"cypress"}), ("download.cypress.io", "cdn.cypress.io"), "Cypress"),
    _Source(frozenset({"@sentry/cli"}), ("downloads.sentry-cdn.com",), "its own command line tool"),
    _Source(frozenset({"@prisma/engines", "prisma", "@prisma/client"}), ("binaries.prisma.sh",), "its query engine"),
    _Source(frozenset({"mongodb-memory-server", "mongodb-memory-server-core"}), ("fastdl.mongodb.org",), "MongoDB"),
    _Source(frozenset({"puccinialin", "setuptools-rust", "maturin"}), ("static.rust-lang.org",), "the Rust compiler"),
)


def known_download(contact: Contact) -> str:
    """Return what a package is known to fetch from this host, "" where it is not known to."""
    attribution = contact.connection.actor.attribution
    names = {attribution.package, *(item.partition(" ")[0] for item in attribution.chain)}
    host = contact.connection.host.lower().rstrip(".")
    for source in _SOURCES:
        if names & source.packages and any(_fits(host, pattern) for pattern in source.hosts):
            return source.what
    return ""


def _fits(host: str, pattern: str) -> bool:
    return host == pattern or (pattern.startswith("*.") and host.endswith(pattern[1:]))
