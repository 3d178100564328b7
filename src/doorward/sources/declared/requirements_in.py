"""Requirements that pip-tools and uv compile: ``requirements.in``."""

from __future__ import annotations

from doorward.model.dependency import Inventory
from doorward.sources.manifests import requirements
from doorward.sources.manifests._entries import Read

NAME = "requirements.in"
FILES = ("requirements*.in", "*-requirements.in", "requirements/*.in")
TYPE = "pypi"


def parse(text: str, path: str, read: Read) -> Inventory:
    """Read the requirements, in the syntax of what is compiled from them."""
    return requirements.parse(text, path, read)
