"""One small installed thing of every format, made by hand: inert, with hosts that do not exist."""

import io
import json
import sqlite3
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from doorward.model.purl import CRATES

A = "a" * 64


@dataclass(frozen=True)
class Sample:
    path: str
    content: bytes | str
    #: The purls that it holds.
    purls: list[str]
    beside: Mapping[str, bytes | str] = field(default_factory=dict)

    @property
    def files(self) -> dict[str, bytes | str]:
        return {**self.beside, self.path: self.content}


def zipped(members: Mapping[str, bytes | str]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def properties(group: str, artifact: str, version: str) -> dict[str, str]:
    text = f"#Generated\ngroupId={group}\nartifactId={artifact}\nversion={version}\n"
    return {f"META-INF/maven/{group}/{artifact}/pom.properties": text}


INNER = zipped({**properties("org.example", "inner", "2.0"), "x.class": b"\xca\xfe"})
JAR = zipped({**properties("org.example", "outer", "1.0"), "BOOT-INF/lib/inner.jar": INNER})


def elf(sections: Mapping[bytes, bytes]) -> bytes:
    """A program with nothing but sections."""
    names = b"\0" + b"\0".join(sections) + b"\0.shstrtab\0"
    contents = [*sections.values(), names]
    offsets, at = [], 64
    for content in contents:
        offsets.append(at)
        at += len(content)
    rows = struct.pack("<IIQQQQIIQQ", 0, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    for name, content, offset in zip([*sections, b".shstrtab"], contents, offsets, strict=True):
        rows += struct.pack(
            "<IIQQQQIIQQ", names.index(b"\0" + name + b"\0") + 1, 1, 0, 0, offset, len(content), 0, 0, 1, 0
        )
    head = (
        b"\x7fELF\x02\x01\x01"
        + bytes(9)
        + struct.pack("<HHIQQQIHHHHHH", 2, 62, 1, 0, 0, at, 0, 64, 0, 0, 64, len(contents) + 1, len(contents))
    )
    return head + b"".join(contents) + rows


def pe(sections: Mapping[bytes, bytes]) -> bytes:
    table, at = b"", 64 + 24 + 40 * len(sections)
    for name, content in sections.items():
        table += struct.pack("<8sIIIIIIHHI", name, len(content), 0, len(content), at, 0, 0, 0, 0, 0)
        at += len(content)
    head = (
        b"MZ"
        + bytes(58)
        + struct.pack("<I", 64)
        + b"PE\0\0"
        + struct.pack("<HHIIIHH", 0x8664, len(sections), 0, 0, 0, 0, 0)
    )
    return head + table + b"".join(sections.values())


def macho(sections: Mapping[bytes, bytes]) -> bytes:
    at = 32 + 72 + 80 * len(sections)
    command = struct.pack(
        "<II16sQQQQIIII", 0x19, 72 + 80 * len(sections), b"__DATA", 0, 0, 0, 0, 0, 0, len(sections), 0
    )
    for name, content in sections.items():
        command += struct.pack("<16s16sQQIIIIIIII", name, b"__DATA", 0, len(content), at, 0, 0, 0, 0, 0, 0, 0)
        at += len(content)
    return (
        b"\xcf\xfa\xed\xfe"
        + struct.pack("<IIIIIII", 0x100000C, 0, 2, 1, len(command), 0, 0)
        + command
        + b"".join(sections.values())
    )


def varint(text: bytes) -> bytes:
    length, made = len(text), b""
    while length >= 0x80:
        made += bytes([length & 0x7F | 0x80])
        length >>= 7
    return made + bytes([length]) + text


MODULES = (
    "path\texample.invalid/app\nmod\texample.invalid/app\t(devel)\t\ndep\texample.invalid/lib\tv1.2.3\th1:AAAA=\n"
    "dep\texample.invalid/old\tv1.0.0\n=>\texample.invalid/fork\tv1.0.1\th1:BBBB=\nbuild\t-compiler=gc\n"
)
GO = (
    b"\xff Go buildinf:"
    + bytes([8, 2])
    + bytes(16)
    + varint(b"go1.22.3")
    + varint(bytes(16) + MODULES.encode() + bytes(16))
)
GO_PURLS = [
    "pkg:golang/example.invalid/app",
    "pkg:golang/example.invalid/fork@v1.0.1",
    "pkg:golang/example.invalid/lib@v1.2.3",
    "pkg:golang/stdlib@1.22.3",
]
AUDIT = zlib.compress(json.dumps({"packages": [
    {"name": "app", "version": "0.1.0", "source": "local", "root": True, "dependencies": [1]},
    {"name": "client", "version": "1.2.0", "source": CRATES},
    {"name": "builder", "version": "2.0.0", "source": CRATES, "kind": "build"},
    {"name": 3},
]}).encode())  # fmt: skip
RUST_PURLS = ["pkg:cargo/app@0.1.0", "pkg:cargo/builder@2.0.0", "pkg:cargo/client@1.2.0"]


def header(**fields: str | int) -> bytes:
    """A header of an rpm package."""
    tags = {"name": 1000, "version": 1001, "release": 1002, "epoch": 1003, "arch": 1022, "source": 1044}
    rows, data = b"", b""
    for name, value in fields.items():
        if isinstance(value, int):
            data += bytes(-len(data) % 4)
        rows += struct.pack(">IIII", tags[name], 4 if isinstance(value, int) else 6, len(data), 1)
        data += struct.pack(">I", value) if isinstance(value, int) else value.encode() + b"\0"
    return struct.pack(">II", len(fields), len(data)) + rows + data


HEADERS = [
    header(name="bash", version="5.2.15", release="3.el9", arch="x86_64", source="bash-5.2.15-3.el9.src.rpm"),
    header(
        name="perl-libs",
        version="5.32.1",
        release="481.el9",
        epoch=4,
        arch="x86_64",
        source="perl-5.32.1-481.el9.src.rpm",
    ),
    header(name="gpg-pubkey", version="1", release="2"),
]
RPM_PURLS = [
    "pkg:rpm/rocky/bash@5.2.15-3.el9?arch=x86_64&distro=rocky-9.3",
    "pkg:rpm/rocky/perl-libs@4:5.32.1-481.el9?arch=x86_64&distro=rocky-9.3&upstream=perl",
]
ROCKY = {"etc/os-release": 'NAME="Rocky Linux"\nID="rocky"\nVERSION_ID="9.3"\n'}


def rpm_sqlite(headers: list[bytes]) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x")
        connection = sqlite3.connect(path)
        connection.execute("CREATE TABLE Packages (hnum INTEGER PRIMARY KEY, blob BLOB NOT NULL)")
        connection.executemany("INSERT INTO Packages (blob) VALUES (?)", [(item,) for item in headers])
        connection.commit()
        connection.close()
        content = path.read_bytes()
    return content[:18] + b"\x02\x02" + content[20:]  # as rpm leaves it: in the mode of a write-ahead log


def rpm_ndb(headers: list[bytes]) -> bytes:
    slots, blobs, at = b"", b"", 4096
    for number, item in enumerate(headers, 1):
        blob = b"BlbS" + struct.pack("<III", number, 1, len(item)) + item
        blob += bytes(-len(blob) % 16)
        slots += b"Slot" + struct.pack("<III", number, (at + len(blobs)) // 16, len(blob) // 16)
        blobs += blob
    head = b"RpmP" + struct.pack("<IIII", 0, 1, 1, len(headers) + 1) + bytes(12)
    rest = (4096 - len(head) - len(slots)) // 16
    return head + slots + (b"Slot" + bytes(12)) * rest + blobs


def rpm_berkeley(headers: list[bytes], order: str = "<", page: int = 512) -> bytes:
    """A hash database of Berkeley DB: one page of pairs, then the pages of each header that is too long for it."""
    pairs = [(struct.pack(f"{order}I", number), item) for number, item in enumerate(headers, 1)]
    pairs.insert(0, (bytes(4), struct.pack(f"{order}I", len(headers))))
    entries, chains = [], []
    for key, value in pairs:
        entries.append(b"\x01" + key)
        if len(value) < 60:
            entries.append(b"\x01" + value)
            continue
        entries.append(struct.pack(f"{order}B3xII", 3, 2 + len(chains), len(value)))
        pieces = [value[at : at + page - 26] for at in range(0, len(value), page - 26)]
        for number, piece in enumerate(pieces, 1):
            following = 3 + len(chains) if number < len(pieces) else 0
            chains.append((berkeley_head(order, 7, following, 1, len(piece)) + piece).ljust(page, b"\0"))
    at, offsets, data = page, b"", b""
    for entry in entries:
        at, data = at - len(entry), entry + data
        offsets += struct.pack(f"{order}H", at)
    body = offsets + bytes(page - 26 - len(offsets) - len(data)) + data
    first = berkeley_head(order, 13, 0, len(entries), at) + body
    last = 1 + len(chains)
    meta = bytes(12) + struct.pack(f"{order}IIIBBBxII", 0x61561, 9, page, 0, 8, 0, 0, last)
    meta = meta.ljust(88, b"\0") + struct.pack(f"{order}I", len(pairs))
    return meta.ljust(page, b"\0") + first + b"".join(chains)


def berkeley_head(order: str, kind: int, following: int, entries: int, offset: int) -> bytes:
    """What a page of Berkeley DB begins with."""
    return bytes(16) + struct.pack(f"{order}IHHBB", following, entries, offset, 0, kind)


METADATA = "Metadata-Version: 2.1\nName: Example.Lib\nVersion: 1.2.0\nSummary: x\n\nName: decoy\n"
VENV = "lib/python3.12/site-packages"

SAMPLES = {
    "apk_installed": Sample(
        "lib/apk/db/installed",
        "C:Q1AAAA=\nP:musl\nV:1.2.5-r0\nA:x86_64\no:musl\nF:lib\n\nP:ssl_client\nV:1.36.1-r29\nA:x86_64\no:busybox\n\nP:\nV:1\n",
        [
            "pkg:apk/alpine/musl@1.2.5-r0?arch=x86_64&distro=alpine-3.20.1",
            "pkg:apk/alpine/ssl_client@1.36.1-r29?arch=x86_64&distro=alpine-3.20.1&upstream=busybox",
        ],
        {"etc/os-release": "ID=alpine\nVERSION_ID=3.20.1\n"},
    ),
    "browser_extension": Sample(
        f"Default/Extensions/{'abcdefgh' * 4}/1.2_0/manifest.json", '{"version": "1.2", "name": "x"}', [f"pkg:chrome-extension/{'abcdefgh' * 4}@1.2"]
    ),
    "composer_installed": Sample(
        "vendor/composer/installed.json",
        json.dumps({"packages": [
            {"name": "Vendor/Client", "version": "v1.2.0", "dist": {"type": "zip", "shasum": "0" * 40}},
            {"name": "vendor/near", "version": "dev-main", "dist": {"type": "path"}},
            {"name": 5},
        ], "dev-package-names": ["vendor/near"]}),
        ["pkg:composer/vendor/client@v1.2.0", "pkg:composer/vendor/near@dev-main"],
    ),
    "conda_environment": Sample(
        "env/conda-meta/client-1.2.0-py_0.json",
        json.dumps({"name": "client", "version": "1.2.0", "url": "https://u:p@conda.example/noarch/client.conda", "sha256": A, "md5": "b" * 32}),
        ["pkg:conda/client@1.2.0"],
    ),
    "dotnet_deps": Sample(
        "app/app.deps.json",
        json.dumps({"libraries": {
            "app/1.0.0": {"type": "project", "sha512": ""},
            "Client.Core/1.2.0": {"type": "package", "sha512": "sha512-" + "AQEB" * 21 + "AQ=="},
            "broken": 3,
        }}),
        ["pkg:nuget/Client.Core@1.2.0"],
    ),
    "dpkg_status": Sample(
        "var/lib/dpkg/status",
        "Package: libssl3\nStatus: install ok installed\nArchitecture: amd64\nSource: openssl (3.0.11-1)\nVersion: 3.0.11-1~deb12u2\n"
        "Description: x\n Package: decoy\n\nPackage: gone\nStatus: deinstall ok config-files\nVersion: 1\n\nStatus: install ok installed\n",
        ["pkg:deb/debian/libssl3@3.0.11-1~deb12u2?arch=amd64&distro=debian-12&upstream=openssl%403.0.11-1"],
        {"usr/lib/os-release": 'ID=debian\nVERSION_ID="12"\n'},
    ),
    "editor_extension": Sample(
        ".vscode/extensions/someone.thing-1.0.0/package.json",
        '{"name": "Thing", "publisher": "Someone", "version": "1.0.0", "engines": {"vscode": "^1.80"}}',
        ["pkg:vscode/someone/thing@1.0.0"],
    ),
    "editor_package": Sample(
        "thing.vsix",
        zipped({"extension/package.json": '{"name": "thing", "publisher": "someone", "version": "1.0.0"}', "x": "y"}),
        ["pkg:vscode/someone/thing@1.0.0"],
    ),
    "firefox_extension": Sample(
        "home/.mozilla/firefox/a1b2.default-release/extensions.json",
        json.dumps({"schemaVersion": 36, "addons": [
            {"id": "thing@example.invalid", "version": "1.2", "type": "extension", "location": "app-profile"},
            {"id": "part@example.invalid", "version": "9.0", "type": "extension", "location": "app-system-defaults"},
            {"id": "dark@example.invalid", "version": "9.0", "type": "theme", "location": "app-builtin"},
            {"version": 3},
        ]}),
        ["pkg:firefox-extension/thing%40example.invalid@1.2"],
    ),
    "go_vendor": Sample(
        "vendor/modules.txt",
        "# example.invalid/lib v1.2.3\n## explicit; go 1.20\nexample.invalid/lib/sub\n# example.invalid/old v1.0.0 => example.invalid/fork v1.0.1\n"
        "# example.invalid/near v0.0.0 => ../near\n## explicit\n# example.invalid/unused => example.invalid/never v1.0.0\n",
        [
            "pkg:golang/example.invalid/fork@v1.0.1",
            "pkg:golang/example.invalid/lib@v1.2.3",
            "pkg:golang/example.invalid/near@v0.0.0",
        ],
    ),
    "homebrew_receipt": Sample(
        "opt/homebrew/Cellar/tool/1.2.0_1/INSTALL_RECEIPT.json",
        '{"source": {"tap": "someone/tap"}, "installed_on_request": true}',
        ["pkg:brew/someone/tap/tool@1.2.0_1"],
    ),
    "java_archive": Sample("app.war", JAR, ["pkg:maven/org.example/inner@2.0", "pkg:maven/org.example/outer@1.0"]),
    "node_lock": Sample(
        "node_modules/.package-lock.json",
        json.dumps({"name": "app", "lockfileVersion": 3, "packages": {"node_modules/web": {"version": "4.1.0"}}}),
        ["pkg:npm/web@4.1.0"],
    ),
    "node_modules": Sample("node_modules/short/package.json", '{"name": "@scope/real", "version": "2.0.0"}', ["pkg:npm/%40scope/real@2.0.0"]),
    "program": Sample("tool.exe", elf({b".go.buildinfo": GO, b".dep-v0": AUDIT}), sorted([*GO_PURLS, *RUST_PURLS])),
    "python_distribution": Sample(
        f"{VENV}/Example_Lib-1.2.0.dist-info/METADATA",
        METADATA,
        ["pkg:pypi/example-lib@1.2.0?download_url=https://files.example/example.zip"],
        {
            f"{VENV}/Example_Lib-1.2.0.dist-info/direct_url.json": json.dumps({
                "url": "https://u:p@files.example/example.zip", "archive_info": {"hash": f"sha256={A}", "hashes": {"sha256": A}},
            }),
            f"{VENV}/Example_Lib-1.2.0.dist-info/REQUESTED": "",
        },
    ),
    "python_egg": Sample(f"{VENV}/example_lib-1.2.0-py3.12.egg-info/PKG-INFO", METADATA, ["pkg:pypi/example-lib@1.2.0"]),
    "r_library": Sample(
        "usr/lib/R/site-library/client/DESCRIPTION", "Package: client\nVersion: 1.2.0\nBuilt: R 4.4.0; ; 2026-01-01\n", ["pkg:cran/client@1.2.0"]
    ),
    "rpm_database": Sample("var/lib/rpm/rpmdb.sqlite", rpm_sqlite(HEADERS), RPM_PURLS, ROCKY),
    "ruby_specification": Sample(
        "gems/specifications/client-1.2.0-x86_64-linux.gemspec",
        'Gem::Specification.new do |s|\n  s.name = "client".freeze\n  s.version = "1.2.0"\n  s.platform = "x86_64-linux".freeze\n  s.name = "decoy"\nend\n',
        ["pkg:gem/client@1.2.0"],
    ),
    "wordpress_plugin": Sample(
        "wp-content/plugins/thing/main.php", "<?php\n/**\n * Plugin Name: A Thing\n * Version: 1.2\n */\nexec('x');\n", ["pkg:wordpress-plugin/thing@1.2"]
    ),
}  # fmt: skip
