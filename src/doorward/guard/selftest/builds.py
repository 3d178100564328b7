"""The helpers: compiled at run time from the sources beside this file, where there is a compiler."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from doorward.records import dataclass

_SOURCES = Path(__file__).parent
_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Tools:
    """What this machine has; None where it has not."""

    folder: Path
    dynamic: Path | None
    static: Path | None
    bare: Path | None
    shell: str | None
    curl: str | None
    python: str | None
    #: Why there are no helpers.
    reason: str = ""


def find_tools(folder: Path) -> Tools:
    """Compile the helpers into ``folder`` and look for the programs."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    dynamic = static = bare = None
    if compiler is not None:
        dynamic = _build(compiler, folder / "bypass", "bypass.c", "-pthread")
        static = _build(compiler, folder / "bypass-static", "bypass.c", "-pthread", "-static")
        bare = _build(compiler, folder / "bare", "bare.c", "-nostdlib", "-static")
    reason = "" if dynamic else "no compiler" if compiler is None else "the compiler fails"
    return Tools(folder, dynamic, static, bare, shutil.which("bash"), shutil.which("curl"), _python(), reason)


def _python() -> str | None:
    """Return an interpreter that this user may run: this one may lie in another user's home."""
    return sys.executable if os.access(Path(sys.executable).resolve(), os.X_OK) else shutil.which("python3")


def _build(compiler: str, target: Path, source: str, *flags: str) -> Path | None:
    command = [compiler, "-O1", "-w", "-o", str(target), str(_SOURCES / source), *flags]
    try:
        done = subprocess.run(command, capture_output=True, check=False, timeout=_SECONDS)  # noqa: S603 - our own source
    except (OSError, subprocess.TimeoutExpired):
        return None
    return target if done.returncode == 0 else None
