"""The whole analysis: what kind, what is kept, what is said to be unread, and no other errors than those promised."""

import base64
import gzip
import hashlib
import io
import json
import random
import tarfile
import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from doorward.errors import ArchiveError, ArchiveTooLarge, DamagedArchive, NotAnArchive
from doorward.model.content import ArtifactContent
from doorward.sources.content import ANALYSER, analyse, forget
from doorward.sources.content.memory import Memory
from tests.archives.made import Raw, tar_block, tar_of, zip_by_hand, zip_of
from tests.content.made import LIMITS, METADATA, as_bytes, hook, npm, sdist, tar_with_links, wheel, wheel_bytes

PKG_INFO = b"Name: example-lib\nVersion: 1.2.3\n"


def kinds(content: ArtifactContent) -> set[str]:
    return {anomaly.kind for anomaly in content.anomalies}


def test_members_carry_their_digests() -> None:
    data = b"print('hello')\n"
    (member,) = [one for one in wheel({"example_lib.py": data}).members if one.path == "example_lib.py"]
    assert (member.size, member.format) == (len(data), "text")
    assert (member.sha256, member.sha1, member.md5) == (hashlib.sha256(data).digest(), b"", b"")


@pytest.mark.parametrize("size", [10, 100_000, 70 << 20])
@pytest.mark.parametrize("again", [False, True])
def test_members_carry_weak_digests_where_these_are_wanted(size: int, again: bool) -> None:
    data = b"\0" * size
    archive = tar_of({"p/PKG-INFO": PKG_INFO, "p/a.bin": data}, "w:gz")
    limits = replace(LIMITS, weak_digests=True, ratio=10_000)
    forget()
    for _ in range(2 if again else 1):
        content = analyse(archive, "p-1.tar.gz", limits)
    member = content.members[-1]
    assert (member.sha1, member.md5) == (hashlib.sha1(data).digest(), hashlib.md5(data).digest())


@pytest.mark.parametrize("size", [10, 1_000_000])
def test_the_artifact_has_digests_of_its_own(size: int) -> None:
    noise = random.Random(1).randbytes(size)
    data = wheel_bytes({"a.bin": noise})
    content = analyse(data, "a-1-py3-none-any.whl", LIMITS)
    assert content.size == len(data)
    assert content.digests == (
        f"sha256:{hashlib.sha256(data).hexdigest()}",
        f"sha512:{hashlib.sha512(data).hexdigest()}",
        f"sha1:{hashlib.sha1(data).hexdigest()}",
        f"md5:{hashlib.md5(data).hexdigest()}",
        f"blake2b_256:{hashlib.blake2b(data, digest_size=32).hexdigest()}",
    )


def test_every_source_gives_the_same(tmp_path: Path) -> None:
    data = wheel_bytes({"a.py": "import socket\n", "b.bin": random.Random(2).randbytes(400_000)})
    path = tmp_path / "a-1-py3-none-any.whl"
    path.write_bytes(data)
    expected = analyse(data, path.name, LIMITS)
    assert analyse(path, path.name, LIMITS) == expected
    assert analyse(path, path.name, replace(LIMITS, spool_bytes=1000)) == expected
    assert analyse(io.BytesIO(data), path.name, LIMITS) == expected
    with tempfile.SpooledTemporaryFile(max_size=1000) as spool:
        spool.write(data)
        assert analyse(spool, path.name, replace(LIMITS, spool_bytes=1000)) == expected


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (zip_of({"a.py": b""}), "a-1-py3-none-any.whl", "wheel"),
        (zip_of({"a-1.dist-info/METADATA": b"Name: a\n"}), "upload", "wheel"),
        (zip_of({"a-1/setup.py": b""}), "a-1.zip", "sdist"),
        (tar_of({"a-1/PKG-INFO": PKG_INFO}), "a-1.tar.gz", "sdist"),
        (tar_of({"a-1/PKG-INFO": PKG_INFO, "a-1/package.json": b"{}"}), "a-1.tar.gz", "sdist"),
        (tar_of({"package/package.json": b"{}", "package/setup.py": b""}), "a-1.tgz", "npm"),
        (tar_of({"package/package.json": b"{}"}), "upload", "npm"),
        (tar_of({"./a-1/PKG-INFO": PKG_INFO}), "a-1.tar.gz", "sdist"),
        (tar_of({"a-1/setup.py": b""}), "a-1.tgz", "sdist"),
        (tar_of({"a/x": b""}), "a-1.tgz", "npm"),
    ],
)
def test_the_kind(data: bytes, name: str, kind: str) -> None:
    assert analyse(data, name, LIMITS).kind == kind


def test_a_leading_dot_folder_is_no_part_of_paths() -> None:
    content = analyse(tar_of({"./a-1/PKG-INFO": PKG_INFO, "./a-1/b.py": b""}), "a-1.tar.gz", LIMITS)
    assert [member.path for member in content.members] == ["PKG-INFO", "b.py"]
    assert content.anomalies == ()


def test_anomalies_of_names_stand_below_the_root() -> None:
    files = {"p/../../evil": b"1", "p/A.py": b"", "p/a.py": b"", "p/PKG-INFO": PKG_INFO}
    content = analyse(tar_of(files), "p-1.tar.gz", LIMITS)
    assert kinds(content) == {"path-escape", "case-collision"}
    assert "../../evil" in [member.path for member in content.members]


def test_duplicates_are_both_kept_and_the_last_counts() -> None:
    first, last = b'{"name": "decoy"}', b'{"name": "real", "scripts": {"install": "node x.js"}}'
    data = tar_block(b"package/package.json", first) + tar_block(b"package/package.json", last) + bytes(1024)
    content = analyse(gzip.compress(data), "a-1.tgz", LIMITS)
    assert [member.size for member in content.members] == [len(first), len(last)]
    assert kinds(content) == {"duplicate-entry"}
    assert (content.name, hook(content, "npm:install").value) == ("real", "node x.js")


def test_links_and_devices() -> None:
    links = {
        "p/out": (tarfile.SYMTYPE, "../../etc/passwd"),
        "p/in": (tarfile.SYMTYPE, "PKG-INFO"),
        "p/hard": (tarfile.LNKTYPE, "p/PKG-INFO"),
        "p/lost": (tarfile.LNKTYPE, "p/nothing"),
        "p/fifo": (tarfile.FIFOTYPE, ""),
    }
    content = analyse(tar_with_links({"p/PKG-INFO": PKG_INFO}, links), "p-1.tar.gz", LIMITS)
    members = {member.path: member for member in content.members}
    assert members["out"].format == members["in"].format == "link"
    assert members["out"].sha256 == hashlib.sha256(b"../../etc/passwd").digest()
    assert members["hard"].sha256 == members["PKG-INFO"].sha256
    assert kinds(content) == {"link-out", "hard-link", "device"}
    assert content.unread == ("p/lost is a hard link to p/nothing, which is no earlier entry",)


def test_endpoints_and_raw_addresses() -> None:
    content = npm({}, {"a.js": "fetch('http://192.0.2.7/x')\n", "b.md": "http://192.0.2.8/ https://b.example/"})
    assert {(one.name, one.where) for one in content.capabilities} == {("network", "a.js:1"), ("raw-ip-url", "a.js:1")}
    assert content.endpoints[:3] == ("192.0.2.7", "192.0.2.8", "b.example")
    assert "https://b.example/" in content.endpoints


def test_bare_addresses_count_where_the_network_is_used() -> None:
    code = "import socket\nsocket.create_connection(('192.0.2.7', 4444))\n"
    assert wheel({"a.py": code}).endpoints == ("192.0.2.7",)
    assert wheel({"a.py": code.replace("import socket", "")}).endpoints == ()


def test_opaque_files() -> None:
    content = wheel(
        {
            "a.py": "x = 1" + " " * 200 + "; evil()\n",
            "b.txt": random.Random(3).randbytes(5000),
            "c.py": "x = '" + "QUJD" * 1000 + "'\n",
        }
    )
    members = {member.path: (member.opaque, member.longest_line) for member in content.members}
    assert members["a.py"] == (("off-screen",), 0)
    assert members["b.txt"] == (("high-entropy",), 0)
    assert members["c.py"] == (("base64-run",), 4006)


def test_code_that_is_too_large_to_look_at_is_unread() -> None:
    line = b"value = 1  # a line of code that goes on\n"
    code = line * ((65 << 20) // len(line))
    content = analyse(tar_of({"p/PKG-INFO": PKG_INFO, "p/big.py": code}, "w"), "p-1.tar", LIMITS)
    assert "p/big.py" in content.unread[0]
    assert content.members[-1].sha256 == hashlib.sha256(code).digest()


def test_large_data_is_hashed_and_not_unread() -> None:
    data = bytes(range(256)) * 4096 * 65
    content = analyse(tar_of({"p/PKG-INFO": PKG_INFO, "p/big.bin": data}, "w"), "p-1.tar", LIMITS)
    assert content.unread == ()
    assert content.members[-1].sha256 == hashlib.sha256(data).digest()


def test_an_encrypted_member_is_unread() -> None:
    data = zip_by_hand(Raw(b"a.py", b"x", flags=1), Raw(b"b.py", b"y"))
    assert analyse(data, "a-1-py3-none-any.whl", LIMITS).unread[0] == "a.py is encrypted"


def test_a_pth_that_is_no_text_is_unread() -> None:
    assert "lib.pth" in wheel({"a.py": "", "lib.pth": b"import os\n" + b"#" * (2 << 20)}).unread[0]


def test_anomalies_have_a_cap() -> None:
    data = zip_by_hand(*(Raw(b"%d" % number, b"x", before=b"!") for number in range(1200)))
    assert len(analyse(data, "a-1-py3-none-any.whl", LIMITS).anomalies) == 1000


def test_the_memory_changes_nothing() -> None:
    data = wheel_bytes({"a.py": "import socket\n", "b.js": "fetch('https://c.example')\n", "b.txt": "fetch('x')\n"})
    forget()
    first = analyse(data, "a-1-py3-none-any.whl", LIMITS)
    assert analyse(data, "a-1-py3-none-any.whl", LIMITS) == first
    forget()
    assert analyse(data, "a-1-py3-none-any.whl", LIMITS) == first


def test_equal_bytes_under_another_extension_are_other_facts() -> None:
    content = wheel(
        {"a.py": "import socket\n", "a.txt": "import socket\n", "a.ts": "fetch(x)\n", "b.d.ts": "fetch(x)\n"}
    )
    assert [one.where for one in content.capabilities] == ["a.py:1", "a.ts:1"]


def test_the_memory_forgets_the_oldest() -> None:
    memory: Memory[int, int] = Memory(4)
    for number in range(10):
        memory.keep(number, number)
    assert memory.recall(0) is None
    assert memory.recall(9) == 9


def test_the_analyser_has_a_version() -> None:
    assert ANALYSER.isascii()
    assert ANALYSER


@pytest.mark.parametrize(
    ("data", "error"), [(b"", NotAnArchive), (b"hello", NotAnArchive), (wheel_bytes({})[:-30], DamagedArchive)]
)
def test_errors(data: bytes, error: type[ArchiveError]) -> None:
    with pytest.raises(error):
        analyse(data, "a-1-py3-none-any.whl", LIMITS)


def test_caps_are_errors() -> None:
    with pytest.raises(ArchiveTooLarge):
        analyse(wheel_bytes({"a": b"x" * 1000}), "a.whl", replace(LIMITS, entry_bytes=100))


SCRIPT = "import socket, os\nexec(__import__('base64').b64decode('cHJpbnQoMSk='))\n"
GOOD = {
    "a-1-py3-none-any.whl": wheel_bytes(
        {"a/__init__.py": SCRIPT, "x.pth": "import a\n"}, metadata=METADATA + "Requires-Dist: b\n"
    ),
    "a-1.tar.gz": tar_of(
        {
            "a-1/PKG-INFO": PKG_INFO,
            "a-1/setup.py": SCRIPT.encode(),
            "a-1/pyproject.toml": b"[build-system]\nrequires=['x']\n",
        }
    ),
    "a-1.tgz": tar_of(
        {
            "package/package.json": b'{"scripts": {"install": "node x.js"}, "dependencies": {"a": "1"}}',
            "package/x.js": b"eval(1)",
        }
    ),
}


@pytest.mark.parametrize("name", GOOD)
@settings(max_examples=30, suppress_health_check=[HealthCheck.differing_executors, HealthCheck.too_slow])
@given(seed=st.integers(0, 2**32))
def test_flipped_bits_raise_nothing_else(name: str, seed: int) -> None:
    source = random.Random(seed)
    data = bytearray(GOOD[name])
    for _ in range(source.randrange(1, 5)):
        data[source.randrange(len(data))] ^= 1 << source.randrange(8)
    with suppress(ArchiveError):
        analyse(bytes(data), name, LIMITS)


@pytest.mark.parametrize("name", GOOD)
def test_truncations_raise_nothing_else(name: str) -> None:
    for cut in range(0, len(GOOD[name]), 7):
        with pytest.raises(ArchiveError):
            analyse(GOOD[name][:cut], name, LIMITS)


TEXTS = st.one_of(st.binary(max_size=300), st.text(max_size=200).map(str.encode))
PATHS = st.sampled_from([
    "package.json", "binding.gyp", "setup.py", "setup.cfg", "pyproject.toml", "PKG-INFO", "a.egg-info/requires.txt", "x.js",
    ".vscode/tasks.json", ".claude/settings.json", "index.js", "run.sh", "a/__init__.py",
])  # fmt: skip


@given(st.dictionaries(PATHS, TEXTS, max_size=6), st.sampled_from(["a-1.tar.gz", "a-1.tgz"]))
def test_any_manifest_has_an_answer(files: dict[str, bytes], name: str) -> None:
    files = {**files, "setup.py": files.get("setup.py", b"import a\n")}
    content = analyse(tar_of({f"package/{path}": data for path, data in files.items()}), name, LIMITS)
    assert len(content.members) == len(files)


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=20)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=8), inner, max_size=3)),
    max_leaves=8,
)
KEYS = st.sampled_from([
    "name", "version", "main", "exports", "scripts", "dependencies", "optionalDependencies", "peerDependencies",
    "bundledDependencies", "repository", "browser",
])  # fmt: skip


@given(st.dictionaries(KEYS, JSON, max_size=6))
def test_any_json_is_a_manifest(manifest: dict) -> None:
    content = npm(json.dumps(manifest).encode(), {"x.js": ""})
    assert all(reason.partition(" ")[0] in {"package.json", *manifest} for reason in content.unread)


@given(st.text(max_size=120))
def test_any_command_is_followed(command: str) -> None:
    content = npm({"scripts": {"install": command, "x": command}}, {"x.js": "require('./x')", "a/b.sh": ""})
    assert len(content.hooks) == (1 if command.strip() else 0)


@given(st.binary(max_size=200))
def test_any_wheel_metadata_has_an_answer(data: bytes) -> None:
    info = "example_lib-1.2.3.dist-info/"
    files = {
        "x.pth": b"import " + data,
        info + "entry_points.txt": data,
        info + "METADATA": data,
        info + "RECORD": data,
    }
    content = analyse(zip_of(as_bytes(files)), "example_lib-1.2.3-py3-none-any.whl", LIMITS)
    assert content.kind == "wheel"


def test_base64_of_the_fixture_is_inert() -> None:
    assert base64.b64decode("cHJpbnQoMSk=") == b"print(1)"
    assert sdist({"PKG-INFO": PKG_INFO}).name == "example-lib"
