"""Feeds by hand: small, inert, with hosts under .invalid."""

import io
import json
import tarfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from doorward.model.advisories import Advisory, Pack
from doorward.model.intelligence import About, Defect, Disowned, Indicator, Refused, Role
from doorward.sources.feeds import Item, read_feed
from doorward.store.intel.packing import unpacked

T = TypeVar("T")
GENUINE = {"sha256": "a1" * 32, "md5": "a2" * 16, "blake2b_256": "a3" * 32}
EVIDENCE = "b1" * 32
REPORT = "c1" * 32


def osv(id_: str, name: str = "examplelib", *versions: str, ecosystem: str = "PyPI", **more: Any) -> dict[str, Any]:
    """One OSV record about one package."""
    affected: dict[str, Any] = {"package": {"ecosystem": ecosystem, "name": name}}
    if versions:
        affected["versions"] = list(versions)
    for field in ("ranges", "ecosystem_specific"):
        if field in more:
            affected[field] = more.pop(field)
    if "inside" in more:
        affected["database_specific"] = more.pop("inside")
    return {"id": id_, "modified": "2026-05-01T10:00:00Z", "affected": [affected]} | more


def span(*events: str, type_: str = "ECOSYSTEM", **more: Any) -> list[dict[str, Any]]:
    """One range: ``span("introduced 0", "fixed 1.2")``."""
    return [{"type": type_, "events": [dict([event.split(" ", 1)]) for event in events]} | more]


def malicious(id_: str = "MAL-2026-1", **more: Any) -> dict[str, Any]:
    """A record of a malicious release as the malicious-packages list has it, with everything that it can carry."""
    inside = {
        "cwes": [{"cweId": "CWE-506"}, {"cweId": "CWE-506"}],
        "indicators": {
            "package_integrity": [{"filename": "examplelib-1.0.0.tar.gz", "hashes": GENUINE}],
            "evidence_files": [{"path": "examplelib/__init__.py", "sha256": EVIDENCE, "tlsh": "T1" + "0A" * 35}],
        },
    }
    database = {
        "malicious-packages-origins": [{"source": "somebody", "sha256": REPORT, "versions": ["1.0.0"]}],
        "iocs": {
            "domains": ["Evil[.]invalid"],
            "urls": ["hxxps://evil.invalid/stage2"],
            "ips": ["9.9.9.9"],
            "ip_addresses": ["8.8.4.4:8080"],
        },
    }
    record = osv(id_, "examplelib", "1.0.0", inside=inside, database_specific=database)
    return record | {"details": f"reported with digest {REPORT}"} | more


def zipped(path: Path, members: Mapping[str, Any], method: int = zipfile.ZIP_DEFLATED) -> Path:
    """Write an archive of JSON documents, or of bytes and texts as they are."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content if isinstance(content, bytes | str) else json.dumps(content))
    return path


def bytes_of_zip(members: Mapping[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return made.getvalue()


def bytes_of_tar(members: Mapping[str, bytes], links: Iterable[str] = ()) -> bytes:
    """An archive of files, and of links to the first of them: the first symbolic, the others hard."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        for place, name in enumerate(links):
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.LNKTYPE if place else tarfile.SYMTYPE, next(iter(members))
            archive.addfile(member)
    return made.getvalue()


def written(path: Path, content: Any) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else _text(content).encode())
    return path


def _text(content: Any) -> str:
    return content if isinstance(content, str) else json.dumps(content)


def read(path: Path) -> list[Item]:
    return [item for item in opened(read_feed(path)) if not isinstance(item, About)]


def opened(items: Iterable[Item]) -> Iterator[Item]:
    """Yield items with packed records as the store reads them."""
    for item in items:
        if isinstance(item, Pack):
            columns = (item.ids, item.kinds, item.modified, item.withdrawn, item.aliases, item.bodies)
            for record in zip(*columns, strict=True):
                advisory, affected = unpacked(*record)
                yield replace(advisory, affected=affected)
            for at, algorithm, digest, note in zip(*item.digests, strict=True):
                id_, modified, withdrawn = item.ids[at], item.modified[at], item.withdrawn[at]
                yield Indicator(algorithm, digest, Role.PACKAGE, id_, modified, note=note, retracted=bool(withdrawn))
        else:
            yield item


def of(type_: type[T], items: Iterable[Any]) -> list[T]:
    return [item for item in items if isinstance(item, type_)]


def advisories(items: Iterable[Any]) -> list[Advisory]:
    return of(Advisory, items)


def indicators(items: Iterable[Any]) -> dict[tuple[str, str], Indicator]:
    return {(item.kind, item.value): item for item in of(Indicator, items)}


def refused(items: Iterable[Any]) -> list[tuple[str, str]]:
    return [(item.place, item.reason) for item in of(Refused, items)]


def defects(items: Iterable[Any]) -> list[str]:
    return [item.reason for item in of(Defect, items)]


def disowned(items: Iterable[Any]) -> set[str]:
    rows = b"".join(item.rows for item in of(Disowned, items)).hex()
    return {rows[at : at + 64] for at in range(0, len(rows), 64)}
