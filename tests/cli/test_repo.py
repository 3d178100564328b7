"""``doorward repo`` on made repositories."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

import doorward.outputs
from tests.conftest import Ran

Doorward = Callable[..., Ran]
SCHEMA = json.loads((Path(doorward.outputs.__file__).parent / "report.schema.json").read_text())


def commit(folder: Path, name: str, day: str, message: str = "work") -> None:
    identity = {
        f"GIT_{role}_{key}": value
        for role in ("AUTHOR", "COMMITTER")
        for key, value in (("NAME", name), ("EMAIL", f"{name.lower()}@mail.invalid"), ("DATE", f"{day}T12:00:00+0000"))
    }
    subprocess.run(
        ["git", "commit", "-q", "--allow-empty", "-m", message],
        cwd=folder,
        check=True,
        env={"PATH": "/usr/bin:/bin", **identity},
    )


@pytest.fixture
def repository(project: Path) -> Path:
    """Two founders for two years, then a stranger who integrates by himself."""
    folder = project / "library"
    folder.mkdir()
    subprocess.run(["git", "init", "-q", "-b", "main"], cwd=folder, check=True)
    for year in (2022, 2023, 2024):
        for month in range(1, 13):
            commit(folder, "Alice" if month % 2 else "Bob", f"{year}-{month:02}-01")
    return folder


def test_a_stranger_who_integrates_is_seen(repository: Path, doorward: Doorward) -> None:
    commit(repository, "Mallory", "2025-01-15")
    ran = doorward("repo", str(repository), "--all", "--format", "json")
    assert ran.code == 0, ran.err
    assert "repository/new-integrator" in ran.rules
    assert ran.json["verdict"] == "warn"
    assert all(subject["subject"].startswith("git+file://") for subject in ran.json["subjects"])


def test_the_summary_counts_commits_and_not_packages(repository: Path, doorward: Doorward) -> None:
    ran = doorward("repo", str(repository), "--all")
    assert ran.out.splitlines()[-1].startswith("CLEAN  23 commits, 0 tags: ")
    assert "package" not in ran.out


def test_a_history_that_is_all_learning_time_is_not_clean(project: Path, doorward: Doorward) -> None:
    folder = project / "young"
    folder.mkdir()
    subprocess.run(["git", "init", "-q", "-b", "main"], cwd=folder, check=True)
    commit(folder, "Alice", "2025-01-01")
    ran = doorward("repo", str(folder), "--all")
    assert ran.code == 3
    assert "learning time" in ran.out
    assert ran.out.splitlines()[-1].startswith("NOT EVALUATED")


def test_a_policy_in_the_inspected_repository_is_not_believed(
    repository: Path, doorward: Doorward, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(repository, "Mallory", "2025-01-15")
    (repository / "doorward.toml").write_text('[rules."repository/new-integrator"]\nstrength = "context"\n')
    monkeypatch.chdir(repository)
    assert doorward("repo", ".", "--all", "--format", "json").json["verdict"] == "warn"


def test_what_is_no_repository_is_not_evaluated(project: Path, doorward: Doorward) -> None:
    ran = doorward("repo", "nowhere")
    assert ran.code in {2, 3}
    assert ran.err.count("\n") == 1


def test_a_replay_tells_what_would_have_been_said_when(repository: Path, doorward: Doorward) -> None:
    commit(repository, "Mallory", "2025-01-15")
    ran = doorward("repo", str(repository), "--replay")
    assert "2025-01-15  HOLD  git+file://" in ran.out
    assert "1 alert, 2025-01-15 to 2025-01-15" in ran.out
    told = doorward("repo", str(repository), "--replay", "--format", "json").json
    (alert,) = told["alerts"]
    assert (alert["time"][:10], alert["verdict"], alert["joins"]) == ("2025-01-15", "hold", None)
    assert {finding["rule"] for finding in alert["findings"]} == {"repository/new-integrator"}
    jsonschema.validate(told, SCHEMA)
    early = doorward("repo", str(repository), "--replay", "--as-of", "2025-01-14")
    assert "No day of this history would have given an alert." in early.out


def test_keys_are_written_once_for_review_and_the_file_is_kept(repository: Path, doorward: Doorward) -> None:
    ran = doorward("repo", str(repository), "--all", "--write-keys", "library.keys")
    assert ran.code == 0, ran.err
    head = Path("library.keys").read_text()
    assert head.startswith("# doorward keys 1: seen to sign in git+file://")
    assert doorward("repo", str(repository), "--all", "--write-keys", "library.keys").code == 0
    assert Path("library.keys").read_text() == head
    Path("notes").write_text("mine")
    refused = doorward("repo", str(repository), "--all", "--write-keys", "notes")
    assert (refused.code, Path("notes").read_text()) == (2, "mine")


def test_critical_counts_a_newcomer_whom_nobody_else_alarms(repository: Path, doorward: Doorward) -> None:
    commit(repository, "Mallory", "2025-01-15")
    plain = doorward("repo", str(repository), "--all", "--format", "json")
    assert "repository/new-contributor" not in plain.rules
    assert (
        "repository/new-contributor"
        in doorward("repo", str(repository), "--all", "--critical", "--format", "json").rules
    )
    Path("doorward.toml").write_text(f'[repository]\ncritical = ["file://{repository.parent}/*"]\n')
    assert "repository/new-contributor" in doorward("repo", str(repository), "--all", "--format", "json").rules


def test_the_allowed_signers_of_the_users_own_git_are_at_hand(repository: Path, doorward: Doorward) -> None:
    home = Path(os.environ["HOME"])
    (home / "signers").write_text("alice@example.org no-key-at-all\n")
    (home / ".gitconfig").write_text('[gpg "ssh"]\nallowedSignersFile = ~/signers\n')
    ran = doorward("repo", str(repository), "--all")
    assert "signers, line 1: no key" in ran.out
    (home / ".gitconfig").write_text('[gpg "ssh"]\nallowedSignersFile = ~/gone\n')
    assert doorward("repo", str(repository), "--all").code == 0
    (repository / ".git" / "config").write_text(f'[gpg "ssh"]\nallowedSignersFile = {home}/signers\n')
    (home / ".gitconfig").unlink()
    assert "signers, line 1" not in doorward("repo", str(repository), "--all").out
