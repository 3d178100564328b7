"""``--format html`` from an index to the page: the pictures show what was published."""

import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Ran
from tests.world import EPOCH, World

pytest.importorskip("plotly", reason="pictures are of the extra html")
Doorward = Callable[..., Ran]


def figures(page: str) -> list[dict[str, Any]]:
    found = re.search(r'<script type="application/json" id="figures">(.*?)</script>', page)
    return json.loads(found[1]) if found else []


@pytest.fixture
def grown(world: World) -> World:
    """A package of small releases, the last of them large."""
    for month in range(9):
        ballast = bytes(n * n * 7 % 251 for n in range(200_000)) if month == 8 else b""
        world.publish_wheel(
            "examplelib",
            f"1.{month}.0",
            {"examplelib/__init__.py": "", "examplelib/data.bin": ballast},
            when=EPOCH + month * timedelta(days=30),
        )
    return world


@pytest.mark.usefixtures("grown")
def test_one_upgrade_with_the_sizes_before_it(project: Path, doorward: Doorward) -> None:
    ran = doorward(
        "diff", "pkg:pypi/examplelib@1.7.0", "pkg:pypi/examplelib@1.8.0", "--format", "html", "--output", "x"
    )
    page = (project / "x").read_text(encoding="utf-8")
    assert page.startswith("<!doctype html>")
    assert (ran.code, ran.out) == (0, "")
    (figure,) = figures(page)
    earlier, this, ring = figure["data"]
    assert earlier["x"] == [f"{EPOCH + month * timedelta(days=30):%Y-%m-%dT%H:%M:%S}" for month in range(8)]
    assert len(this["y"]) == 1
    assert (ring["y"], ring["text"]) == (this["y"], ["1.8.0"])


def test_without_times_there_is_still_a_picture(grown: World, project: Path, doorward: Doorward) -> None:
    grown.strips.add("times")
    doorward("scan", "pkg:pypi/examplelib@1.8.0", "--format", "html", "--output", "x")
    (figure,) = figures((project / "x").read_text(encoding="utf-8"))
    assert "type" not in figure["layout"]["xaxis"]
    assert figure["data"][0]["x"] == list(range(8))
