"""A user's folder that is no place for a store: judging goes on, and says that nothing is remembered."""

import os
from pathlib import Path

import pytest

from doorward.cli import main
from doorward.engine.session import Wanted, session
from doorward.errors import NoStorePlace
from doorward.model.places import home_folder


@pytest.fixture
def homeless(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user whose home is a file, in a project with one dependency."""
    home = tmp_path / "home"
    home.write_text("")
    for name in ("DOORWARD_HOME", "XDG_DATA_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(home))
    project = tmp_path / "project"
    project.mkdir()
    (project / "requirements.txt").write_text("example-lib==1.2.3\n")
    monkeypatch.chdir(project)
    return project


@pytest.mark.parametrize(
    "arguments",
    [
        ("scan", "--offline", "."),
        ("scan", "--offline", "--format", "json", "."),
        ("diff", "--offline", "pkg:pypi/example-lib@1", "pkg:pypi/example-lib@2"),
    ],
)
def test_judging_goes_on_and_one_line_says_so(
    homeless: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    assert main(arguments) == 3
    told = capsys.readouterr()
    (line,) = told.err.splitlines()
    assert line.startswith("doorward: the store ")
    assert "nothing of it is kept" in line
    assert "evaluated" in told.out
    assert homeless.parent.joinpath("home").read_text() == ""


@pytest.mark.parametrize("arguments", [("inventory", "."), ("explain", "coverage")])
def test_what_needs_no_store_says_nothing_of_it(
    homeless: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    assert main(arguments) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("arguments", [("exposed", "pkg:pypi/example-lib@1"), ("intel", "import", "requirements.txt")])
def test_what_is_about_the_store_fails_without_one(
    homeless: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    assert main(arguments) == 4
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_folder_that_the_user_names_is_meant(
    homeless: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DOORWARD_HOME", str(homeless / "requirements.txt"))
    assert main(("scan", "--offline", ".")) == 4
    assert "cannot be opened" in capsys.readouterr().err


@pytest.mark.usefixtures("homeless")
def test_the_library_raises_where_nobody_would_hear_the_warning() -> None:
    with pytest.raises(NoStorePlace), session(Wanted()):
        pass


@pytest.mark.usefixtures("homeless")
def test_the_temporary_store_is_gone_afterwards() -> None:
    heard: list[str] = []
    with session(Wanted(warn=heard.append)) as context:
        folder = context.store.folder
        assert folder.is_dir()
    assert not folder.exists()
    assert len(heard) == 1


def test_the_users_folder() -> None:
    assert home_folder({"HOME": "/somewhere"}) == Path("/somewhere")
    assert home_folder({}) in {Path("~").expanduser(), Path(os.devnull)}
