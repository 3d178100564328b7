"""Files of allowed signers, in the format of OpenSSH (ssh-keygen(1), ALLOWED SIGNERS)."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from fnmatch import fnmatchcase

from doorward.records import dataclass

_KEY_TYPE = re.compile(r"(?:ssh-|ecdsa-sha2-|sk-ssh-|sk-ecdsa-)[A-Za-z0-9@.-]+\Z")
_OPTION = re.compile(r'(?P<name>[A-Za-z-]+)(?:=(?:"(?P<quoted>[^"]*)"|(?P<plain>[^,"]*)))?(?:,|\Z)')
_TIME_FORMATS = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}


@dataclass(frozen=True, slots=True)
class AllowedSigner:
    """One line of such a file."""

    principals: str
    #: The key in SSH's wire format.
    key: bytes
    #: Patterns of namespaces; empty: every one.
    namespaces: tuple[str, ...] = ()
    #: Seconds since 1970, inclusive.
    valid_after: int | None = None
    valid_before: int | None = None
    #: Whether the key signs certificates, not data.
    authority: bool = False

    def allows(self, namespace: str, time: int | None) -> bool:
        """Whether the key may sign for ``namespace`` at ``time``. Without a time, limits of time are not met."""
        return not self.authority and self.permits(namespace, time)

    def permits(self, namespace: str, time: int | None) -> bool:
        """Whether the entry, be it a key's or an authority's, is for ``namespace`` and ``time``."""
        if self.namespaces and not any(fnmatchcase(namespace, one) for one in self.namespaces):
            return False
        if self.valid_after is None and self.valid_before is None:
            return True
        if time is None:
            return False
        return (self.valid_after or 0) <= time <= (self.valid_before if self.valid_before is not None else time)


def parse_allowed_signers(text: str) -> Iterator[AllowedSigner | str]:
    """Yield each line's entry, or a sentence that says why the line is none (with its number)."""
    for number, line in enumerate(text.splitlines(), 1):
        stripped = line.strip()
        if stripped and not stripped.startswith("#"):
            try:
                yield _entry(stripped)
            except (ValueError, binascii.Error) as error:
                yield f"line {number}: {error}"


def _entry(line: str) -> AllowedSigner:
    words = list(_words(line))
    kind = next((at for at, word in enumerate(words[:3]) if at and _KEY_TYPE.match(word)), None)
    if kind is None or len(words) <= kind + 1:
        raise ValueError("no key")
    key = base64.b64decode(words[kind + 1], validate=True)
    options = _options(words[1]) if kind == 2 else {}  # noqa: PLR2004 - principals, options, type
    return AllowedSigner(
        principals=words[0].strip('"'),
        key=key,
        namespaces=tuple(one for one in options.get("namespaces", "").split(",") if one),
        valid_after=_time(options.get("valid-after")),
        valid_before=_time(options.get("valid-before")),
        authority="cert-authority" in options,
    )


def _words(line: str) -> Iterator[str]:
    """Split at blanks that stand outside quotes."""
    word: list[str] = []
    quoted = False
    for c in line:
        if c in " \t" and not quoted:
            if word:
                yield "".join(word)
            word = []
            continue
        quoted ^= c == '"'
        word.append(c)
    if word:
        yield "".join(word)


def _options(text: str) -> dict[str, str]:
    found, at = {}, 0
    while at < len(text):
        match = _OPTION.match(text, at)
        if match is None:
            raise ValueError("options that cannot be read")
        found[match["name"].lower()] = match["quoted"] or match["plain"] or ""
        at = match.end()
    unknown = found.keys() - {"namespaces", "valid-after", "valid-before", "cert-authority"}
    if unknown:
        raise ValueError(f"an unknown option: {min(unknown)}")
    return found


def _time(text: str | None) -> int | None:
    """Read ``YYYYMMDD[HHMM[SS]][Z]``; without Z it is local time, as for OpenSSH."""
    if text is None:
        return None
    digits = text.removesuffix("Z")
    if len(digits) not in _TIME_FORMATS or not digits.isdigit():
        raise ValueError(f"a time that cannot be read: {text}")
    moment = datetime.strptime(digits, _TIME_FORMATS[len(digits)])  # noqa: DTZ007 - its zone follows
    return int((moment.replace(tzinfo=UTC) if text.endswith("Z") else moment.astimezone()).timestamp())
