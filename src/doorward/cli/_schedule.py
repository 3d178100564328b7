"""``doorward scan --schedule``: how a scan runs every day, as text to paste: cron, systemd, GitHub Actions, GitLab."""

from __future__ import annotations

import hashlib
import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path

_TEXT = """\
# A scan a day of {folder}, at {hour:02}:{minute:02}. Exit 1 is BLOCK or HOLD, 3 is "not evaluated": both want a look.

## cron: add with `crontab -e`; cron mails what is printed, and a clean scan prints nothing
{minute} {hour} * * * cd {cron_folder} && {{ {cron_update} >/dev/null 2>&1; out=$({cron_scan} 2>&1) || echo "$out"; }}

## systemd: ~/.config/systemd/user/doorward.service
[Unit]
Description=doorward: scan the dependencies of {unit_folder}

[Service]
Type=oneshot
WorkingDirectory={unit_folder}
ExecStartPre=-/usr/bin/env {unit_update}
ExecStart=/usr/bin/env {unit_scan}

## systemd: ~/.config/systemd/user/doorward.timer; then: systemctl --user enable --now doorward.timer
[Timer]
OnCalendar=*-*-* {hour:02}:{minute:02}:00
RandomizedDelaySec=15min
Persistent=true

[Install]
WantedBy=timers.target

## GitHub Actions: .github/workflows/doorward.yml; pin both actions to the commit that you reviewed
name: doorward
on:
  schedule:
    - cron: "{minute} {hour} * * *"
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
      - uses: actions/cache@v4
        with:
          path: .doorward
          key: doorward-${{{{ github.run_id }}}}
          restore-keys: doorward-
      - run: pipx install 'doorward[speed,intel]'
      - run: {update}
        continue-on-error: true
      - run: {github_scan}

## GitLab: .gitlab-ci.yml; then Build > Pipeline schedules: {minute} {hour} * * *
doorward:
  image: python:3.12
  rules:
    - if: $CI_PIPELINE_SOURCE == "schedule"
  variables:
    DOORWARD_HOME: $CI_PROJECT_DIR/.doorward
  cache:
    key: doorward
    paths:
      - .doorward/
  script:
    - pip install 'doorward[speed,intel]'
    - {update} || true
    - {scan}
"""


def schedule_text(folder: Path, arguments: Sequence[str], ecosystems: Iterable[str]) -> str:
    """Return what to paste for a daily ``doorward scan`` in ``folder``, whose packages are of these ecosystems.

    The minute follows from the folder's path, so that not all projects of a machine or of the world start at once.
    """
    place = str(folder.resolve())
    spread = int.from_bytes(hashlib.sha256(place.encode("utf-8", "surrogateescape")).digest()[:4], "big")
    update = ["doorward", "intel", "update", *(part for name in sorted(ecosystems) for part in ("--osv", name))]
    scan = ["doorward", "scan", *arguments]
    return _TEXT.format(
        folder=place,
        hour=4 + spread // 60 % 3,
        minute=spread % 60,
        cron_folder=_cron(shlex.quote(place)),
        cron_update=_cron(shlex.join(update)),
        cron_scan=_cron(shlex.join(scan)),
        unit_folder=place.replace("%", "%%"),
        unit_update=_unit(update),
        unit_scan=_unit([*scan, "--no-progress"]),
        update=shlex.join(update),
        scan=shlex.join(scan),
        github_scan=shlex.join([*scan, "--format", "github"]),
    )


def _cron(command: str) -> str:
    """Escape what cron takes for a line's end."""
    return command.replace("%", "\\%")


def _unit(words: Sequence[str]) -> str:
    """Quote as systemd reads a command line: its specifiers and variables mean nothing here."""
    escaped = (word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$") for word in words)
    return " ".join(f'"{word}"' if any(char in word for char in " '\"\\;") else word for word in escaped)
