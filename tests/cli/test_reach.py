"""Whether the project uses what an advisory calls affected: told with the finding, and changing nothing else."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import Ran
from tests.feeds.build import osv
from tests.world import World

Doorward = Callable[..., Ran]
ALPHA = "pkg:pypi/alpha@1.0.0"
BY_IMPORT = {"imports": [{"path": "alpha", "symbols": ["load"]}]}
BY_NAME = {"affected_functions": ["alpha.load"]}


def evidence(
    world: World, project: Path, doorward: Doorward, specific: dict[str, Any], id_: str = "PYSEC-2026-1"
) -> str:
    world.publish_wheel("alpha", "1.0.0")
    (project / "record.json").write_text(json.dumps(osv(id_, "alpha", "1.0.0", ecosystem_specific=specific)))
    assert doorward("intel", "import", "record.json").code == 0
    ran = doorward("scan", ALPHA, "--format", "json")
    (found,) = [f for f in ran.json["findings"] if f["rule"].startswith(("vulnerability/", "intelligence/known-m"))]
    assert found["strength"] == ("conclusive" if id_.startswith("MAL") else "strong")
    return next(item["baseline"] for item in found["evidence"] if item["label"] == "advisory")


SOURCES = {
    "import alpha\nalpha.load()\n": "alpha.load is used at app.py:2",
    "import alpha\n": "alpha is imported at app.py:1, nothing that is affected is seen to be used",
    "from alpha import *\n": "alpha is imported at app.py:1, whether what is affected is used is not known: names of it are",
    "import importlib\nimportlib.import_module(name)\n": "not known whether the project's own code imports it: a name that",
    "import other\n": "not imported in the project's own code",
    "import alpha (\n": "not seen in the project's own code, of which some was not read: app.py cannot be read",
}


@pytest.mark.parametrize("specific", [BY_IMPORT, BY_NAME], ids=["imports", "affected_functions"])
@pytest.mark.parametrize("source", SOURCES)
def test_a_vulnerability_says_whether_it_is_used(
    source: str, specific: dict[str, Any], world: World, project: Path, doorward: Doorward
) -> None:
    (project / "app.py").write_text(source)
    assert SOURCES[source] in evidence(world, project, doorward, specific)


def test_malware_is_not_asked_for_its_use(world: World, project: Path, doorward: Doorward) -> None:
    (project / "app.py").write_text("import other\n")
    assert "imported" not in evidence(world, project, doorward, BY_IMPORT, "MAL-2026-1")


def test_nothing_is_said_where_the_advisory_names_nothing(world: World, project: Path, doorward: Doorward) -> None:
    (project / "app.py").write_text("import alpha\n")
    assert "imported" not in evidence(world, project, doorward, {})
