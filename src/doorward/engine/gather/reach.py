"""Whether the project's own code uses what an advisory calls affected: evidence, never a verdict."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

from doorward.model.advisories import Kind
from doorward.model.intelligence import AdvisoryMatch, Intelligence
from doorward.records import replace
from doorward.sources.usage import ANY, READERS, Uses, find_uses

_SEEN = ", nothing that is affected is seen to be used"
#: What keeps from telling, before the place.
_HIDDEN, _BLIND = "names of it are taken unwritten at ", "a name that only its run tells is imported at "


def is_told(match: AdvisoryMatch) -> bool:
    """Whether an advisory names what of the package is affected, in a language that doorward reads."""
    return match.advisory.kind is Kind.VULNERABILITY and bool(
        match.affected.symbols and match.affected.ecosystem in READERS
    )


def reached(told: Sequence[Intelligence], root: Path, exclude: Sequence[str]) -> list[Intelligence]:
    """Say of every vulnerability that names symbols whether the project below ``root`` uses them."""
    wanted: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for match in (match for item in told for match in item.advisories if is_told(match)):
        for symbols in match.affected.symbols:
            wanted[match.affected.ecosystem][symbols.path].update(symbols.names)
    uses = {ecosystem: find_uses(root, ecosystem, modules, exclude) for ecosystem, modules in wanted.items()}
    return [replace(item, advisories=tuple(_marked(match, uses) for match in item.advisories)) for item in told]


def _marked(match: AdvisoryMatch, uses: dict[str, tuple[Uses, str]]) -> AdvisoryMatch:
    if not is_told(match):
        return match
    found, unread = uses[match.affected.ecosystem]
    return replace(match, reach=_words(match, found, unread))


def _words(match: AdvisoryMatch, found: Uses, unread: str) -> str:
    imported = hidden = ""
    for symbols in match.affected.symbols:
        for name in symbols.names or ("",):
            place = found.get((symbols.path, name))
            if place:
                return f"{symbols.path}{f'.{name}' if name else ''} is used at {place}"
        place = found.get((symbols.path, ""))
        imported = imported or (f"{symbols.path} is imported at {place}" if place else "")
        hidden = hidden or found.get((symbols.path, ANY), "")
    if imported:
        what = f", whether what is affected is used is not known: {_HIDDEN}{hidden}" if hidden else _SEEN
        return f"{imported}{what}{f'; some code was not read: {unread}' if unread else ''}"
    blind = found.get(("", ANY))
    if blind:
        return f"not known whether the project's own code imports it: {_BLIND}{blind}"
    if unread:
        return f"not seen in the project's own code, of which some was not read: {unread}"
    return "not imported in the project's own code"
