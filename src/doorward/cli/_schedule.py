"""``doorward scan --schedule``: how a scan runs every day, as text to paste: cron, systemd, GitHub Actions, GitLab."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from doorward.records import dataclass

_TEXT = """\
# A scan a day of {folder}, at {hour:02}:{minute:02}. Exit 1 is BLOCK or HOLD, 3 is "not evaluated": both want a look.

## cron: add with `crontab -e`; cron mails what is printed, and a clean scan prints nothing
{daily} cd {cron_place} && {{ {{ {cron_renew}; }} >/dev/null 2>&1; out=$({cron_scan} 2>&1) || echo "$out"; }}

## systemd: ~/.config/systemd/user/doorward.service; without a login it runs after: loginctl enable-linger
[Unit]
Description=doorward: scan the dependencies of {unit_folder}

[Service]
Type=oneshot
WorkingDirectory={unit_folder}
{unit_updates}
ExecStart=/usr/bin/env {unit_scan}

## systemd: ~/.config/systemd/user/doorward.timer; then: systemctl --user enable --now doorward.timer
[Timer]
OnCalendar=*-*-* {hour:02}:{minute:02}:00
RandomizedDelaySec=15min
Persistent=true

[Install]
WantedBy=timers.target

## GitHub Actions: .github/workflows/doorward.yml; pin the actions to the commits that you reviewed
name: doorward
on:
  schedule:
    - cron: "{daily}"
  workflow_dispatch:
permissions:
  contents: read
jobs:
  scan:
    runs-on: ubuntu-latest
    env:
      DOORWARD_HOME: ${{{{ github.workspace }}}}/.doorward
    steps:
      - uses: actions/checkout@v4
        with:
          persist-credentials: false
      - uses: actions/cache/restore@v4
        with:
          path: .doorward
          key: doorward-${{{{ github.run_id }}}}
          restore-keys: doorward-
      - run: pipx install 'doorward[speed,intel]'
{github_updates}
      - run: {github_scan}
      - uses: actions/cache/save@v4
        if: always()
        with:
          path: .doorward
          key: doorward-${{{{ github.run_id }}}}

## GitLab: .gitlab-ci.yml; then Build > Pipeline schedules: {daily}
doorward:
  image: python:3.12
  rules:
    - if: $CI_PIPELINE_SOURCE == "schedule"
  variables:
    DOORWARD_HOME: $CI_PROJECT_DIR/.doorward
  cache:
    key: doorward
    when: always
    paths:
      - .doorward/
  script:
    - pip install 'doorward[speed,intel]'
{gitlab_updates}
    - {gitlab_scan}
"""
#: What a line of YAML cannot hold as it is.
_NOT_PLAIN = re.compile(r": |:\Z| #|\A[^A-Za-z0-9/.]|[\x00-\x1f]")


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to run every day."""

    folder: Path
    #: Arguments of the scan.
    arguments: tuple[str, ...]
    #: Ecosystems whose archives are updated.
    ecosystems: tuple[str, ...]
    #: Whether there are other feeds to update.
    others: bool = False
    #: How this program is started here: cron knows neither a shell's PATH nor an environment that is active.
    program: tuple[str, ...] = ("doorward",)


def this_program(environ: Mapping[str, str], started: str) -> tuple[str, ...]:
    """Return how to start this program from anywhere, with the store that it has; ``started`` is ``sys.argv[0]``."""
    path = Path(started).absolute()
    found = (str(path),) if path.stem == "doorward" and os.access(path, os.X_OK) else ()
    # Without -P, modules of the folder that is scanned would take the place of Python's own.
    words = found or (sys.executable, "-P", "-m", "doorward")
    home = environ.get("DOORWARD_HOME")
    return ("env", f"DOORWARD_HOME={Path(home).absolute()}", *words) if home else words


def schedule_text(plan: Plan) -> str:
    """Return what to paste for a daily ``doorward scan``.

    The minute follows from the folder's path, so that not all projects of a machine or of the world start at once.
    """
    place = str(plan.folder.resolve())
    spread = int.from_bytes(hashlib.sha256(place.encode("utf-8", "surrogateescape")).digest()[:4], "big")
    hour, minute = 4 + spread // 60 % 3, spread % 60
    archives = [part for name in sorted(plan.ecosystems) for part in ("--osv", name)]
    # An update that names feeds is one of these alone.
    updates = [["intel", "update", *archives]] + ([["intel", "update"]] if archives and plan.others else [])
    scan = ["scan", *plan.arguments]
    everywhere = [shlex.join(["doorward", *update]) for update in updates]
    return _TEXT.format(
        folder=place,
        hour=hour,
        minute=minute,
        daily=f"{minute} {hour} * * *",
        cron_place=_cron(shlex.quote(place)),
        cron_renew="; ".join(_cron(shlex.join([*plan.program, *update])) for update in updates),
        cron_scan=_cron(shlex.join([*plan.program, *scan])),
        unit_folder=place.replace("%", "%%"),
        unit_updates="\n".join(f"ExecStartPre=-/usr/bin/env {_unit([*plan.program, *update])}" for update in updates),
        unit_scan=_unit([*plan.program, *scan, "--no-progress"]),
        github_updates="\n".join(f"      - run: {_yaml(line)}\n        continue-on-error: true" for line in everywhere),
        github_scan=_yaml(shlex.join(["doorward", *scan, "--format", "github"])),
        gitlab_updates="\n".join(f"    - {_yaml(f'{line} || true')}" for line in everywhere),
        gitlab_scan=_yaml(shlex.join(["doorward", *scan])),
    )


def _cron(command: str) -> str:
    """Escape what cron takes for a line's end."""
    return command.replace("%", "\\%")


def _unit(words: Sequence[str]) -> str:
    """Quote as systemd reads a command line: its specifiers and variables mean nothing here."""
    escaped = (word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$") for word in words)
    return " ".join(f'"{word}"' if any(char in word for char in " '\"\\;") else word for word in escaped)


def _yaml(command: str) -> str:
    """Return a line as one value: JSON's strings are YAML's."""
    return json.dumps(command, ensure_ascii=False) if _NOT_PLAIN.search(command) else command
