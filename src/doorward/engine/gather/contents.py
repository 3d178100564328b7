"""Contents of artifacts: from the store by digest, else fetched by URL and digest and read as a stream."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from typing import BinaryIO, cast

from doorward.engine.context import Context
from doorward.engine.gather.reading import Reading, how_to_read
from doorward.engine.workers import workers
from doorward.errors import SourceError
from doorward.model.content import ArtifactContent
from doorward.model.facts import Known, Missing
from doorward.model.registry import ArtifactRecord
from doorward.model.release import Artifact
from doorward.sources import content as lenses
from doorward.sources.indexes import Index

#: Digests that identify an artifact beyond doubt; weaker ones are compared, never believed.
#: Part of the byte budget that one artifact of unknown size may take, so that the others have theirs.
_SHARE = 4
_STRONG = ("sha256:", "sha512:", "blake2b_256:")


def read_artifacts(context: Context, wanted: Mapping[ArtifactRecord, Index]) -> dict[ArtifactRecord, Artifact]:
    """Return what each artifact contains; ``wanted`` says which index names it.

    One that cannot be read has ``Missing`` content with the reason.
    """
    keys = {record: key for record in wanted if (key := _key(record))}
    reading = how_to_read(context)
    stored = context.store.contents(keys.values(), reading.analyser)
    found = {record: Artifact(record, Known(stored[key]), chosen=True) for record, key in keys.items() if key in stored}
    # Small ones first: a byte budget that ends must not end on the first giant.
    rest = sorted((record for record in wanted if record not in found), key=lambda record: record.size or 0)
    context.progress.phase("artifacts", len(rest))
    if rest:
        with workers(context.policy.network_limits.concurrency, "artifacts") as pool:
            read = pool.map(lambda record: _fetch(context, record, wanted[record], reading), rest)
            found.update(zip(rest, read, strict=True))
    return found


def _key(record: ArtifactRecord) -> str:
    return next((digest for digest in record.digests if digest.startswith(_STRONG)), "")


def _fetch(context: Context, record: ArtifactRecord, index: Index, reading: Reading) -> Artifact:
    try:
        return _read(context, record, index, reading)
    except SourceError as error:
        return Artifact(record, Missing(f"{record.filename}: {error}"), chosen=True)
    finally:
        context.progress.advance()


def _read(context: Context, record: ArtifactRecord, index: Index, reading: Reading) -> Artifact:
    with tempfile.SpooledTemporaryFile(max_size=reading.limits.spool_bytes) as spool:
        sink = cast("BinaryIO", spool)
        cap = _cap(context, record)
        context.http.download(record.url, sink, index=index, cap=cap, size=record.size, algorithms=())
        sink.seek(0)
        content = lenses.analyse(sink, record.filename, reading.limits)
    differs = mismatch(record.digests, content)
    # Kept under the digests that the bytes really have, so that a lying index cannot plant facts for another artifact.
    context.store.put_content(content, reading.analyser)
    return Artifact(record, Known(content), chosen=True, differs=differs)


def _cap(context: Context, record: ArtifactRecord) -> int:
    """Return the bytes that one artifact may have: what the index states, else a share of the budget of all."""
    limits = context.policy.network_limits
    return min(limits.artifact_bytes, record.size or limits.budget_bytes // _SHARE)


def mismatch(stated: Iterable[str], content: ArtifactContent) -> str:
    """Return the digest that the bytes have where they differ from a stated one of the same algorithm, else ""."""
    actual: Mapping[str, str] = dict(digest.split(":", 1) for digest in content.digests)
    for digest in stated:
        algorithm, _, value = digest.partition(":")
        if algorithm in actual and actual[algorithm] != value:
            return f"{algorithm}:{actual[algorithm]}"
    return ""
