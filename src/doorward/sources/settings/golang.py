"""Go's settings: GOPROXY of the environment, else of the file that ``go env -w`` writes.

Source: the Go modules reference, "Environment variables", and ``go help env``.
"""

from __future__ import annotations

import re
from pathlib import Path

from doorward.sources.settings._draft import Draft, public_base

TYPE = "golang"


def read(draft: Draft) -> None:
    """Add Go's module proxies to ``draft``."""
    written = _written(draft)
    origin = "GOPROXY" if draft.environ.get("GOPROXY") else "go env"
    value = draft.environ.get("GOPROXY") or written.get("GOPROXY", "")
    if not value:
        base = public_base("pkg:golang/example.org/probe@v1.0.0", "example.org/")
        if base is not None:
            draft.add(base, origin="default")
    for entry in filter(None, (part.strip() for part in re.split(r"[,|]", value))):
        if entry == "off":
            draft.notices.append(f"{origin} turns the download of Go modules off")
            break
        if entry == "direct":
            draft.notices.append(
                f"{origin} lets Go fetch modules from their repositories, where doorward does not look"
            )
        else:
            draft.add(entry, origin=origin)
    private = draft.environ.get("GONOPROXY") or draft.environ.get("GOPRIVATE") or written.get("GOPRIVATE", "")
    if private:
        draft.notices.append("Go fetches some modules past its proxies (GOPRIVATE or GONOPROXY)")
    draft.use_netrc()


def _written(draft: Draft) -> dict[str, str]:
    named = draft.environ.get("GOENV", "")
    if named == "off":
        return {}
    folder = draft.application_support("go") or draft.user_config("go")
    text = draft.text(Path(named) if named else folder / "env") or ""
    return {
        key.strip(): value.strip()
        for key, equals, value in (line.partition("=") for line in text.splitlines())
        if equals
    }
