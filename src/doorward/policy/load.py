"""From ``doorward.toml`` or ``[tool.doorward]`` to a :class:`Policy`.

Every key is declared once, in the structures below; an unknown key is an error with "did you mean" and its line.
"""

from __future__ import annotations

import difflib
import fnmatch
import re
import tomllib
from collections.abc import Callable, Collection
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal

import msgspec

from doorward.errors import InvalidPurl, PolicyError
from doorward.model.findings import Allowance, Severity, Strength
from doorward.model.limits import ArchiveLimits, NetworkLimits
from doorward.model.purl import is_purl, parse_purl
from doorward.model.run import Grade, Phase
from doorward.policy.destinations import parse_destination
from doorward.policy.intel import DeclaredIntel, intel_policy
from doorward.policy.model import GuardPolicy, Policy
from doorward.policy.repository import DeclaredRepository, repository_policy
from doorward.policy.source import DeclaredSource, source_policy
from doorward.policy.units import duration, size

#: Where a project's policy may stand, the first that does counts.
POLICY_FILES = ("doorward.toml", "pyproject.toml")

StrengthWord = Literal["context", "weak", "strong", "conclusive"]
SeverityWord = Literal["low", "medium", "high", "critical"]
GradeWord = Literal["enforced", "enforced-ports", "best-effort", "observed"]


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    pass


class _Scan(_Strict, frozen=True):
    exclude: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    artifacts: Literal["installable", "all"] = "installable"


class _Block(_Strict, frozen=True):
    vulnerability: SeverityWord | None = None
    guidance: SeverityWord | None = None


class _Limits(_Strict, frozen=True):
    budget: str = "500MB"
    document: str = "64MiB"
    artifact: str = "1GiB"
    archive_total: str = "4GiB"
    archive_entry: str = "1GiB"
    archive_entries: int = 200_000
    archive_ratio: int = 200
    archive_nesting: int = 3
    concurrency: int = 16


class _Guard(_Strict, frozen=True):
    allow: tuple[str, ...] = ()
    resolve: tuple[str, ...] = ()
    build: tuple[str, ...] = ()
    install: tuple[str, ...] = ()
    test: tuple[str, ...] = ()
    run: tuple[str, ...] = ()
    require_grade: GradeWord | None = None
    honey_files: tuple[str, ...] = ()


class _RuleSettings(_Strict, frozen=True):
    strength: StrengthWord | None = None


class _Allow(_Strict, frozen=True):
    rule: str
    subject: str
    reason: str
    until: date
    advisory: str = ""


class _File(_Strict, frozen=True):
    hold: str = "72h"
    cooldown: str = "3d"
    require: tuple[str, ...] = ()
    scan: _Scan = _Scan()
    block: _Block = _Block()
    limits: _Limits = _Limits()
    guard: _Guard = _Guard()
    intel: DeclaredIntel = DeclaredIntel()
    source: DeclaredSource = DeclaredSource()
    repository: DeclaredRepository = DeclaredRepository()
    rules: dict[str, _RuleSettings] = {}
    allow: tuple[_Allow, ...] = ()


#: Up to so many choices are listed where nothing close was meant.
_FEW = 12
_UNKNOWN_KEY = re.compile(r"unknown field `([^`]*)`(?: - at `\$([^`]*)`)?")


def default_policy() -> Policy:
    """Return the policy of a project that has none."""
    return Policy()


def policy_schema() -> dict[str, Any]:
    """Return the JSON Schema of the policy file."""
    return msgspec.json.schema(_File)


def find_policy(read: Callable[[str], str | None], *, rule_ids: Collection[str]) -> Policy:
    """Return a project's policy: ``doorward.toml``, else ``[tool.doorward]``, else the defaults.

    ``read`` returns the text of a file at the project's root, None where there is none.
    """
    for name in POLICY_FILES:
        text = read(name)
        if text is not None and (name != "pyproject.toml" or "[tool.doorward" in text):
            return parse_policy(text, origin=name, rule_ids=rule_ids)
    return default_policy()


def read_below(root: Path, name: str) -> str | None:
    """Return the text of a file in a folder; None where there is none. Raise PolicyError where it cannot be read."""
    try:
        return (root / name).read_text(encoding="utf-8")
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise PolicyError(f"{name}: cannot be read: {_reason(error)}") from error


def parse_policy(text: str, *, origin: str, rule_ids: Collection[str]) -> Policy:
    """Parse the text of a policy file; ``rule_ids`` are those that it may name. Raise :class:`PolicyError`."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise PolicyError(f"{origin}: {error}") from error
    if Path(origin).name == "pyproject.toml":
        table = table.get("tool", {}).get("doorward", {})
    try:
        declared = msgspec.convert(table, _File)
    except msgspec.ValidationError as error:
        raise PolicyError(_explain(error, text, origin)) from error
    for rule in (*declared.rules, *(allow.rule for allow in declared.allow), *declared.require):
        known = fnmatch.filter(rule_ids, rule) if rule in declared.require else rule in rule_ids
        if not known:
            raise PolicyError(f"{origin}{_line(text, rule)}: no rule {rule!r}{_meant(rule, rule_ids)}")
    try:
        return _policy(declared, origin)
    except (ValueError, InvalidPurl) as error:
        raise PolicyError(f"{origin}: {error}") from error


def _policy(declared: _File, origin: str) -> Policy:
    limits = declared.limits
    return Policy(
        hold=duration(declared.hold),
        cooldown=duration(declared.cooldown),
        strengths=MappingProxyType(
            {
                rule: Strength[settings.strength.upper()]
                for rule, settings in declared.rules.items()
                if settings.strength
            }
        ),
        require=declared.require,
        allowances=tuple(map(_allowance, declared.allow)),
        block_vulnerability=_severity(declared.block.vulnerability),
        block_guidance=_severity(declared.block.guidance),
        exclude=declared.scan.exclude,
        platforms=declared.scan.platforms,
        all_artifacts=declared.scan.artifacts == "all",
        archive_limits=ArchiveLimits(
            entry_bytes=size(limits.archive_entry),
            total_bytes=size(limits.archive_total),
            entries=_positive("archive-entries", limits.archive_entries),
            ratio=_positive("archive-ratio", limits.archive_ratio),
            nesting=_positive("archive-nesting", limits.archive_nesting),
        ),
        network_limits=NetworkLimits(
            document_bytes=size(limits.document),
            artifact_bytes=size(limits.artifact),
            budget_bytes=size(limits.budget),
            concurrency=_positive("concurrency", limits.concurrency),
        ),
        guard=_guard(declared.guard),
        intel=intel_policy(declared.intel),
        source=source_policy(declared.source),
        repository=repository_policy(declared.repository),
        origin=origin,
    )


def _guard(guard: _Guard) -> GuardPolicy:
    return GuardPolicy(
        allow=tuple(map(parse_destination, guard.allow)),
        by_phase=MappingProxyType(
            {phase: tuple(map(parse_destination, texts)) for phase in Phase if (texts := getattr(guard, phase.value))}
        ),
        require_grade=Grade(guard.require_grade) if guard.require_grade else None,
        honey_files=guard.honey_files,
    )


def _allowance(allow: _Allow) -> Allowance:
    what = f"the allowance of {allow.rule} for {allow.subject}"
    if not allow.reason.strip():
        raise ValueError(f"{what} needs a reason")
    subject = allow.subject
    if is_purl(subject):
        purl = parse_purl(subject)
        if not purl.version:
            raise ValueError(f"{what} needs a version")
        subject = str(purl)
    if allow.advisory and not allow.rule.startswith("vulnerability/"):
        raise ValueError(f"{what} names an advisory, which only rules of vulnerabilities take")
    return Allowance(allow.rule, subject, allow.reason, allow.until, allow.advisory)


def _positive(key: str, value: int) -> int:
    if value < 1:
        raise ValueError(f"limits.{key} must be at least 1")
    return value


def _severity(word: str | None) -> Severity | None:
    return Severity[word.upper()] if word else None


def _explain(error: msgspec.ValidationError, text: str, origin: str) -> str:
    """Turn msgspec's message into one line that names the key, its line, and what was probably meant."""
    match = _UNKNOWN_KEY.search(str(error))
    if not match:
        message = str(error).replace(" - at `$.", " at `").replace("`", "'")
        return f"{origin}: {message[0].lower()}{message[1:]}"
    key, place = match[1], (match[2] or "").lstrip(".")
    table = re.sub(r"\[.*", "", place.split(".")[0])
    return f"{origin}{_line(text, key)}: unknown key {key!r}{f' in [{table}]' if table else ''}" + _meant(
        key, _keys(table)
    )


def _keys(table: str) -> list[str]:
    structs: dict[str, type[msgspec.Struct]] = {
        "": _File,
        "scan": _Scan,
        "block": _Block,
        "limits": _Limits,
        "guard": _Guard,
        "intel": DeclaredIntel,
        "source": DeclaredSource,
        "repository": DeclaredRepository,
        "rules": _RuleSettings,
        "allow": _Allow,
    }
    struct = structs.get(table, _File)
    return [field.encode_name for field in msgspec.structs.fields(struct)]


def _meant(word: str, choices: Collection[str]) -> str:
    close = difflib.get_close_matches(word, choices, n=1, cutoff=0.6)
    return (
        f"; did you mean {close[0]!r}?"
        if close
        else f" (known: {', '.join(sorted(choices))})"
        if len(choices) <= _FEW
        else ""
    )


def _line(text: str, key: str) -> str:
    """Return ":<line>" of the first line that uses the key: a help for people, so a guess is enough."""
    pattern = re.compile(rf"""^\s*(\[.*)?["']?{re.escape(key)}["']?\s*(\]|=|\.)|=\s*["']{re.escape(key)}["']""")
    for number, line in enumerate(text.splitlines(), 1):
        if pattern.search(line):
            return f":{number}"
    return ""


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return error.strerror or "" if isinstance(error, OSError) else "it is not UTF-8"
