from __future__ import annotations

import os
from pathlib import Path

from doorward.guard.attribution.distributions import Distribution, Distributions


def install(site: Path, name: str, version: str, *files: str) -> None:
    for old in site.glob(f"{name}-*.dist-info"):
        (old / "RECORD").unlink()
        old.rmdir()
    info = site / f"{name}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "RECORD").write_text("".join(f"{file},,\n" for file in files))
    # Two changes may fall into one tick of the file system's clock.
    later = site.stat().st_mtime_ns + 1_000_000
    os.utime(site, ns=(later, later))


def test_what_is_installed_while_a_command_runs_is_found(tmp_path: Path) -> None:
    site = tmp_path / "site-packages"
    known = Distributions()
    install(site, "first", "1.0", "first.py")
    assert known.owner(f"{site}/first.py") == Distribution("pypi", "first", "1.0")
    assert known.owner(f"{site}/second.py") is None
    install(site, "second", "2.0", "second.py", "both.py")
    assert known.owner(f"{site}/second.py") == Distribution("pypi", "second", "2.0")
    install(site, "second", "3.0", "second.py", "both.py")
    assert known.owner(f"{site}/both.py") == Distribution("pypi", "second", "3.0")


def test_a_file_that_nobody_lists_has_no_owner(tmp_path: Path) -> None:
    site = tmp_path / "site-packages"
    install(site, "first", "1.0", "first.py")
    known = Distributions()
    assert [known.owner(f"{site}/dropped.py") for _ in range(2)] == [None, None]
    assert known.owner(f"{tmp_path}/nowhere/site-packages/x.py") is None
    assert known.owner("/usr/lib/python3/os.py") is None
