"""pip's requirements files."""

import pytest

from doorward.sources.manifests import format_of
from tests.manifests.build import COMMIT, A, B, by_name, parse, pins, reasons


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("requests==2.31.0\n", ["requests 2.31.0"]),
        ("requests == 2.31.0", ["requests 2.31.0"]),
        ("Zope.Interface===6.0", ["zope-interface 6.0"]),
        ("requests[socks,use_chardet]==2.31.0  # the client", ["requests 2.31.0"]),
        ("requests (==2.31.0)", ["requests 2.31.0"]),
        ("requests>=2,==2.31.0", ["requests 2.31.0"]),
        ('a==1 ; python_version < "3"\nb==2; sys_platform == "win32"', ["a 1", "b 2"]),
        ('a==1 ; python_version < "3.12"\na==2 ; python_version >= "3.12"', ["a 1", "a 2"]),
        ("a==1\na==1\nA==1", ["a 1"]),
        ("# only\n\n   # comments\n", []),
        ("a==1.0+cu118", ["a 1.0+cu118"]),
        ("a==1!2.0", ["a 1!2.0"]),
        ("a==\\\n1.0", ["a 1.0"]),
        ("a==1 # not continued \\\nb==2", ["a 1"]),
        ("# not continued \\\nb==2", ["b 2"]),
        ("a==1 \\", ["a 1"]),
        ("a==1\r\nb==2\r\n", ["a 1", "b 2"]),
    ],
)
def test_what_is_pinned(text: str, expected: list[str]) -> None:
    inventory = parse("requirements.txt", text)
    assert (pins(inventory), inventory.gaps) == (expected, ())


@pytest.mark.parametrize("text", ["requests", "requests>=2", "requests==2.*", "requests~=2.1", "requests!=2.0"])
def test_what_is_not_pinned_is_kept_with_a_gap(text: str) -> None:
    inventory = parse("requirements.txt", f"a==1\n{text}\n")
    assert pins(inventory) == ["a 1", "requests "]
    assert [(gap.reason, gap.entry, gap.line) for gap in inventory.gaps] == [("not pinned", "requests", 2)]


def test_digests_lines_and_paths() -> None:
    text = f"a==1 \\\n    --hash=sha256:{A} \\\n    --hash sha256:{B.upper()}\nb==2 --hash='sha256:{B}'\n"
    inventory = parse("app/requirements.txt", text)
    found = by_name(inventory)
    assert [str(digest) for digest in found["a"].digests] == [f"sha256:{A}", f"sha256:{B}"]
    assert (found["b"].path, found["b"].line) == ("app/requirements.txt", 4)
    assert [str(digest) for digest in found["b"].digests] == [f"sha256:{B}"]
    assert inventory.files == ("app/requirements.txt",)


def test_a_digest_that_is_none_is_a_gap_and_the_package_stays() -> None:
    inventory = parse("requirements.txt", f"a==1 --hash=sha256:zz --hash=sha256:{A} --hash=crc:00 --hash=bare")
    assert [str(digest) for digest in inventory.packages[0].digests] == [f"sha256:{A}"]
    assert reasons(inventory) == [
        ("a", "a sha256 digest that is not 64 hex digits"),
        ("a", "a digest of an unknown algorithm"),
        ("a", "a digest without an algorithm"),
    ]


@pytest.mark.parametrize(
    ("text", "name", "version", "source", "url", "commit"),
    [
        (
            f"lib @ git+https://git.example/o/lib.git@{COMMIT}",
            "lib",
            "",
            "git",
            "https://git.example/o/lib.git",
            COMMIT,
        ),
        (f"git+ssh://git@git.example/o/lib@{COMMIT}#egg=Lib", "lib", "", "git", "ssh://git.example/o/lib", COMMIT),
        (
            f"-e git+https://u:p@git.example/lib@{COMMIT}#egg=lib&subdirectory=x",
            "lib",
            "",
            "git",
            "https://git.example/lib",
            COMMIT,
        ),
        ("hg+https://hg.example/lib#egg=lib", "lib", "", "url", "https://hg.example/lib", ""),
        ("https://f.example/x/my_lib-1.2.tar.gz", "my-lib", "1.2", "url", "https://f.example/x/my_lib-1.2.tar.gz", ""),
        (
            "lib@https://u:p@f.example/lib-1.2-py3-none-any.whl ; python_version > '3'",
            "lib",
            "1.2",
            "url",
            "https://f.example/lib-1.2-py3-none-any.whl",
            "",
        ),
        (
            "lib @ https://${TOKEN}@f.example/archive/main.zip",
            "lib",
            "",
            "url",
            "https://f.example/archive/main.zip",
            "",
        ),
        ("./wheels/lib-1.2-py3-none-any.whl", "lib", "1.2", "path", "./wheels/lib-1.2-py3-none-any.whl", ""),
        ("file:///srv/lib-1.2.tar.gz", "lib", "1.2", "path", "/srv/lib-1.2.tar.gz", ""),
        ("lib @ ./lib", "lib", "", "path", "", ""),
    ],
)
def test_what_is_not_of_a_registry(text: str, name: str, version: str, source: str, url: str, commit: str) -> None:
    inventory = parse("requirements.txt", text)
    package = inventory.packages[0]
    assert (package.name, package.version, package.source) == (name, version, source)
    assert (package.url, package.commit) == (url, commit)
    assert inventory.gaps == ()


def test_a_url_brings_its_digest_and_file_name() -> None:
    inventory = parse("requirements.txt", f"https://f.example/lib-1.2.tar.gz#sha256={A}&egg=lib")
    digest = inventory.packages[0].digests[0]
    assert (str(digest), digest.filename) == (f"sha256:{A}", "lib-1.2.tar.gz")


def test_a_branch_is_no_pin() -> None:
    inventory = parse("requirements.txt", "lib @ git+https://git.example/lib@main")
    assert (inventory.packages[0].source, inventory.packages[0].commit) == ("git", "")
    assert reasons(inventory) == [("lib", "a git dependency that is not pinned to a commit")]


def test_local_projects_take_their_name_from_pyproject() -> None:
    files = {"pyproject.toml": '[project]\nname = "My.App"', "lib/pyproject.toml": '[tool.poetry]\nname = "lib"'}
    found = by_name(parse("requirements.txt", "-e .\n./lib[fast]\n", files))
    assert {name: package.source for name, package in found.items()} == {"my-app": "workspace", "lib": "path"}


@pytest.mark.parametrize(
    ("text", "entry", "reason"),
    [
        ("https://f.example/main.zip", "https://f.example/main.zip", "an address that does not name its package"),
        (
            "git+https://u:p@git.example/x",
            "git+https://git.example/x",
            "a repository address that does not name its package",
        ),
        ("lib @ gopher://f.example/x", "lib @ gopher://f.example/x", "an address of a kind that pip does not know"),
        ("a b c", "a b c", "not a requirement that pip could read"),
        ("-r https://f.example/r.txt", "-r https://f.example/r.txt", "an included file that is not local: not read"),
        ("-r", "-r", "an included file that is not local: not read"),
        ("-r ../up.txt", "-r ../up.txt", "an included file outside the scanned folder: not read"),
        ("-r /etc/passwd", "-r /etc/passwd", "an included file outside the scanned folder: not read"),
        ("-r gone.txt", "-r gone.txt", "an included file that is not there"),
        ("-r requirements.txt", "-r requirements.txt", "files that include each other"),
        ("--reqire x", "--reqire x", "an option that pip does not know: --reqire"),
        ("-x", "-x", "an option that pip does not know: -x"),
        ("a==1 --hash=sha256:'", "a==1 --hash=sha256:'", "an option that cannot be read: no closing quotation"),
    ],
)
def test_what_cannot_be_read_is_a_gap_and_costs_nothing_else(text: str, entry: str, reason: str) -> None:
    inventory = parse("requirements.txt", f"x==1\n{text}\ny==2\n")
    assert pins(inventory) == ["x 1", "y 2"]
    assert [(gap.entry, gap.reason, gap.line) for gap in inventory.gaps] == [(entry, reason, 2)]


def test_included_files_count_and_are_named() -> None:
    files = {"requirements/base.txt": "a==1\n-r more/x.txt\n", "requirements/more/x.txt": "b==2\n-r ../base.txt"}
    inventory = parse("requirements/dev.txt", "-r base.txt\n--requirement=more/x.txt\nc==3", files)
    found = by_name(inventory)
    assert {name: package.path for name, package in found.items()} == {
        "a": "requirements/base.txt",
        "b": "requirements/more/x.txt",
        "c": "requirements/dev.txt",
    }
    assert inventory.files == ("requirements/dev.txt", "requirements/base.txt", "requirements/more/x.txt")
    assert reasons(inventory) == [("-r ../base.txt", "files that include each other")]


def test_a_constraint_pins_and_does_not_add() -> None:
    files = {"limits.txt": f"a==1.5 --hash=sha256:{A}\nb==9\nc<3\n"}
    inventory = parse("requirements.txt", "-c limits.txt\na\nb==2\nc\n", files)
    assert pins(inventory) == ["a 1.5", "b 2", "c "]
    assert [str(digest) for digest in by_name(inventory)["a"].digests] == [f"sha256:{A}"]
    assert reasons(inventory) == [("c", "not pinned")]


def test_a_pin_elsewhere_in_the_file_settles_a_loose_mention() -> None:
    inventory = parse("requirements.txt", "-r base.txt\na>=1\n", {"base.txt": "a==1.5"})
    assert (pins(inventory), inventory.gaps) == (["a 1.5"], ())


def test_constraint_files_by_name_are_no_lock_files() -> None:
    assert format_of("requirements/constraints.txt") is None
    assert format_of("requirements/dev.txt") is not None
    assert format_of("dev-requirements.txt") is not None


@pytest.mark.parametrize(
    ("options", "indexes", "url"),
    [
        ("", (), ""),
        (
            "-i https://u:p@registry.example/simple",
            ("https://registry.example/simple",),
            "https://registry.example/simple",
        ),
        ("--index-url=https://registry.example/s", ("https://registry.example/s",), "https://registry.example/s"),
        ("--index https://registry.example/s", ("https://registry.example/s",), "https://registry.example/s"),
        (
            "-i https://registry.example/s\n--extra-index-url https://t:x@two.example/s",
            ("https://registry.example/s", "https://two.example/s"),
            "https://two.example/s",
        ),
        ("-f https://links.example/", ("https://links.example/",), "https://links.example/"),
        ("--no-index --pre --trusted-host x", (), ""),
    ],
)
def test_indexes_are_recorded_without_user_information(options: str, indexes: tuple[str, ...], url: str) -> None:
    inventory = parse("requirements.txt", f"{options}\na==1\n")
    assert (inventory.indexes, inventory.packages[0].url, inventory.gaps) == (indexes, url, ())


def test_comments_of_compilers_tell_the_way() -> None:
    text = (
        "anyio==4.0\n    # via\n    #   httpx\n    #   starlette\n"
        "certifi==1 ; sys_platform == 'x'\n    # via httpcore\n"
        "httpcore==1.0  # via httpx\n"
        "httpx==0.28\n    # via -r requirements.in\n"
        "starlette==1.0\n    # via app (pyproject.toml)\n"
        "other==1\n"
        "# The following packages are not shown:\n# pip\n"
    )
    found = by_name(parse("requirements.txt", text))
    assert found["anyio"].via == ("httpx 0.28",)
    assert found["certifi"].via == ("httpx 0.28", "httpcore 1.0")
    assert {name: package.direct for name, package in found.items()} == {
        "anyio": False,
        "certifi": False,
        "httpcore": False,
        "httpx": True,
        "starlette": True,
        "other": None,
    }
