"""Samples of the formats that name container images."""

from tests.manifests.build import A, Sample

DOCKERFILE = f"""# syntax=docker/dockerfile:1.7
# a comment
ARG VERSION=3.12 \\
    VARIANT="slim"
ARG BASE=python:${{VERSION}}-${{VARIANT}}
FROM --platform=$BUILDPLATFORM golang:1.22@sha256:{A} AS Build
ARG VERSION=9
RUN --mount=type=bind,from=o/tools:2,target=/t \\
    # in between
    make <<-EOF && echo done
	FROM not/this:1
	EOF
FROM ${{BASE}}
COPY --from=build /a /a
COPY --chown=1:1 --from=0 /b /b
COPY --from=busybox:1 /bin/busybox /bin/
COPY from/here --from=not/an-option:1 /x
ONBUILD COPY --from=o/late:1 /x /x
FROM scratch
FROM o/unset:$UNSET
FROM o/loose
"""

COMPOSE = """
x-base: &base
  image: o/shared:1
  environment: {A: b}
services:
  web:
    image: "o/web:${WEB:-2}"   # why
    command: >
      image: not/this:1
  own:
    build: .
    image: own/made:1
  also:
    image: own/too:1
    build:
      context: x
  db: {image: 'postgres:16', ports: [1]}
  filled:
    image: o/filled:${FILLED}
  open:
    image: o/open:${OPEN}
  base:
    <<: *base
volumes:
  x:
    image: not/this:2
"""

IMAGES = {
    "compose_file": Sample("compose.yaml", COMPOSE, 4, {".env": "# x\nFILLED=5\nexport WEB='' # y\n"}),
    "dockerfile": Sample("Dockerfile", DOCKERFILE, 7),
}
