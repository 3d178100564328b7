"""Saved container images: every layer, what became of its files above it, and what hostile ones cost."""

import json
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from doorward.errors import ArchiveTooLarge, SourceError
from doorward.sources.images import Images, Sight, read_images
from tests.images.build import (
    DELETED,
    INSTALLED,
    METADATA,
    OTHER,
    Content,
    digest,
    docker,
    oci,
    saved,
    tar,
    unpacked,
)

Layers = tuple[Mapping[str, Content], ...]
THREE: Layers = (OTHER, INSTALLED, DELETED)


def sights(images: Images) -> list[Sight]:
    return [sight for image in images.saved for sight in images.sights(image)]


def unread(images: Images) -> list[tuple[str, str]]:
    return [(one.path, one.reason) for _, one in images.unread()]


#: Every way in which an image is saved.
FORMS: dict[str, Callable[[Path, Layers], Path]] = {
    "docker save": lambda path, layers: saved(path, docker(*layers)),
    "docker save, packed": lambda path, layers: saved(path, docker(*layers), packed=True),
    "docker save, layers packed": lambda path, layers: saved(path, docker(*layers, packed=True)),
    "docker save, unpacked": lambda path, layers: unpacked(path, docker(*layers)),
    "OCI": lambda path, layers: saved(path, oci(*layers)),
    "OCI, layers as they are": lambda path, layers: saved(path, oci(*layers, packed=False)),
    "OCI, a folder": lambda path, layers: unpacked(path, oci(*layers)),
    "both at once": lambda path, layers: saved(path, docker(*layers) | oci(*layers)),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_layer_is_read_also_what_a_later_one_deletes(tmp_path: Path, form: str) -> None:
    images = read_images(FORMS[form](tmp_path / "image", THREE))
    assert (images.gaps, unread(images)) == ((), [])
    found = sights(images)
    assert len(found) == (2 if form == "both at once" else 1)
    for sight in found:
        assert (str(sight.seen.package.purl), sight.seen.path) == ("pkg:pypi/examplelib@1.0.0", METADATA)
        assert (sight.number, sight.fate) == (2, "deleted by layer 3")
        assert sight.place.made == "RUN step 2"
        assert str(sight.place.time) == "2026-03-02 10:00:00+00:00"


def test_a_layer_is_named_by_the_digest_of_what_is_stored(tmp_path: Path) -> None:
    (plain,) = sights(read_images(saved(tmp_path / "a.tar", docker(*THREE))))
    assert (plain.digest, plain.image.name) == (digest(tar(INSTALLED)), "app:1")
    content = oci(*THREE)
    (packed,) = sights(read_images(saved(tmp_path / "b.tar", content)))
    assert packed.image.name == "1.2"
    assert f"blobs/sha256/{packed.digest[7:]}" in content


#: What layers above the one with the package hold, and what becomes of its file.
FATES: dict[str, tuple[Layers, str]] = {
    "nothing": ((), ""),
    "something else": ((OTHER,), ""),
    "its folder": (({"usr/lib/python3/site-packages": None},), ""),
    "deleted": ((OTHER, DELETED), "deleted by layer 4"),
    "the file alone": (({f"{METADATA.replace('METADATA', '.wh.METADATA')}": b""},), "deleted by layer 3"),
    "a folder above it": (({"usr/.wh.lib": b""},), "deleted by layer 3"),
    "all of a folder": (({"usr/lib/.wh..wh..opq": b""},), "deleted by layer 3"),
    "all of the image": (({".wh..wh..opq": b""},), "deleted by layer 3"),
    "another file": (({METADATA: b"Name: examplelib\nVersion: 1.1.0\n"},), "replaced by layer 3"),
    "a link in place of a folder": (({"usr/lib": "->/opt"},), "replaced by layer 3"),
    "a mark without a name": (({".wh.": b"", "usr/.wh.": b""},), ""),
    "what another folder deletes": (({"opt/.wh.lib": b""},), ""),
}


@pytest.mark.parametrize("name", FATES)
def test_what_became_of_a_file(tmp_path: Path, name: str) -> None:
    above, fate = FATES[name]
    found = sights(read_images(saved(tmp_path / "image.tar", docker(OTHER, INSTALLED, *above))))
    assert (found[0].seen.package.version, found[0].fate) == ("1.0.0", fate)


def packages(path: Path) -> set[str]:
    return {str(sight.seen.package.purl) for sight in sights(read_images(path))}


def test_what_a_layer_tells_of(tmp_path: Path) -> None:
    status = b"Package: libexample\nStatus: install ok installed\nVersion: 1.2-3\nArchitecture: amd64\n"
    layer = {
        "srv/app/package-lock.json": json.dumps({
            "lockfileVersion": 3, "packages": {"": {}, "node_modules/alpha": {"version": "1.2.3"}},
        }).encode(),
        "srv/app/node_modules/beta/package.json": b'{"name": "beta", "version": "2.0.0"}',
        "srv/app/node_modules/beta/package-lock.json": b"no lock of this project",
        "var/lib/dpkg/status": status,
    }  # fmt: skip
    base = {"usr/lib/os-release": b"ID=debian\nVERSION_ID=12\n"}
    images = read_images(saved(tmp_path / "image.tar", docker(base, layer)))
    assert unread(images) == []
    assert {(str(sight.seen.package.purl), sight.seen.locked) for sight in sights(images)} == {
        ("pkg:npm/alpha@1.2.3", True),
        ("pkg:npm/beta@2.0.0", False),
        ("pkg:deb/debian/libexample@1.2-3?arch=amd64&distro=debian-12", False),
    }


@pytest.mark.parametrize("order", [1, -1])
def test_a_hard_link_is_a_file_of_the_layer_only(tmp_path: Path, order: int) -> None:
    cached = METADATA.replace("usr/lib/python3/site-packages", "root/.cache/uv/x")
    layer = dict([(cached, INSTALLED[METADATA]), (METADATA, f"=>{cached}")][::order])
    images = read_images(saved(tmp_path / "image.tar", docker(layer)))
    assert {sight.seen.path for sight in sights(images)} == ({cached, METADATA} if order == 1 else {cached})
    assert [path for path, _ in unread(images)] == ([] if order == 1 else [METADATA])


def test_links_lead_nowhere(tmp_path: Path) -> None:
    (tmp_path / "secret").write_bytes(tar(INSTALLED))
    layer = {METADATA: "->/proc/self/environ", "../../etc/x.dist-info/METADATA": b"Name: x\nVersion: 1\n"}
    assert packages(saved(tmp_path / "image.tar", docker(layer))) == set()
    content = oci(INSTALLED, packed=False)
    folder = unpacked(tmp_path / "image", content)
    blob = folder / "blobs" / "sha256" / digest(tar(INSTALLED))[7:]
    blob.unlink()
    blob.symlink_to(tmp_path / "secret")
    images = read_images(folder)
    assert (sights(images), len(unread(images))) == ([], 1)


def test_a_link_between_layers_of_one_file_is_followed(tmp_path: Path) -> None:
    content = docker(OTHER, INSTALLED)
    first, second = (name for name in content if name.endswith("layer.tar"))
    linked = {first: content[second], second: f"->../{first}"} | {n: c for n, c in content.items() if ".json" in n}
    manifest = [{"Config": "", "RepoTags": ["app:1"], "Layers": [second]}]
    linked["manifest.json"] = json.dumps(manifest).encode()
    assert packages(saved(tmp_path / "image.tar", linked)) == {"pkg:pypi/examplelib@1.0.0"}


def test_a_layer_that_is_not_there_is_told(tmp_path: Path) -> None:
    content = docker(OTHER, INSTALLED)
    del content[next(name for name in content if name.endswith("layer.tar"))]
    images = read_images(saved(tmp_path / "image.tar", content))
    assert len(sights(images)) == 1
    assert [path for path, reason in unread(images) if "not there" in reason] == [""]


def test_a_layer_that_is_not_the_one_that_is_named_is_told(tmp_path: Path) -> None:
    content = oci(INSTALLED, packed=False)
    content[f"blobs/sha256/{digest(tar(INSTALLED))[7:]}"] = tar(OTHER)
    assert "which its manifest names" in unread(read_images(saved(tmp_path / "a.tar", content)))[0][1]
    content = docker(INSTALLED)
    content[next(iter(content))] = tar(OTHER)
    assert "which its manifest names" in unread(read_images(saved(tmp_path / "b.tar", content)))[0][1]


BROKEN: dict[str, tuple[bytes, str]] = {
    "cut off": (tar(INSTALLED)[:520], "cut off"),
    "no tar file": (b"\x00\x01" * 400, "tar"),
    "zstd": (b"\x28\xb5\x2f\xfd" + bytes(600), "zstd"),
    "damaged gzip": (b"\x1f\x8b\x08" + bytes(600), "gzip"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_layer_costs_itself(tmp_path: Path, name: str) -> None:
    data, reason = BROKEN[name]
    content = docker(OTHER, INSTALLED)
    content[next(iter(content))] = data
    images = read_images(saved(tmp_path / "image.tar", content))
    assert len(sights(images)) == 1
    assert any(path == "" and reason in why for path, why in unread(images))


def zstd(data: bytes) -> bytes:
    """A frame of Zstandard (RFC 8878) of one block that is stored as it is."""
    head = b"\x28\xb5\x2f\xfd\xa0" + len(data).to_bytes(4, "little")
    return head + (len(data) << 3 | 1).to_bytes(3, "little") + data


def test_a_layer_in_zstd_is_read_or_told(tmp_path: Path) -> None:
    content = docker(OTHER, INSTALLED)
    name = list(content)[1]
    content[name] = zstd(tar(INSTALLED))
    images = read_images(saved(tmp_path / "image.tar", content))
    if sys.version_info >= (3, 14):
        assert ([sight.number for sight in sights(images)], unread(images)) == ([2], [])
    else:
        assert (sights(images), [path for path, reason in unread(images) if "3.14" in reason]) == ([], [""])


def test_a_path_that_no_system_takes_is_told(tmp_path: Path) -> None:
    long = f"{'d/' * 2_100}x.dist-info/METADATA"
    images = read_images(saved(tmp_path / "image.tar", docker(INSTALLED | {long: b"Name: x\nVersion: 1\n"})))
    assert [str(sight.seen.package.purl) for sight in sights(images)] == ["pkg:pypi/examplelib@1.0.0"]
    ((path, reason),) = unread(images)
    assert (long.endswith(path), len(path) <= 200, "longer than any" in reason) == (True, True, True)


def test_what_all_layers_keep_has_an_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("doorward.sources.images._layers.KEPT", 1_000)
    images = read_images(saved(tmp_path / "image.tar", docker(INSTALLED, {f"f{number}": b"" for number in range(9)})))
    assert len(sights(images)) == 1
    assert any("1,000 bytes of paths" in reason for _, reason in unread(images))


def test_images_of_one_name_are_told_apart_by_platform(tmp_path: Path) -> None:
    first, second = oci(INSTALLED), oci(INSTALLED, OTHER)
    descriptors = []
    for content, platform in (
        (first, {"os": "linux", "architecture": "amd64"}),
        (second, {"os": "linux", "architecture": "arm64", "variant": "v8"}),
    ):
        (descriptor,) = json.loads(content["index.json"])["manifests"]  # type: ignore[arg-type]
        descriptors.append({"digest": descriptor["digest"], "platform": platform})
    inner = json.dumps({"manifests": descriptors}).encode()
    index = {"digest": digest(inner), "annotations": {"io.containerd.image.name": "registry.example/app:1"}}
    content = first | second | {f"blobs/sha256/{digest(inner)[7:]}": inner}
    content["index.json"] = json.dumps({"manifests": [index]}).encode()
    images = read_images(saved(tmp_path / "image.tar", content))
    assert [image.name for image in images.saved] == [
        "registry.example/app:1 (linux/amd64)",
        "registry.example/app:1 (linux/arm64/v8)",
    ]
    assert images.gaps == ()


def test_a_bomb_costs_no_memory(tmp_path: Path) -> None:
    content = oci({"zeros": bytes(150 << 20)})
    images = read_images(saved(tmp_path / "image.tar", content))
    assert "times its size" in unread(images)[0][1]


def test_files_beyond_what_is_kept_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("doorward.sources.images._layers.HELD", 40)
    layer = INSTALLED | {METADATA.replace("examplelib", "another"): b"Name: another\nVersion: 1\n"}
    images = read_images(saved(tmp_path / "image.tar", docker(layer)))
    assert len(sights(images)) == 1
    assert "more than 40 bytes" in unread(images)[0][1]


NO_IMAGES: dict[str, Mapping[str, Content]] = {
    "nothing": {},
    "another archive": {"example-1.0/PKG-INFO": b"Name: example\n"},
    "an empty manifest": {"manifest.json": b"[]"},
    "a broken manifest": {"manifest.json": b"[{"},
    "a manifest of something else": {"manifest.json": b'{"name": "an extension"}'},
    "an index without its manifest": {"index.json": b'{"manifests": [{"digest": "sha256:%s"}]}' % (b"0" * 64)},
    "an index of nonsense": {"index.json": b'{"manifests": [{"digest": "../../etc/passwd"}]}'},
}


@pytest.mark.parametrize("name", NO_IMAGES)
def test_what_is_no_image_is_refused(tmp_path: Path, name: str) -> None:
    path = saved(tmp_path / "image.tar", NO_IMAGES[name])
    with pytest.raises(SourceError):
        read_images(path)


def test_an_index_in_itself_ends(tmp_path: Path) -> None:
    content = oci(INSTALLED)
    index = json.loads(content["index.json"])  # type: ignore[arg-type]
    loop = json.dumps({"manifests": index["manifests"] * 3}).encode()
    blob = f"blobs/sha256/{digest(loop)[7:]}"
    content[blob] = loop
    content["index.json"] = json.dumps({"manifests": [{"digest": digest(loop)}]}).encode()
    assert packages(saved(tmp_path / "image.tar", content)) == {"pkg:pypi/examplelib@1.0.0"}


def test_too_many_manifests_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("doorward.sources.images._containers.DOCUMENTS", 100)
    with pytest.raises(ArchiveTooLarge):
        read_images(saved(tmp_path / "image.tar", oci(INSTALLED)))


def test_two_blobs_of_one_name_are_told(tmp_path: Path) -> None:
    content = docker(INSTALLED)
    name = next(iter(content))
    images = read_images(saved(tmp_path / "image.tar", content | {f"./{name}": tar(OTHER)}))
    assert "stands twice" in images.gaps[0]


@settings(max_examples=60, deadline=None)
@given(
    data=st.binary(max_size=600),
    where=st.sampled_from(["manifest.json", "index.json", "config.json", "layer"]),
    told=st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["Config", "RepoTags", "Layers", "manifests", "layers", "digest", "rootfs", "history"]),
                inner,
                max_size=3,
            )
        ),
        max_leaves=6,
    ),
)
def test_nothing_hostile_raises_anything_else(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, where: str, told: object
) -> None:
    content = docker(OTHER, INSTALLED)
    name = next(iter(content)) if where == "layer" else where
    content[name] = data if where == "layer" else json.dumps(told).encode()
    path = saved(tmp_path_factory.mktemp("image") / "image.tar", content)
    try:
        sights(read_images(path))
    except SourceError:
        return
