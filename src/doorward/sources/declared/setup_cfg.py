"""What a Python project declares in ``setup.cfg``."""

from __future__ import annotations

import configparser

from doorward.errors import ManifestError
from doorward.model.dependency import Inventory
from doorward.sources.declared._python import take
from doorward.sources.manifests._entries import Entries, Read

NAME = "setup.cfg"
FILES = ("setup.cfg",)
TYPE = "pypi"


def parse(text: str, path: str, read: Read) -> Inventory:  # noqa: ARG001 - it stands alone
    """Read a ``setup.cfg``; raise ManifestError where it is none."""
    reader = configparser.RawConfigParser(strict=False)
    try:
        reader.read_string(text)
    except (configparser.Error, ValueError) as error:
        raise ManifestError(f"{path}: {' '.join(str(error).split())}") from error
    entries = Entries(path)
    take(entries, _lines(reader.get("options", "install_requires", fallback="")), ())
    take(entries, _lines(reader.get("options", "setup_requires", fallback="")), ("build",))
    if reader.has_section("options.extras_require"):
        for extra, value in reader.items("options.extras_require"):
            take(entries, _lines(value), (f"extra:{extra}",))
    return entries.inventory()


def _lines(value: str | None) -> list[str]:
    """Return the requirements of a value: one a line, or parted by semicolons outside of markers."""
    lines = (line.partition(" #")[0].strip() for line in (value or "").splitlines())
    return [line for line in lines if line and not line.startswith(("#", "file:"))]
