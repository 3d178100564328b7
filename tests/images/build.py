"""Saved container images by hand: layers, and the containers that hold them."""

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

#: What an entry of a layer is: bytes of a file, None for a folder, or a link ("->target", "=>target" for a hard one).
Content = bytes | str | None

METADATA = "usr/lib/python3/site-packages/examplelib-1.0.0.dist-info/METADATA"
INSTALLED: dict[str, Content] = {METADATA: b"Name: examplelib\nVersion: 1.0.0\n"}
#: The same, deleted.
DELETED: dict[str, Content] = {"usr/lib/python3/site-packages/.wh.examplelib-1.0.0.dist-info": b""}
OTHER: dict[str, Content] = {"etc/motd": b"hello\n"}


def tar(entries: Mapping[str, Content]) -> bytes:
    """A tar file of some entries, in their order."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for path, content in entries.items():
            member = tarfile.TarInfo(path)
            if content is None:
                member.type = tarfile.DIRTYPE
            elif isinstance(content, str):
                member.type = tarfile.SYMTYPE if content.startswith("->") else tarfile.LNKTYPE
                member.linkname = content[2:]
            else:
                member.size = len(content)
            archive.addfile(member, io.BytesIO(content) if isinstance(content, bytes) else None)
    return made.getvalue()


def digest(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def config(layers: Sequence[bytes], *, steps: bool = True) -> bytes:
    """A configuration that tells of each layer, and of one step that made none."""
    history = [{"created": "2026-03-01T10:00:00Z", "created_by": "ENV A=b", "empty_layer": True}] + [
        {"created": f"2026-03-0{number}T10:00:00Z", "created_by": f"RUN step {number}"}
        for number in range(1, len(layers) + 1)
    ]
    told = {"rootfs": {"type": "layers", "diff_ids": [digest(layer) for layer in layers]}}
    return json.dumps(told | ({"history": history} if steps else {})).encode()


def docker(*layers: Mapping[str, Content], tag: str = "app:1", packed: bool = False) -> dict[str, Content]:
    """What ``docker save`` wrote before version 25: a folder a layer."""
    blobs = [tar(layer) for layer in layers]
    names = [f"{number:064x}/layer.tar" for number in range(len(blobs))]
    manifest = [{"Config": "config.json", "RepoTags": [tag], "Layers": names}]
    stored = [gzip.compress(blob, mtime=0) if packed else blob for blob in blobs]
    return {
        **dict(zip(names, stored, strict=True)),
        "config.json": config(blobs),
        "manifest.json": json.dumps(manifest).encode(),
    }


def oci(*layers: Mapping[str, Content], packed: bool = True, kind: str = "", **more: Any) -> dict[str, Content]:
    """An OCI layout."""
    blobs = [tar(layer) for layer in layers]
    stored = [gzip.compress(blob, mtime=0) if packed else blob for blob in blobs]
    media = kind or f"application/vnd.oci.image.layer.v1.tar{'+gzip' if packed else ''}"
    told = config(blobs)
    manifest = json.dumps({
        "schemaVersion": 2,
        "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest(told)},
        "layers": [{"mediaType": media, "digest": digest(blob), "size": len(blob)} for blob in stored],
    } | more).encode()  # fmt: skip
    descriptor = {"digest": digest(manifest), "annotations": {"org.opencontainers.image.ref.name": "1.2"}}
    return {
        "oci-layout": b'{"imageLayoutVersion": "1.0.0"}',
        **{f"blobs/sha256/{digest(blob)[7:]}": blob for blob in (*stored, told, manifest)},
        "index.json": json.dumps({"schemaVersion": 2, "manifests": [descriptor]}).encode(),
    }


def saved(path: Path, content: Mapping[str, Content], *, packed: bool = False) -> Path:
    """Write a container as a tar file."""
    data = tar(content)
    path.write_bytes(gzip.compress(data, mtime=0) if packed else data)
    return path


def unpacked(path: Path, content: Mapping[str, Content]) -> Path:
    """Write a container as a folder."""
    for name, data in content.items():
        assert isinstance(data, bytes)
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(data)
    return path
