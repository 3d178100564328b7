"""Container images as workflows, build files and compositions name them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.errors import ManifestError
from doorward.sources.manifests import format_of
from doorward.sources.manifests._images import filled_in, image_of
from tests.manifests.build import A, parse, pins, reasons
from tests.manifests.samples_images import COMPOSE, DOCKERFILE, IMAGES

DIGEST = f"sha256:{A}"
INLINE = "what a service is built from by a build file within this one is not read"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("alpine", ("alpine", "", "")),
        ("alpine:3.20", ("alpine", "3.20", "3.20")),
        (f"alpine@{DIGEST}", ("alpine", DIGEST, "")),
        (f"alpine:3.20@{DIGEST}", ("alpine", DIGEST, "3.20")),
        ("docker.io/library/alpine:3.20", ("alpine", "3.20", "3.20")),
        ("r.example:5000/x/y", ("r.example:5000/x/y", "", "")),
        ("r.example:5000/x/y:1", ("r.example:5000/x/y", "1", "1")),
        ("alpine@sha256:zz", None),
        ("alpine@", None),
        ("alpine:", None),
        ("", None),
        ("a b", None),
        ("../x", None),
        ("https://r.example/x", None),
    ],
)
def test_the_parts_of_a_name(text: str, found: tuple[str, str, str] | None) -> None:
    assert image_of(text) == found


@pytest.mark.parametrize(
    ("text", "filled"),
    [
        ("x:$V", "x:1"),
        ("x:${V}", "x:1"),
        ("x:${V:-2}", "x:1"),
        ("x:${E:-2}", "x:2"),
        ("x:${E-2}", "x:"),
        ("x:${N-2}", "x:2"),
        ("x:${N:-}", "x:"),
        ("x${V:+-slim}", "x-slim"),
        ("x${N:+-slim}", "x"),
        ("x:${N}", "x:${N}"),
        ("x:${N:?must be set}", "x:${N:?must be set}"),
        ("x:${N:-${V}}", "x:${N:-1}"),
        ("x:${", "x:${"),
    ],
)
def test_variables(text: str, filled: str) -> None:
    assert filled_in(text, {"V": "1", "E": ""}) == filled


@given(st.text(alphabet="ab$v{}:-+?/@._1 ", max_size=40))
def test_any_text_is_a_name_or_none(text: str) -> None:
    found = image_of(filled_in(text, {"v": "1"}))
    assert found is None or found[0]


WORKFLOW = f"""
name: ci
env:
  container: not/this:1
jobs:
  one:
    runs-on: ubuntu-latest
    container: node:18 # why
    services:
      cache:
        image: "redis:7"
        options: >-
          image: not/this:2
      "db": {{image: postgres@{DIGEST}, ports: [1]}}
    steps:
      - uses: actions/checkout@v4
        with:
          container: not/this:3
      - run: |
          container: not/this:4
      - uses: docker://busybox
  two:
    container:
      image: ghcr.example/o/x:1@{DIGEST}
      credentials: {{username: x}}
    services: {{ a: {{ image: 'b:2' }}, c: {{ image: d:3 }} }}
  three:
    container: ${{{{ matrix.image }}}}
  four:
    container: &same own/base:2
  five:
    container: *same
  six:
    container: *other
  seven:
    container: null
"""


def test_images_of_a_workflow() -> None:
    inventory = parse(".github/workflows/x.yml", WORKFLOW)
    assert pins(inventory) == [
        "actions/checkout v4",
        "b 2",
        "busybox ",
        "d 3",
        f"ghcr.example/o/x {DIGEST}",
        "node 18",
        "own/base 2",
        f"postgres {DIGEST}",
        "redis 7",
    ]
    assert reasons(inventory) == [
        ("busybox", "an image without a tag or digest"),
        ("${{ matrix.image }}", "an image that is only known when it is used"),
        ("*other", "not the name of an image"),
    ]
    assert {package.type for package in inventory.packages} == {"docker", "githubactions"}
    assert [str(package.purl) for package in inventory.packages if package.name == "redis"] == ["pkg:docker/redis@7"]
    assert [package.line for package in inventory.packages if package.name == "redis"] == [11]
    pinned = {package.name: package.qualifiers for package in inventory.packages if package.version == DIGEST}
    assert pinned == {"postgres": (), "ghcr.example/o/x": (("tag", "1"),)}


@pytest.mark.parametrize(
    "text",
    [
        "jobs:\n  a: {runs-on: x, container: node:18}\n",
        'jobs:\n  a: {"services": {"db": {"image": "x:1"}}}\n',
        '{"jobs": {"a": {"container": "node:18"}}}',
    ],
)
def test_images_of_a_job_in_braces_are_told(text: str) -> None:
    assert [reason for _, reason in reasons(parse(".github/workflows/x.yml", text))] == [
        "images that a job in braces runs in are not read"
    ]


def test_an_action_that_is_an_image() -> None:
    action = "runs:\n  using: docker\n  image: docker://o/tool:2\n"
    assert pins(parse("action.yml", action)) == ["o/tool 2"]
    assert pins(parse("action.yml", action.replace("docker://o/tool:2", "Dockerfile"))) == []


def test_composite_actions_use_others() -> None:
    text = "runs:\n  using: composite\n  steps:\n    - uses: o/inner@v1\n    - uses: ./own\n"
    assert pins(parse("some/action.yaml", text)) == ["o/inner v1"]


def test_images_of_a_build() -> None:
    inventory = parse("Dockerfile", DOCKERFILE)
    assert [f"{package.name} {package.version} {package.line}" for package in inventory.packages] == [
        "docker/dockerfile 1.7 1",
        f"golang {DIGEST} 6",
        "o/tools 2 8",
        "python 3.12-slim 13",
        "busybox 1 16",
        "o/late 1 18",
        "o/loose  21",
    ]
    assert reasons(inventory) == [
        ("o/unset:$UNSET", "an image that is only known when it is used"),
        ("o/loose", "an image without a tag or digest"),
    ]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("from x:1 as y\ncopy --from=Y a b", ["x 1"]),
        ("FROM x:1 AS y\nFROM y", ["x 1"]),
        ("# escape=`\nFROM x:1\nRUN a `\n  FROM y:1\nFROM z:1", ["x 1", "z 1"]),
        ("FROM x:1\nRUN echo \\\nFROM y:1\nFROM z:1", ["x 1", "z 1"]),
        # A text that never ends is none: it hides nothing.
        ("FROM x:1\nRUN cat <<EOF\nFROM y:1\n", ["x 1", "y 1"]),
        ("FROM x:1\nRUN echo '<<EOF'\nFROM y:1\nEOF\n", ["x 1", "y 1"]),
        ("FROM x:1\nRUN cat <<A <<'B'\nFROM y:1\nA\nFROM y:2\nB\nFROM z:1", ["x 1", "z 1"]),
        ("FROM x:1\nENV A=<<EOF\nFROM y:1\nEOF", ["x 1", "y 1"]),
        ("FROM x:1\nARG T=1\nFROM y:$T", ["x 1"]),
        ("ARG T\nFROM y:${T:-1}", ["y 1"]),
        ("FROM x:1 \\", ["x 1"]),
        ("\ufeff# syntax=o/front:1\nFROM scratch".lstrip("\ufeff"), ["o/front 1"]),
        ("# first\n# syntax=o/front:1\nFROM scratch", []),
    ],
)
def test_how_a_build_is_read(text: str, found: list[str]) -> None:
    assert pins(parse("Containerfile", text)) == found


def test_images_of_a_composition() -> None:
    inventory = parse("compose.yaml", COMPOSE, IMAGES["compose_file"].beside)
    assert pins(inventory) == ["o/filled 5", "o/shared 1", "o/web 2", "postgres 16"]
    assert reasons(inventory) == [("o/open:${OPEN}", "an image that is only known when it is used")]
    without = parse("compose.yaml", COMPOSE)
    assert [entry for entry, _ in reasons(without)] == ["o/filled:${FILLED}", "o/open:${OPEN}"]


@pytest.mark.parametrize(
    ("service", "found", "gaps"),
    [
        ("a: {image: 'r.example/build-tools:1'}", ["r.example/build-tools 1"], []),
        ("a: {build: ., image: own:1}", [], []),
        ("a:\n    image:\n      folded:1", [], ["not the name of an image"]),
        ("a:\n    image: >-\n      folded:1", [], ["not the name of an image"]),
        ("a:\n    build:\n      dockerfile_inline: |\n        FROM x:1", [], [INLINE]),
        ('a:\n    build: {dockerfile_inline: "FROM x:1"}', [], [INLINE]),
        ('a: {build: {dockerfile_inline: "FROM x:1"}}', [], [INLINE]),
    ],
)
def test_images_of_a_service(service: str, found: list[str], gaps: list[str]) -> None:
    inventory = parse("compose.yaml", f"services:\n  {service}\n")
    assert (pins(inventory), [reason for _, reason in reasons(inventory)]) == (found, gaps)


@pytest.mark.parametrize(("path", "text"), [("Dockerfile", "RUN x"), ("Dockerfile", ""), ("compose.yml", "a: b")])
def test_what_is_none(path: str, text: str) -> None:
    with pytest.raises(ManifestError, match=rf"^{path}: no "):
        parse(path, text)


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("Dockerfile", "dockerfile"),
        ("a.b/Dockerfile", "dockerfile"),
        ("Dockerfile.dev", "dockerfile"),
        ("deploy/web.Dockerfile", "dockerfile"),
        ("Dockerfile.dockerignore", ""),
        ("Dockerfiles", ""),
        ("NotDockerfile.x", ""),
        ("compose.prod.yaml", "compose_file"),
        ("docker-compose-test.yml", "compose_file"),
        ("compose.json", ""),
    ],
)
def test_files(path: str, name: str) -> None:
    found = format_of(path)
    assert (found.__name__.rpartition(".")[2] if found else "") == name


@pytest.mark.parametrize(
    ("text", "gaps"),
    [
        ("include:\n  - other.yaml\n", ["include:"]),
        ("services:\n  a:\n    extends:\n      file: base.yaml\n      service: b\n", ["file: base.yaml"]),
        ("services:\n  a:\n    extends: b\n", []),
        ("volumes:\n  data:\n", []),
        ("services:\n  # none yet\n", []),
    ],
)
def test_a_composition_without_images_of_its_own(text: str, gaps: list[str]) -> None:
    inventory = parse("compose.override.yaml", text)
    assert (inventory.packages, [gap.entry for gap in inventory.gaps]) == ((), gaps)
