from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.guard.attribution.toolchains import claims, coordinates
from doorward.guard.tree import Caller
from doorward.model.run import Phase, Process

from .conftest import Peer, guard, needs_notification

GO_TEST = """
package loud
import ("net"; "os"; "testing")
func TestPhone(t *testing.T) { net.Dial("tcp", "127.0.0.1:" + os.Getenv("PEER")) }
"""
POM = """<?xml version="1.0"?>
<!-- <project><artifactId>no</artifactId></project> -->
<project xmlns="urn:x">
  <parent><groupId>org.example</groupId><artifactId>above</artifactId><version>7</version></parent>
  <dependencies><dependency><groupId>other</groupId><artifactId>else</artifactId></dependency></dependencies>
  <artifactId>loud</artifactId>
</project>
"""


def caller(cwd: str, *chain: tuple[str, ...]) -> Caller:
    processes = [Process(number, argv, argv[0], cwd, number) for number, argv in enumerate(chain, 1)]
    return Caller(len(chain), -1, processes[-1], tuple(processes[:-1]), tuple({} for _ in chain))


@needs_notification
@pytest.mark.skipif(shutil.which("go") is None, reason="go is not installed")
def test_a_test_of_go_is_attributed_to_its_module(tmp_path: Path, peer: Peer):
    (tmp_path / "go.mod").write_text("module example.invalid/loud\n\ngo 1.20\n")
    (tmp_path / "loud_test.go").write_text(GO_TEST)
    cache = Path(os.environ.get("GOCACHE") or Path.home() / ".cache" / "go-build")
    environment = {**os.environ, "PEER": str(peer.port), "GOFLAGS": "-mod=mod", "GOPROXY": "off", "GOCACHE": str(cache)}
    if subprocess.run(["go", "vet", "."], cwd=tmp_path, env=environment, capture_output=True, check=False).returncode:
        pytest.skip("go does not build here")
    run = guard(["go", "test", "./..."], cwd=tmp_path, environment=environment)
    assert run.exit == 0
    (connection,) = [item for item in run.connections if item.endpoint.port == peer.port]
    assert (connection.actor.phase, connection.actor.attribution.purl) == (
        Phase.TEST,
        "pkg:golang/example.invalid/loud",
    )
    assert connection.actor.attribution.by == "project"


CASES = [
    # Go's cache names the module and its version; capitals are escaped.
    ("/go/pkg/mod/example.invalid/!big/mod@v1.2.3/sub", (("go", "build"), ("gcc", "-c", "x.c")),
     ("go", "golang", "example.invalid/Big/mod", "v1.2.3")),
    # The tool itself resolves for everyone.
    ("/go/pkg/mod/example.invalid/mod@v1.2.3", (("go", "mod", "download"),), None),
    # A C compiler that go did not start.
    ("/go/pkg/mod/example.invalid/mod@v1.2.3", (("make",), ("gcc", "-c", "x.c")), None),
]  # fmt: skip


@pytest.mark.parametrize(("cwd", "chain", "expected"), CASES)
def test_claims(cwd: str, chain: tuple[tuple[str, ...], ...], expected: tuple[str, ...] | None):
    found = [(claim.by, claim.ecosystem, claim.package, claim.version) for claim in claims(caller(cwd, *chain))]
    assert found == ([expected] if expected else [])


def test_a_test_of_maven_is_attributed_to_its_project(tmp_path: Path):
    (tmp_path / "pom.xml").write_text(POM)
    (tmp_path / "target").mkdir()
    maven = ("java", "-cp", "plexus.jar", "org.codehaus.plexus.classworlds.launcher.Launcher", "test")
    forked = ("java", "-jar", f"{tmp_path}/target/surefire/surefirebooter1.jar", f"{tmp_path}/target/surefire")
    for folder in (tmp_path, tmp_path / "target"):
        (claim,) = claims(caller(str(folder), maven, forked))
        assert (claim.by, claim.package, claim.version, claim.where) == (
            "project",
            "org.example:loud",
            "7",
            str(tmp_path),
        )
    assert list(claims(caller(str(tmp_path), maven))) == []
    # The launching script looks for its own folder before there is a build.
    assert list(claims(caller(str(tmp_path), ("/bin/sh", "/usr/bin/mvn", "test"), ("ls", "-ld", "/usr/bin/mvn")))) == []


@given(st.text(alphabet="<>/!-a \nproject?artfcI", max_size=200))
def test_any_project_file_can_be_read(text: str):
    assert len(coordinates(f"<project>{text}")) == 3
