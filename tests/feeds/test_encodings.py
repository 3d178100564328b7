"""Documents in UTF-16 with a mark of their byte order, and in UTF-8 with one."""

import gzip
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.sources.feeds import Document, read_feed
from doorward.sources.feeds._encodings import data_in_utf8
from tests.feeds.build import bytes_of_zip

DIGEST = "a1" * 32
DOCUMENTS = {
    "a table": ("a.csv", "package_name,package_version\r\n@a/evil,1.2.3\r\n"),
    "a list": ("b.txt", f"{DIGEST}\r\n" * 30_000),
    "records": ("c.json", '[{"id": "MAL-2026-1", "affected": [{"package": {"ecosystem": "npm", "name": "evil"}}]}]'),
    "STIX": ("d.json", '{"type": "bundle", "objects": [{"id": "indicator--1", "type": "indicator", "pattern": 7}]}'),
    "xml": (
        "e.ioc",
        (
            '<?xml version="1.0" encoding="UTF-16"?><OpenIOC><criteria><Indicator operator="OR"><IndicatorItem condition="is">'
            f'<Context search="FileItem/Sha256sum"/><Content>{DIGEST}</Content></IndicatorItem></Indicator></criteria></OpenIOC>'
        ),
    ),
    "names": ("npm.json", '{"evilpkg": ["1.0"]}'),
}
PLACES: dict[str, Callable[[Path, str, bytes], Path]] = {
    "by itself": lambda root, name, data: _put(root / name, data),
    "packed": lambda root, name, data: _put(root / f"{name}.gz", gzip.compress(data)),
    "in a folder": lambda root, name, data: _put(root / "feed" / name, data).parent,
    "in an archive": lambda root, name, data: _put(root / "a.zip", bytes_of_zip({name: data})),
}


def _put(path: Path, data: bytes) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-8"])
@pytest.mark.parametrize("kind", DOCUMENTS)
def test_a_document_with_a_mark_says_what_it_says_without(tmp_path: Path, kind: str, encoding: str, place: str) -> None:
    name, text = DOCUMENTS[kind]
    plain = PLACES[place](tmp_path, name, text.encode())
    expected = list(read_feed(plain))
    wide = PLACES[place](tmp_path, name, ("\ufeff" + text).encode(encoding))
    assert list(read_feed(wide)) == expected
    assert len(expected) > 1


@given(st.binary(max_size=200), st.sampled_from([b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b""]))
def test_any_bytes_are_the_same_text_in_memory_and_in_a_file(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, mark: bytes
) -> None:
    path = _put(tmp_path_factory.mktemp("any") / "a", mark + data)
    in_memory = Document.of("a", mark + data).read()
    assert Document("a", lambda: path.open("rb"), 1_000).read() == in_memory == data_in_utf8(mark + data)
