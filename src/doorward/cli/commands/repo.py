"""Judge a repository's commits, tags and people: who signs, who integrates, what moved, and what breaks its habits."""

from __future__ import annotations

import argparse
import os
from datetime import datetime
from pathlib import Path

from doorward.cli.options import add_common, beginning, deliver, load_policy, opened, write
from doorward.engine.keyfile import key_list
from doorward.engine.repository import RepositoryWish, look, report_of
from doorward.model.places import home_folder
from doorward.policy import default_policy, read_below
from doorward.sources.repositories.process import user_path
from doorward.sources.trust.keyring import Keys, read_keys

HELP = "a repository's commits, tags and people"
EXAMPLES = """\
examples:
  doorward repo .                                  what is new since the last look (at first the last year)
  doorward repo https://git.invalid/team/library   a repository by its address
  doorward repo . --since 2026-01-01 -v            with context
  doorward repo . --replay                         what would have been said when, alert by alert
  doorward repo . --all --format html --output repo.html
  doorward repo . --all --write-keys library.keys  the keys that were learned, to review and to trust
  doorward repo . --keyring keys/maintainers.asc   commits and tags signed by other keys are findings
"""
#: Where a project keeps the keys that it trusts.
PROJECT_KEYS = Path("keys")


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    group = parser.add_argument_group("input")
    group.add_argument("location", metavar="PATH|URL", nargs="?", default=".", help="a repository (default: .)")
    group.add_argument("--since", metavar="DATE", type=beginning, help="judge what was committed from this day on")
    group.add_argument("--all", action="store_true", help="judge the whole history after its learning time")
    group.add_argument(
        "--replay",
        action="store_true",
        help="walk the history and tell each alert on its day, with only what was known that day",
    )
    group.add_argument(
        "--keyring",
        metavar="PATH",
        type=Path,
        action="append",
        default=[],
        help="keys that may sign: OpenPGP certificates, allowed signers, or a reviewed list (repeatable)",
    )
    group.add_argument(
        "--write-keys",
        metavar="FILE",
        type=Path,
        help="write the keys that were seen to sign, for you to review; a file that is there keeps what it says",
    )
    group.add_argument("--critical", action="store_true", help="it matters most: also a new contributor counts")
    group.add_argument(
        "--forge-api",
        metavar="URL",
        default="",
        help="the API of the repository's forge, such as https://HOST/api/v3 (default: by its host)",
    )
    group.add_argument(
        "--events",
        metavar="FILE|URL",
        action="append",
        default=[],
        help="an hour of public events, as GH Archive keeps them: forced pushes, deleted tags, members (repeatable)",
    )
    add_common(parser)


def run(options: argparse.Namespace) -> int:
    """Look at the repository and return the exit code."""
    since: datetime | None = options.since
    inspected = _is_inspected(options.location)
    own = [PROJECT_KEYS] if PROJECT_KEYS.is_dir() and not inspected else []
    wish = RepositoryWish(
        location=options.location,
        since=since,
        everything=options.all,
        replay=options.replay,
        trusted=read_keys([*own, *options.keyring]),
        at_hand=_at_hand(),
        forge_api=options.forge_api,
        events=tuple(options.events),
        critical=options.critical,
    )
    # Of what is inspected no setting is believed, also where it is the folder that we stand in.
    policy = default_policy() if inspected and options.policy is None else load_policy(options, Path.cwd())
    with opened(options, policy) as context:
        found = look(context, wish)
        report = report_of(context, wish, found)
    if options.write_keys is not None:
        known = read_below(Path(), str(options.write_keys)) or ""
        write(options.write_keys, key_list(found.subject, found.history, known))
    return deliver(options, report)


def _is_inspected(location: str) -> bool:
    """Whether the project in the current folder is itself what is inspected: then its own keys are not believed."""
    path = Path(location)
    return path.exists() and Path.cwd().is_relative_to(path.resolve())


def _at_hand() -> Keys:
    """Return the keys of the user's own settings, which verify signatures without making their owners trusted.

    They are GnuPG's public keys, and the allowed signers of the user's own git.
    """
    home = Path(os.environ.get("GNUPGHOME") or home_folder(os.environ) / ".gnupg")
    signers = user_path("gpg.ssh.allowedSignersFile", os.environ)
    places = [home / "pubring.kbx", home / "pubring.gpg", *([signers] if signers else [])]
    return read_keys([path for path in places if path.is_file()])
