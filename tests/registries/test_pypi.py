"""A PyPI index in all its dialects, and what each cannot tell."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.errors import AccessRefused, BadResponse, NotFound, ServerFault
from doorward.sources.answers import Document
from doorward.sources.http import Http
from doorward.sources.indexes import Index
from doorward.sources.registries import pypi, registry_of
from doorward.sources.registries._project import parse_files, parse_project
from doorward.sources.registries._simple import parse_simple
from doorward.sources.registries._text import Failures
from tests.loopback import Loopback, Reply

JSON = {"Content-Type": "application/vnd.pypi.simple.v1+json"}
SHA = "a" * 64
HOST = "https://files.example"


def file(filename: str, **more: Any) -> dict[str, Any]:
    return {
        "filename": filename,
        "url": f"{HOST}/{filename}",
        "hashes": {"sha256": SHA},
        "size": 1000,
        "upload-time": "2024-05-01T10:00:00.5Z",
        "yanked": False,
        **more,
    }


def page(*files: Any, version: str = "1.1", **more: Any) -> Reply:
    document = {"meta": {"api-version": version}, "name": "demo", "files": list(files), **more}
    return Reply(json.dumps(document).encode(), headers=JSON)


def project(server: Loopback, **document: Any) -> None:
    server.answer("/pypi/demo/json", Reply(json.dumps({"info": {"name": "demo"}, **document}).encode()))


def test_the_module_is_found_by_its_type() -> None:
    assert registry_of("pypi") is pypi
    assert pypi.ECOSYSTEM == "PyPI"
    assert registry_of("nothing") is None


def test_a_whole_document(http: Http, server: Loopback, pypi_index: Index) -> None:
    server.answer(
        "/simple/demo/",
        page(
            file("demo-1.0.tar.gz", provenance=None),
            file("demo-1.0-py3-none-any.whl", provenance=f"{HOST}/p", **{"upload-time": "2024-05-01T09:00:00Z"}),
            file("demo-2.0-py3-none-any.whl", provenance=None, yanked="broken"),
            file("demo-2.0.tar.gz", provenance=None, yanked=True),
            file("demo-3.0.tar.gz", provenance=None, yanked=True),
            file("demo-3.0-py3-none-any.whl", provenance=None),
            version="1.3",
            versions=["1.0", "2.0", "3.0", "4.0.0", "not a version"],
        ),
    )
    roles = {"roles": [{"role": "Owner", "user": "ann"}, {"role": "Maintainer", "user": "ben"}, {"user": "ann"}]}
    urls = {"Docs": "https://d.example", "Source Code": "https://github.com/demo/demo.git"}
    project(server, ownership=roles, info={"name": "Demo", "project_urls": urls})
    record = pypi.package(http, pypi_index, "De.mo".replace(".", ""))
    assert (record.type, record.name, record.index) == ("pypi", "demo", pypi_index.url)
    assert record.owners == ("ann", "ben")
    assert record.repository == "https://github.com/demo/demo"
    assert record.carries == {"times", "sizes", "provenance", "owners"}
    assert (record.failed, record.times_rewritten) == ((), False)
    one, two, three, four, odd = record.versions
    assert (one.version, one.provenance, one.withdrawn) == ("1.0", True, None)
    assert one.published == datetime(2024, 5, 1, 9, tzinfo=UTC)
    assert [(f.filename, f.kind, f.platform) for f in one.files] == [
        ("demo-1.0.tar.gz", "sdist", "sdist"),
        ("demo-1.0-py3-none-any.whl", "wheel", "wheel:any::py3:none"),
    ]
    assert one.files[1].provenance == f"{HOST}/p"
    assert one.files[0].digests == (f"sha256:{SHA}",)
    assert (one.files[0].size, one.files[0].yanked, one.files[0].unpacked) == (1000, None, None)
    assert (two.provenance, two.withdrawn, [f.yanked for f in two.files]) == (False, "broken", ["broken", ""])
    assert three.withdrawn is None
    assert (four.version, four.files, four.published, four.provenance) == ("4.0.0", (), None, None)
    assert odd.version == "not a version"
    assert server.seen[0].headers["accept"].startswith("application/vnd.pypi.simple.v1+json")


def test_a_missing_key_is_not_a_null(http: Http, server: Loopback, pypi_index: Index) -> None:
    server.answer(
        "/simple/demo/",
        page(
            file("demo-1.0.tar.gz"),
            file("demo-2.0.tar.gz", provenance=None),
            file("demo-2.0-py3-none-any.whl"),
            file("demo-3.0.tar.gz", provenance=None),
        ),
    )
    project(server)
    record = pypi.package(http, pypi_index, "demo")
    assert [version.provenance for version in record.versions] == [None, None, False]
    server.answer("/simple/demo/", page(file("demo-1.0.tar.gz")))
    assert "provenance" not in pypi.package(http, pypi_index, "demo").carries


@pytest.mark.parametrize("ownership", [None, {"roles": None}, "absent"])
def test_owners_that_are_not_told(http: Http, server: Loopback, pypi_index: Index, ownership: Any) -> None:
    server.answer("/simple/demo/", page(file("demo-1.0.tar.gz")))
    project(server, **({} if ownership == "absent" else {"ownership": ownership}))
    record = pypi.package(http, pypi_index, "demo")
    assert record.owners is None
    assert "owners" not in record.carries
    assert record.failed == ()


def test_an_index_without_json_documents(http: Http, server: Loopback, pypi_index: Index) -> None:
    server.answer("/simple/demo/", page(file("demo-1.0.tar.gz")))
    record = pypi.package(http, pypi_index, "demo")
    where = f"127.0.0.1:{server.port}/pypi/demo/json answered 404"
    assert record.failed == (("owners", where), ("repository", where))
    assert len(record.versions) == 1
    elsewhere = Index(server.url("/root/+simple-x"))
    server.answer("/root/+simple-x/demo/", page(file("demo-1.0.tar.gz")))
    assert "its JSON API is not known" in pypi.package(http, elsewhere, "demo").failed[0][1]
    server.answer("/pypi/demo/json", Reply(b"{not json"))
    assert [kind for kind, _ in pypi.package(http, pypi_index, "demo").failed] == ["owners", "repository"]


def test_an_index_that_speaks_only_html(http: Http, server: Loopback, pypi_index: Index) -> None:
    html = f"""<!DOCTYPE html><html><body><h1>Links</h1><abbr>x</abbr>
    <a href="../../files/demo-1.0.tar.gz#sha256={SHA}" data-requires-python="&gt;=3">demo-1.0.tar.gz</a><br/>
    <A  href='{HOST}/demo-2.0-py3-none-any.whl#md5={"b" * 32}&amp;x' data-yanked="bad &quot;luck&quot;"
        data-provenance={HOST}/p >demo-2.0-py3-none-any.whl</A>
    <a href="{HOST}/demo-2.0.tar.gz" data-yanked>demo-2.0.tar.gz</a>
    <a name="no-link">nothing</a><a href="/elsewhere">elsewhere</a><a"""
    server.answer("/simple/demo/", Reply(html.encode(), headers={"Content-Type": "text/html"}))
    releases = {
        "1.0": [
            {
                "filename": "demo-1.0.tar.gz",
                "url": f"{HOST}/ignored",
                "size": 77,
                "digests": {"sha256": SHA, "md5": "c" * 32},
                "upload_time_iso_8601": "2020-01-01T00:00:00Z",
            }
        ]
    }
    project(server, releases=releases)
    record = pypi.package(http, pypi_index, "demo")
    one, two = record.versions
    assert one.files[0].url == server.url("/files/demo-1.0.tar.gz")
    assert (one.files[0].size, one.published) == (77, datetime(2020, 1, 1, tzinfo=UTC))
    assert one.files[0].digests == (f"sha256:{SHA}", f"md5:{'c' * 32}")
    assert (two.files[0].yanked, two.files[0].digests) == ('bad "luck"', (f"md5:{'b' * 32}",))
    assert (two.files[0].provenance, two.provenance) == (f"{HOST}/p", True)
    assert [kind for kind, _ in record.failed] == ["files"]
    assert "elsewhere" in record.failed[0][1]


def test_an_index_without_the_simple_api(http: Http, server: Loopback, pypi_index: Index) -> None:
    entry = {"filename": "demo-1.0.tar.gz", "url": f"{HOST}/d", "size": 7, "yanked": True, "yanked_reason": "old"}
    project(server, releases={"1.0": [entry, {"filename": 3}], "2.0": []})
    record = pypi.package(http, pypi_index, "demo")
    assert [(v.version, v.withdrawn, v.files[0].size) for v in record.versions] == [("1.0", "old", 7)]
    assert record.failed[0][1].startswith("a file of 1.0")


def test_no_such_project(http: Http, server: Loopback, pypi_index: Index) -> None:
    with pytest.raises(NotFound, match="/simple/demo/ answered 404"):
        pypi.package(http, pypi_index, "demo")
    for name in ("../../etc", "", "a b", "a" * 400, "ü", "-x"):
        with pytest.raises(NotFound, match="is not a name that a PyPI project can have"):
            pypi.package(http, pypi_index, name)
    assert len(server.seen) == 2


@pytest.mark.parametrize(("status", "kind"), [(403, AccessRefused), (500, ServerFault)])
def test_an_index_that_fails(
    http: Http, server: Loopback, pypi_index: Index, status: int, kind: type[Exception]
) -> None:
    server.answer("/simple/demo/", Reply(status=status))
    with pytest.raises(kind):
        pypi.package(http, pypi_index, "demo")


@pytest.mark.parametrize("body", [b"{", b'{"files": 3}', b"[" * 100_000, b'{"files": [], "meta": []}', b"\xff{"])
def test_a_document_that_cannot_be_read(http: Http, server: Loopback, pypi_index: Index, body: bytes) -> None:
    server.answer("/simple/demo/", Reply(body, headers=JSON))
    with pytest.raises(BadResponse, match="cannot be read"):
        pypi.package(http, pypi_index, "demo")


def test_the_document_of_another_project(http: Http, server: Loopback, pypi_index: Index) -> None:
    server.answer("/simple/demo/", page(file("demo-1.0.tar.gz"), name="other"))
    with pytest.raises(BadResponse, match="document of another project"):
        pypi.package(http, pypi_index, "demo")


MALFORMED: list[tuple[Any, str]] = [
    ({"filename": "demo-1.1.tar.gz"}, "url"),
    (7, "object"),
    (file("demo-1.1.tar.gz", size="large"), "int"),
    (file("demo-1.1.tar.gz", hashes={"sha256": "short"}), "its sha256 is none"),
    (file("demo-1.1.tar.gz", hashes=[]), "hashes"),
    (file("demo-1.1.tar.gz", url="ftp://x/y"), "neither http nor https"),
    (file("demo-1.1.tar.gz", url="http://[/"), "demo-1.1.tar.gz: "),
    (file("demo-1.1.tar.gz", url="https://h/" + "a" * 5_000), "too long"),
    (file("other-1.1.tar.gz"), "not one of this project's files"),
    (file("demo-1.1.tar.gz", **{"upload-time": "yesterday"}), "RFC3339"),
]


@pytest.mark.parametrize(("entry", "why"), MALFORMED)
def test_one_malformed_file_costs_itself(http: Http, server: Loopback, pypi_index: Index, entry: Any, why: str) -> None:
    server.answer("/simple/demo/", page(file("demo-1.0.tar.gz"), entry, file("demo-1.2.tar.gz"), versions=["1.0", 3]))
    project(server)
    record = pypi.package(http, pypi_index, "demo")
    assert [version.version for version in record.versions] == ["1.0", "1.2"]
    assert [text for kind, text in record.failed if kind == "files" and why in text]


def test_many_malformed_files_are_counted(http: Http, server: Loopback, pypi_index: Index) -> None:
    server.answer("/simple/demo/", page(file("demo-1.0.tar.gz"), *(file(f"x{n}-1.tar.gz") for n in range(500))))
    project(server)
    record = pypi.package(http, pypi_index, "demo")
    assert len(record.failed) == 21
    assert record.failed[-1] == ("entries", "480 more entries could not be read")


def test_a_file_without_tls_in_a_document_with_tls_is_not_taken() -> None:
    body = page(file("demo-1.0.tar.gz", url="http://files.example/demo-1.0.tar.gz")).body
    document = Document("https://registry.example/simple/demo/", 200, JSON, body, datetime.now(UTC), cached=False)

    class Stub:
        def get(self, url: str, **_: Any) -> Document:
            if url.endswith("/json"):
                raise NotFound("none")
            return document

    record = pypi.package(Stub(), Index("https://registry.example/simple/"), "demo")  # type: ignore[arg-type]
    assert record.versions == ()
    assert "its address is http in a document that came by https" in record.failed[-1][1]


def test_user_information_in_addresses_is_dropped_and_text_is_capped(
    http: Http, server: Loopback, pypi_index: Index
) -> None:
    server.answer(
        "/simple/demo/",
        page(file("demo-1.0.tar.gz", url="https://u:secret@files.example/d", yanked="y" * 10_000, size=-5)),
    )
    record = pypi.package(http, pypi_index, "demo")
    (artifact,) = record.versions[0].files
    assert artifact.url == "https://files.example/d"
    assert len(artifact.yanked or "") == 4_000
    assert artifact.size is None


@pytest.mark.parametrize(
    ("urls", "home", "repository"),
    [
        ({"Homepage": "https://github.com/a/b"}, None, "https://github.com/a/b"),
        ({"Homepage": "https://a.example"}, "https://github.com/a/b/tree/main", "https://github.com/a/b"),
        ({"Repository": "git@github.com:a/b.git"}, None, "https://github.com/a/b"),
        ({"Source": "javascript:alert(1)"}, None, ""),
        ({"Bug Tracker": "https://github.com/a/b/issues"}, None, "https://github.com/a/b"),
        (["not", "a", "table"], 7, ""),
        ({"Code": 3}, None, ""),
        (None, None, ""),
    ],
)
def test_the_repository(urls: Any, home: Any, repository: str) -> None:
    body = json.dumps({"info": {"project_urls": urls, "home_page": home}}).encode()
    assert parse_project(body).repository == repository


def as_document(body: bytes, headers: Mapping[str, str] = JSON) -> Document:
    return Document("https://registry.example/simple/demo/", 200, headers, body, datetime.now(UTC), cached=False)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_body_is_read_or_a_typed_error(body: bytes) -> None:
    for headers in (JSON, {"content-type": "text/html"}):
        try:
            parse_simple(as_document(body, {k.lower(): v for k, v in headers.items()}), Failures())
        except BadResponse:
            continue


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
entries = st.dictionaries(
    st.sampled_from(["filename", "url", "hashes", "size", "upload-time", "yanked", "provenance", "digests"]), values
)


@given(st.lists(entries | values, max_size=4))
def test_any_entry_costs_at_most_itself(listed: list[Any]) -> None:
    failures = Failures()
    found = parse_simple(as_document(json.dumps({"files": listed}).encode()), failures)
    assert len(found.files) + len(failures.values()) == len(listed)
    parse_files(json.dumps({"releases": {"1": listed}}).encode(), Failures())


def test_a_long_page_is_read_in_linear_time() -> None:
    for body in (
        b"<a " * 300_000,
        b"<a href=" + b"x" * 2_000_000 + b">",
        b"<a a=" * 200_000 + b">",
        b"<a b-" * 300_000,
    ):
        with pytest.raises(BadResponse, match="lists no release file"):
            parse_simple(as_document(body, {"content-type": "text/html"}), Failures())
