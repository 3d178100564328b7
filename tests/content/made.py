"""Artifacts that are made for a test."""

import base64
import hashlib
import io
import json
import tarfile

from doorward.model.content import ArtifactContent, Hook
from doorward.model.limits import ArchiveLimits
from doorward.sources.content import analyse
from tests.archives.made import tar_of, zip_of

LIMITS = ArchiveLimits()
METADATA = "Metadata-Version: 2.1\nName: Example.Lib\nVersion: 1.2.3\n"


def as_bytes(files):
    return {path: data.encode() if isinstance(data, str) else data for path, data in files.items()}


def record_of(files) -> str:
    lines = []
    for path, data in as_bytes(files).items():
        digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
        lines.append(f"{path},sha256={digest},{len(data)}")
    return "\n".join([*lines, "example_lib-1.2.3.dist-info/RECORD,,"]) + "\n"


def wheel_bytes(files, *, metadata=METADATA, record=None) -> bytes:
    info = "example_lib-1.2.3.dist-info/"
    files = {**files, info + "METADATA": metadata, info + "WHEEL": "Wheel-Version: 1.0\n"}
    files[info + "RECORD"] = record_of(files) if record is None else record
    return zip_of(as_bytes(files))


def wheel(files, **options) -> ArtifactContent:
    return analyse(wheel_bytes(files, **options), "example_lib-1.2.3-py3-none-any.whl", LIMITS)


def sdist(files, root="example_lib-1.2.3", name="example_lib-1.2.3.tar.gz") -> ArtifactContent:
    files = {f"{root}/{path}" if root else path: data for path, data in as_bytes(files).items()}
    return analyse(tar_of(files), name, LIMITS)


def npm(manifest, files=None, root="package") -> ArtifactContent:
    if not isinstance(manifest, bytes):
        manifest = json.dumps({"name": "example-lib", "version": "1.2.3", **manifest}).encode()
    files = {f"{root}/{path}": data for path, data in {"package.json": manifest, **as_bytes(files or {})}.items()}
    return analyse(tar_of(files), "example-lib-1.2.3.tgz", LIMITS)


def tar_with_links(files, links) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for path, data in as_bytes(files).items():
            info = tarfile.TarInfo(path)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
        for path, (kind, target) in links.items():
            info = tarfile.TarInfo(path)
            info.type, info.linkname = kind, target
            archive.addfile(info)
    return buffer.getvalue()


def hook(content: ArtifactContent, kind: str, name: str | None = None) -> Hook:
    (found,) = [one for one in content.hooks if one.kind == kind and name in (None, one.name)]
    return found


def capabilities(content: ArtifactContent) -> dict[str, str]:
    return {found.name: found.where for found in content.capabilities}
