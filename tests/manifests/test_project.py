"""Finding the lock files of a project, and reading them all."""

import os
import subprocess
from pathlib import Path

import pytest

from doorward.errors import ManifestError, UsageError
from doorward.sources.manifests import find_files, format_of, read_at, read_file, read_project
from tests.manifests.build import A, B, pins, reasons


@pytest.fixture(autouse=True)
def _own_git(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("HOME", str(tmp_path))


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def git(root: Path, *arguments: str) -> str:
    who = ("-c", "user.name=A", "-c", "user.email=a@b.invalid", "-c", "commit.gpgsign=false")
    done = subprocess.run(["git", *who, *arguments], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    return folder


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("uv.lock", "uv.lock"),
        ("a/b/uv.lock", "uv.lock"),
        ("tool.py.lock", "uv.lock"),
        ("requirements.txt", "requirements.txt"),
        ("x/requirements-dev.txt", "requirements.txt"),
        ("requirements/anything.txt", "requirements.txt"),
        ("x/requirements/dev.txt", "requirements.txt"),
        ("pylock.toml", "pylock.toml"),
        ("pylock.dev.toml", "pylock.toml"),
        ("npm-shrinkwrap.json", "package-lock.json"),
        ("x.lock", None),
        ("requirements", None),
        ("other/anything.txt", None),
        ("pylock.toml/readme", None),
        ("UV.LOCK", None),
        ("", None),
    ],
)
def test_formats_by_path(path: str, name: str | None) -> None:
    found = format_of(path)
    assert (found.NAME if found else None) == name


def test_without_git_every_lock_file_counts_but_vendored_ones(root: Path) -> None:
    names = ["uv.lock", "web/package-lock.json", "deep/er/requirements/x.txt"]
    vendored = ["node_modules/a/package-lock.json", "x/.venv/requirements.txt", "vendor/uv.lock", "dist/uv.lock"]
    write(root, dict.fromkeys([*names, *vendored, "readme.txt"], ""))
    (root / "loop").symlink_to(root)
    assert find_files(root) == sorted(names)


def test_with_git_what_is_tracked_counts(root: Path) -> None:
    write(root, dict.fromkeys(["uv.lock", "a b/poetry.lock", "ä\n/uv.lock", "vendor/uv.lock", "new/uv.lock"], ""))
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "rm", "-q", "--cached", "new/uv.lock")
    assert find_files(root) == ["a b/poetry.lock", "uv.lock", "ä\n/uv.lock"]
    assert find_files(root / "a b") == ["poetry.lock"]


@pytest.mark.parametrize(
    ("exclude", "left"),
    [
        ([], ["a/b/uv.lock", "a/uv.lock", "b/x/uv.lock", "uv.lock"]),
        (["a"], ["b/x/uv.lock", "uv.lock"]),
        (["b"], ["a/uv.lock", "uv.lock"]),
        (["./a/b/"], ["a/uv.lock", "b/x/uv.lock", "uv.lock"]),
        (["a/*"], ["b/x/uv.lock", "uv.lock"]),
        (["*.lock"], []),
        (["a/uv.lock", "x"], ["a/b/uv.lock", "uv.lock"]),
    ],
)
def test_exclusion(root: Path, exclude: list[str], left: list[str]) -> None:
    write(root, dict.fromkeys(["a/b/uv.lock", "a/uv.lock", "b/x/uv.lock", "uv.lock"], ""))
    assert find_files(root, exclude) == left


def test_workflows_are_read_on_request(root: Path) -> None:
    write(root, {".github/workflows/ci.yml": "- uses: a/b@v1\n", "requirements.txt": "a==1"})
    assert find_files(root) == ["requirements.txt"]
    assert pins(read_project(root)) == ["a 1"]
    assert find_files(root, everything=True) == [".github/workflows/ci.yml", "requirements.txt"]
    assert pins(read_project(root, everything=True)) == ["a 1", "a/b v1"]
    assert pins(read_file(root, ".github/workflows/ci.yml")) == ["a/b v1"]


@pytest.mark.parametrize("path", [".github/workflows/a.yml", "gradle/verification-metadata.xml"])
def test_the_folders_above_a_named_file_tell_its_format(root: Path, path: str) -> None:
    content = "      - uses: o/a@v1\n" if path.endswith("yml") else "<verification-metadata/>"
    write(root, {path: content})
    assert read_file((root / path).parent, Path(path).name).files


def test_no_setting_of_the_repository_runs_a_program(root: Path, tmp_path: Path) -> None:
    write(root, {"requirements.txt": "a==1"})
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-qm", "x")
    mark = tmp_path / "ran"
    trap = tmp_path / "trap.sh"
    trap.write_text(f"#!/bin/sh\necho inert > '{mark}'\n")
    trap.chmod(0o700)
    for key in ("core.fsmonitor", "core.pager", "core.sshCommand", "diff.external"):
        git(root, "config", key, str(trap))
    git(root, "config", "filter.x.smudge", str(trap))
    (root / ".gitattributes").write_text("* filter=x diff=x\n")
    git(root, "config", "diff.x.textconv", str(trap))
    assert not mark.exists()
    assert pins(read_project(root)) == ["a 1"]
    assert pins(read_at(root, "HEAD")) == ["a 1"]
    assert not mark.exists()


def test_each_purl_once_with_all_that_is_said_of_it(root: Path) -> None:
    write(
        root,
        {
            "a/requirements.txt": f"My.Lib==1 --hash=sha256:{A}\n",
            "b/requirements.txt": f"my-lib==1 --hash=sha256:{B} --hash=sha256:{A}\n    # via other\nother==2\n",
            "c/requirements.txt": "my_lib==2\nmy_lib @ https://f.example/my_lib-1.tar.gz",
        },
    )
    inventory = read_project(root)
    assert [str(p.purl) for p in inventory.packages] == [
        "pkg:pypi/my-lib@1",
        "pkg:pypi/other@2",
        "pkg:pypi/my-lib@2",
        "pkg:pypi/my-lib@1?download_url=https://f.example/my_lib-1.tar.gz",
    ]
    first = inventory.packages[0]
    assert (first.path, first.also_in) == ("a/requirements.txt", ("b/requirements.txt",))
    assert [str(digest) for digest in first.digests] == [f"sha256:{A}", f"sha256:{B}"]
    assert (first.direct, first.via) == (False, ("other 2",))
    assert inventory.files == ("a/requirements.txt", "b/requirements.txt", "c/requirements.txt")


def test_one_bad_file_costs_that_file(root: Path) -> None:
    write(root, {"poetry.lock": "[", "requirements.txt": "a==1", "uv.lock": "version = 'x'"})
    (root / "pylock.toml").write_bytes(b"\xff\x00")
    (root / "package-lock.json").symlink_to("gone")
    inventory = read_project(root)
    assert pins(inventory) == ["a 1"]
    assert sorted((gap.path, gap.reason.partition(":")[0]) for gap in inventory.gaps) == [
        ("package-lock.json", "not there"),
        ("poetry.lock", "not TOML"),
        ("pylock.toml", "not UTF-8"),
        ("uv.lock", "Expected `int`, got `str` - at `$.version`"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le"])
def test_encodings(root: Path, encoding: str) -> None:
    mark = "\ufeff" if encoding == "utf-16-le" else ""
    (root / "requirements.txt").write_bytes(f"{mark}a==1\r\nb==2 # größer\r\n".encode(encoding))
    assert pins(read_file(root, "requirements.txt")) == ["a 1", "b 2"]


def test_what_a_file_may_not_be(root: Path, tmp_path: Path) -> None:
    secret = tmp_path / "requirements.txt"
    secret.write_text("secret==1")
    (root / "requirements.txt").symlink_to(secret)
    os.mkfifo(root / "uv.lock")
    (root / "poetry.lock").mkdir()
    for name, reason in (
        ("requirements.txt", "leads out of the scanned folder"),
        ("../requirements.txt", "leads out of the scanned folder"),
        ("uv.lock", "not a regular file"),
        ("poetry.lock", "not a regular file"),
        ("pylock.toml", "not there"),
        ("other.txt", "not a lock file that doorward knows"),
    ):
        with pytest.raises(ManifestError) as error:
            read_file(root, name)
        assert str(error.value) == f"{name}: {reason}"


def test_a_file_that_is_too_large_is_not_read(root: Path) -> None:
    with (root / "uv.lock").open("wb") as file:
        file.truncate(256_000_001)
    with pytest.raises(ManifestError, match="larger than 256000000 bytes"):
        read_file(root, "uv.lock")


def test_included_files_stay_below_the_root(root: Path, tmp_path: Path) -> None:
    (tmp_path / "out.txt").write_text("secret==1")
    write(root, {"requirements.txt": "-r ../out.txt\n-r link.txt\n-r in/more.txt", "in/more.txt": "a==1\n-r ../x.txt"})
    write(root, {"x.txt": "b==2"})
    (root / "link.txt").symlink_to(tmp_path / "out.txt")
    inventory = read_project(root)
    assert pins(inventory) == ["a 1", "b 2"]
    assert reasons(inventory) == [
        ("-r ../out.txt", "an included file outside the scanned folder: not read"),
        ("-r link.txt", "an included file that cannot be read: link.txt: leads out of the scanned folder"),
    ]
    assert inventory.files == ("requirements.txt", "in/more.txt", "x.txt")


def test_a_link_within_the_root_is_followed(root: Path) -> None:
    write(root, {"deps/frozen": "a==1"})
    (root / "requirements.txt").symlink_to("deps/frozen")
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-qm", "x")
    assert pins(read_project(root)) == pins(read_at(root, "HEAD")) == ["a 1"]


@pytest.fixture
def history(root: Path) -> Path:
    """A repository whose first commit differs from its second and from the folder on disk."""
    write(root, {"requirements.txt": "-r base.txt\nb==1\n", "base.txt": "a==1", "sub/requirements.txt": "c==1"})
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-qm", "one")
    git(root, "tag", "v1")
    write(root, {"base.txt": "a==2", "node_modules/requirements.txt": "x==1", "sub/uv.lock": "version = 1\n"})
    git(root, "add", ".")
    git(root, "commit", "-qm", "two")
    write(root, {"base.txt": "a==3"})
    return root


def test_a_revision_is_read_as_it_stood(history: Path) -> None:
    assert pins(read_at(history, "v1")) == ["a 1", "b 1", "c 1"]
    assert pins(read_at(history, "HEAD~1")) == ["a 1", "b 1", "c 1"]
    assert pins(read_at(history, git(history, "rev-parse", "HEAD"))) == ["a 2", "b 1", "c 1"]
    assert pins(read_project(history)) == ["a 3", "b 1", "c 1"]
    assert pins(read_at(history / "sub", "v1")) == ["c 1"]
    assert read_at(history, "HEAD").files == (
        "requirements.txt",
        "base.txt",
        "sub/requirements.txt",
        "sub/uv.lock",
    )
    assert pins(read_at(history, "HEAD", ["sub"])) == ["a 2", "b 1"]


@pytest.mark.parametrize("revision", ["nosuch", "", "--all", "-n1", "HEAD^{tree}", "HEAD:base.txt", "a\0b", "v1..HEAD"])
def test_an_unknown_revision_is_a_usage_error(history: Path, revision: str) -> None:
    with pytest.raises(UsageError):
        read_at(history, revision)


def test_no_repository_no_revision(root: Path) -> None:
    with pytest.raises(UsageError, match="not in a git repository"):
        read_at(root, "HEAD")


def test_links_of_a_revision_stay_in_it(root: Path, tmp_path: Path) -> None:
    (tmp_path / "out.txt").write_text("secret==1")
    (root / "requirements.txt").symlink_to(tmp_path / "out.txt")
    (root / "pylock.toml").symlink_to("pylock.a.toml")
    (root / "pylock.a.toml").symlink_to("pylock.toml")
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-qm", "x")
    inventory = read_at(root, "HEAD")
    assert inventory.packages == ()
    assert sorted((gap.path, gap.reason) for gap in inventory.gaps) == [
        ("pylock.a.toml", "links that lead to each other"),
        ("pylock.toml", "links that lead to each other"),
        ("requirements.txt", "not there"),
    ]


def test_a_root_that_is_no_folder(root: Path) -> None:
    with pytest.raises(ManifestError, match="not a folder"):
        read_project(root / "gone")
