"""EPSS scores: how likely each CVE is to be exploited within 30 days (FIRST, https://www.first.org/epss)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from doorward.model.advisories import Likelihood, stamp
from doorward.model.intelligence import About, Refused
from doorward.sources.feeds._documents import Document
from doorward.sources.feeds._indicators import shown

NAME = "EPSS"

LINE = 200
_HEADER = re.compile(rb"(?:#[^\n]{0,300}\n)?cve,epss,percentile")
_DATE = re.compile(rb"score_date:([0-9T:.Z+-]{10,30})")
#: A number as the feed has it, or as a program that rewrote its table does: "0.00043", "1e-05", in quotes or not.
_NUMBER = rb'"?([0-9]{1,3}(?:\.[0-9]{1,20})?(?:[eE][+-]?[0-9]{1,2})?)"?'
_ROW = re.compile(rb'"?(CVE-[0-9]{4}-[0-9]{4,19})"?,%b,%b\s*\Z' % (_NUMBER, _NUMBER), re.IGNORECASE)


def sniff(head: bytes, _name: str) -> bool:
    """Whether a document begins with the header of the scores."""
    return bool(_HEADER.match(head))


def parse(document: Document) -> Iterator[About | Likelihood | Refused]:
    """Yield the scores."""
    dated = _DATE.search(document.head()[:LINE])
    yield About(licence="FIRST EPSS, cite its source", made=stamp(_moment(dated[1])) if dated else "")
    for number, line in document.lines(LINE):
        row = _ROW.match(line)
        if row:
            probability, percentile = float(row[2]), float(row[3])
            if probability <= 1 and percentile <= 1:
                yield Likelihood(row[1].decode("ascii").upper(), probability, percentile)
                continue
        if line.strip() and not line.startswith((b"#", b"cve,epss")):
            reason = "not between 0 and 1" if row else "not a score"
            yield Refused(f"{document.name}:{number}", f"{reason}: {shown(line.decode('utf-8', 'replace'))}")


def _moment(text: bytes) -> str:
    return re.sub(r"([+-][0-9]{2})([0-9]{2})\Z", r"\1:\2", text.decode("ascii"))
