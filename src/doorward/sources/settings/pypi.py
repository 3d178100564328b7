"""PyPI's ecosystem: the indexes of pip and of uv.

uv looks in its further indexes before its default one, pip in all of its own; so the order is uv's further ones, the
default ones, pip's further ones. The public index is asked only where neither names a default: a user who names one
may not want a stranger to learn what is looked for.
"""

from __future__ import annotations

from doorward.sources.settings._draft import Draft, public_base
from doorward.sources.settings._pip import read_pip
from doorward.sources.settings._uv import read_uv, read_uv_project

TYPE = "pypi"


def read(draft: Draft) -> None:
    """Add the indexes of pip and uv to ``draft``."""
    pip, uv = read_pip(draft), read_uv(draft)
    for index in uv.further:
        draft.add(index.url, origin=index.origin, scope=index.scope, credentials=index.credentials)
    for index in filter(None, (uv.default, pip.default)):
        draft.add(index.url, origin=index.origin, credentials=index.credentials)
    if uv.default is None and pip.default is None and not (pip.none or uv.none):
        base = public_base("pkg:pypi/probe@1", "project/")
        draft.add(f"{base}simple/", origin="default")
    for index in pip.further:
        draft.add(index.url, origin=index.origin)
    if draft.project is not None:
        read_uv_project(draft, draft.project)
    draft.use_netrc()
