"""Container images as workflows, build files and compositions name them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.sources.manifests._images import filled_in, image_of
from tests.manifests.build import A, parse, pins, reasons

DIGEST = f"sha256:{A}"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("alpine", ("alpine", "")),
        ("alpine:3.20", ("alpine", "3.20")),
        (f"alpine@{DIGEST}", ("alpine", DIGEST)),
        (f"alpine:3.20@{DIGEST}", ("alpine", DIGEST)),
        ("docker.io/library/alpine:3.20", ("alpine", "3.20")),
        ("r.example:5000/x/y", ("r.example:5000/x/y", "")),
        ("r.example:5000/x/y:1", ("r.example:5000/x/y", "1")),
        ("alpine@sha256:zz", None),
        ("alpine@", None),
        ("alpine:", None),
        ("", None),
        ("a b", None),
        ("../x", None),
        ("https://r.example/x", None),
    ],
)
def test_the_parts_of_a_name(text: str, found: tuple[str, str] | None) -> None:
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


def test_an_action_that_is_an_image() -> None:
    action = "runs:\n  using: docker\n  image: docker://o/tool:2\n"
    assert pins(parse("action.yml", action)) == ["o/tool 2"]
    assert pins(parse("action.yml", action.replace("docker://o/tool:2", "Dockerfile"))) == []


def test_composite_actions_use_others() -> None:
    text = "runs:\n  using: composite\n  steps:\n    - uses: o/inner@v1\n    - uses: ./own\n"
    assert pins(parse("some/action.yaml", text)) == ["o/inner v1"]
