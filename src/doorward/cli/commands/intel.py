"""Import threat intelligence and advisories into one local index, and ask it.

Feeds are files, folders and archives on disk, or addresses, in any of the formats that doorward knows, told by their
content. A failed import or update leaves the old index as it was.
"""

from __future__ import annotations

import argparse
import difflib
import os
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from doorward.cli._intel import (
    answer_json,
    answer_text,
    as_json,
    as_text,
    feed_json,
    outcome_json,
    outcomes_text,
    quarry_json,
    quarry_text,
    status_text,
    written_json,
    written_text,
)
from doorward.cli.options import load_policy, write
from doorward.engine.intel import Import, bundle_id, feed_states, forget, import_feeds
from doorward.engine.intel_hunt import hunt, left_open
from doorward.engine.intel_questions import Answer, online_questions, questions
from doorward.engine.intel_update import OSV_BUCKET, osv_address, update
from doorward.errors import NothingToScan, UsageError
from doorward.model.advisories import base_ecosystem
from doorward.model.intelligence import FeedAddress, Role
from doorward.model.purl import PURL_TYPE
from doorward.policy import Policy
from doorward.policy.intel import check_header
from doorward.sources.feeds import ecosystem_of
from doorward.sources.http import Http
from doorward.store import open_store
from doorward.store.intel import FOLDER
from doorward.store.schema import default_path

#: How alike two words are of which one is taken for the other misspelt, from 0 to 1.
_NEAR = 0.75
HELP = "import threat intelligence and advisories, and ask what is known"
EXAMPLES = """\
examples:
  doorward intel import all.zip                      advisories, as the OSV bucket has them
  doorward intel import hashes.txt --as benign       digests of innocent files, which never match
  doorward intel import iocs.csv --ecosystem npm     a table that does not tell its ecosystem
  doorward intel update --osv npm --osv PyPI         the OSV bucket's archives; later: doorward intel update
  doorward intel status
  doorward intel lookup pkg:npm/chalk@5.6.1 evil.example 44d88612fea8a8f36de82e1278abb02f
"""
#: Exit codes: something asked about is known to be malicious; the feeds leave that open.
BAD, OPEN = 1, 3
_ROLES = {role.value: role for role in (Role.FILE, Role.PACKAGE, Role.EVIDENCE, Role.REPORT, Role.BENIGN)}


def configure(parser: argparse.ArgumentParser) -> None:
    """Add this command's arguments."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    bring = _action(actions, "import", "take feeds over from disk", _import)
    bring.add_argument("paths", metavar="PATH", nargs="+", type=Path, help="file, folder or archive")
    bring.add_argument("--name", default="", help="the feed's name (one PATH; default: the file's)")
    bring.add_argument("--licence", default="", help="the feed's licence, shown with what it says")
    bring.add_argument("--as", dest="role", choices=sorted(_ROLES), default="file", help="what bare digests are of")
    bring.add_argument("--add", action="store_true", help="add to what the feed said before, in place of replacing it")
    bring.add_argument("--ecosystem", default="", help="of packages in a list that does not tell")
    bring.add_argument(
        "--covers",
        metavar="ECOSYSTEM",
        action="append",
        default=[],
        help="it lists all that is known to be malicious there",
    )
    bring.add_argument("--columns", default="", help="of a table: name=2,version=3, by number or header")
    renew = _action(actions, "update", "fetch what is new of feeds that have an address", _update)
    renew.add_argument("addresses", metavar="URL", nargs="*", help="default: imported feeds and those of the policy")
    renew.add_argument("--osv", metavar="ECOSYSTEM", action="append", default=[], help="an archive of the OSV bucket")
    renew.add_argument(
        "--signed-by", metavar="KEY", type=Path, help="OpenPGP certificate that the URLs' feeds must be signed by"
    )
    renew.add_argument("--ecosystem", default="", help="of packages in the URLs' lists that do not tell")
    renew.add_argument("--columns", default="", help="of the URLs' tables: name=2,version=3, by number or header")
    renew.add_argument(
        "--header", metavar="NAME=VARIABLE", default="", help="header that opens the URLs, such as Auth-Key=MY_KEY"
    )
    renew.add_argument("--offline", action="store_true", help="fetch nothing")
    renew.add_argument("--policy", metavar="FILE", type=Path, help="policy to use (default: doorward.toml here)")
    _action(actions, "status", "what is imported, how much and how old", _status)
    ask = _action(actions, "lookup", "what is known of a package, a digest, an address or a record", _lookup)
    ask.add_argument("texts", metavar="WHAT", nargs="+", help="purl, digest, domain, URL, address, or a record's id")
    ask.add_argument("--online", action="store_true", help="ask OSV's API about package URLs, in place of the index")
    ask.add_argument("--policy", metavar="FILE", type=Path, help="policy to use (default: doorward.toml here)")
    search = _action(actions, "hunt", "what was installed before it was known to be bad", _hunt)
    search.add_argument("--all", action="store_true", help="not only records that came since the last hunt")
    search.add_argument("--policy", metavar="FILE", type=Path, help="policy to use (default: doorward.toml here)")
    drop = _action(actions, "remove", "forget a feed", _remove)
    drop.add_argument("names", metavar="NAME", nargs="+")


def _action(
    actions: argparse._SubParsersAction[argparse.ArgumentParser],
    name: str,
    text: str,
    act: Callable[[argparse.Namespace, Path, datetime], int],
) -> argparse.ArgumentParser:
    parser = actions.add_parser(name, help=text, description=text)
    parser.add_argument("--format", choices=("human", "json"), default="human")
    parser.add_argument("--output", metavar="FILE", type=Path, help="write the result there instead of stdout")
    parser.set_defaults(act=act)
    return parser


def run(options: argparse.Namespace) -> int:
    """Do what is asked and return the exit code."""
    folder = default_path(os.environ).parent / FOLDER
    return int(options.act(options, folder, datetime.now(UTC)))


def _ecosystem(word: str) -> str:
    """Return OSV's name of an ecosystem; raise UsageError where it is not one that doorward knows, but nearly.

    OSV has more than doorward can read: what is quite another word is taken as it stands.
    """
    name = ecosystem_of(word) or word
    known = {one.lower(): one for one in PURL_TYPE}
    if name and base_ecosystem(name) not in PURL_TYPE:
        spelt = [one for one in known if sorted(one) == sorted(name.lower())]
        for near in spelt or difflib.get_close_matches(name.lower(), known, n=1, cutoff=_NEAR):
            raise UsageError(f"no ecosystem {name!r}: did you mean {known[near]}?")
    return name


def _import(options: argparse.Namespace, folder: Path, now: datetime) -> int:
    if options.name and len(options.paths) > 1:
        raise UsageError("--name takes one PATH")
    ecosystem = _ecosystem(options.ecosystem)
    covers = tuple(_ecosystem(word) for word in options.covers)
    role = _ROLES[options.role]
    wanted = [
        Import(path, options.name, options.licence, role, options.add, ecosystem, options.columns, covers)
        for path in options.paths
    ]
    for item in wanted:
        if not item.path.exists():
            raise UsageError(f"{item.path}: no such file or folder")
        if not (item.path.is_file() or item.path.is_dir()):
            # A feed is read twice, and a device may never end.
            raise UsageError(f"{item.path}: a pipe or a device: write what it gives to a file, and import that")
    done = import_feeds(folder, wanted, now)
    bundle = bundle_id(folder)
    text = as_json(written_json(done, bundle, now)) if _json(options) else as_text(written_text(done, bundle))
    write(options.output, text)
    return 0


def _update(options: argparse.Namespace, folder: Path, now: datetime) -> int:
    policy = load_policy(options, Path.cwd()).intel
    ecosystems = [_ecosystem(word) for word in options.osv]
    archives = [FeedAddress(osv_address(name, policy.bucket or OSV_BUCKET)) for name in ecosystems]
    certificate = _certificate(options)
    outcomes = update(
        folder,
        [*_named(options), *archives],
        now,
        os.environ,
        listed=policy.feeds,
        offline=options.offline,
        certificate=certificate,
    )
    bundle = bundle_id(folder)
    document = {"schema": 1, "bundle": bundle, "feeds": [outcome_json(outcome, now) for outcome in outcomes]}
    write(options.output, as_json(document) if _json(options) else as_text(outcomes_text(outcomes, bundle)))
    return OPEN if any(outcome.result == "failed" for outcome in outcomes) else 0


def _named(options: argparse.Namespace) -> list[FeedAddress]:
    """Return the feeds that are named, with what is said of them."""
    header, _, variable = options.header.partition("=")
    if (options.ecosystem or options.columns or options.header) and not options.addresses:
        raise UsageError("--ecosystem, --columns and --header are for feeds that are named with them: name a URL")
    if options.header:
        try:
            check_header(header)
        except ValueError as error:
            raise UsageError(f"--header: {error}") from error
        if not variable:
            raise UsageError("--header takes NAME=VARIABLE: the environment variable that holds its value")
    ecosystem = _ecosystem(options.ecosystem)
    return [FeedAddress(url, ecosystem, options.columns, header, variable) for url in options.addresses]


def _certificate(options: argparse.Namespace) -> bytes:
    path: Path | None = options.signed_by
    if path is None:
        return b""
    if not options.addresses:
        raise UsageError("--signed-by is for feeds that are named with it: it is remembered for them")
    try:
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror or error}") from error


def _status(options: argparse.Namespace, folder: Path, now: datetime) -> int:
    states = feed_states(folder)
    if not states:
        raise NothingToScan("no feed is imported: 'doorward intel import FILE' brings one")
    bundle = bundle_id(folder)
    document = {"schema": 1, "bundle": bundle, "feeds": [feed_json(state, now) for state in states]}
    write(options.output, as_json(document) if _json(options) else as_text(status_text(states, bundle, now)))
    return 0


def _lookup(options: argparse.Namespace, folder: Path, now: datetime) -> int:
    policy = load_policy(options, Path.cwd())
    if options.online:
        answers = _online(policy, options.texts, folder, now)
    else:
        answers = questions(folder, options.texts, now, policy.intel.max_age)
    if _json(options):
        text = as_json({"schema": 1, "bundle": bundle_id(folder), "answers": [answer_json(a) for a in answers]})
    else:
        text = as_text(line for answer in answers for line in answer_text(answer))
    write(options.output, text)
    if any(answer.is_bad for answer in answers):
        return BAD
    return OPEN if any(answer.is_open for answer in answers) else 0


def _online(policy: Policy, texts: Sequence[str], folder: Path, now: datetime) -> list[Answer]:
    cache = folder.parent if os.access(folder.parent, os.W_OK) else None
    with Http(policy.network_limits, environ=os.environ, cache=cache) as http:
        return online_questions(http, policy.intel, texts, now, os.environ)


def _hunt(options: argparse.Namespace, folder: Path, now: datetime) -> int:
    max_age = load_policy(options, Path.cwd()).intel.max_age
    with open_store(None, environ=os.environ) as store:
        found = hunt(store, folder, everything=options.all)
        left = left_open(store, folder, now, max_age)
    document = {"schema": 1, "bundle": bundle_id(folder), "found": [quarry_json(one) for one in found], "open": left}
    write(options.output, as_json(document) if _json(options) else as_text(quarry_text(found, left)))
    if any(not one.open for one in found):
        return BAD
    return OPEN if found or left else 0


def _remove(options: argparse.Namespace, folder: Path, now: datetime) -> int:
    forget(folder, options.names, now)
    document = {"schema": 1, "removed": options.names}
    write(options.output, as_json(document) if _json(options) else as_text([f"removed {', '.join(options.names)}"]))
    return 0


def _json(options: argparse.Namespace) -> bool:
    return bool(options.format == "json")
