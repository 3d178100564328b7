"""An npm registry, whole and stripped."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packageurl.contrib import purl2url

from doorward.errors import BadResponse, NotFound
from doorward.model.content import Requirement
from doorward.model.registry import Identity
from doorward.sources.http import Http
from doorward.sources.indexes import Index
from doorward.sources.registries import npm, registry_of
from doorward.sources.registries._packument import Packument, parse_packument, published, rewritten
from doorward.sources.registries._text import Failures, Malformed, integrity, repository_url
from tests.loopback import Loopback, Reply

SHA512 = bytes(range(64))
SRI = "sha512-" + base64.b64encode(SHA512).decode()
SHA1 = "d" * 40


def version(number: str, dist: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    tarball = f"https://registry.example/demo/-/demo-{number}.tgz"
    return {"version": number, "dist": {"tarball": tarball, "integrity": SRI, "shasum": SHA1, **(dist or {})}, **more}


def packument(*versions: Any, name: str = "demo", **more: Any) -> Reply:
    numbered = {v["version"]: {k: x for k, x in v.items() if k != "version"} for v in versions}
    return Reply(json.dumps({"name": name, "versions": numbered, **more}).encode())


def test_a_whole_document(http: Http, server: Loopback, npm_index: Index) -> None:
    server.answer(
        "/npm/demo",
        packument(
            version(
                "1.0.0",
                {"unpackedSize": 5000, "signatures": [{"keyid": "k", "sig": "s"}], "attestations": {"url": "u"}},
                _npmUser={"name": "GitHub Actions", "trustedPublisher": {"id": "github", "oidcConfigId": "oidc:1"}},
                scripts={"test": "t", "postinstall": "node x.js", "preinstall": ""},
                dependencies={"a": "^1", "opt": "1", "alias": "npm:@s/real@^2"},
                optionalDependencies={"opt": "1"},
                peerDependencies={"a": ">=1"},
                devDependencies={"dev": "1"},
                repository={"type": "git", "url": "git+ssh://git@github.com/demo/demo.git"},
            ),
            version("1.0.1", _npmUser={"name": "ann", "email": "x@mail.invalid"}, deprecated="use another"),
            maintainers=[{"name": "ann"}, "ben <ben@mail.invalid>", 3, {"name": "ann"}],
            repository="github:demo/mono",
            time={"created": "2020-01-01T00:00:00.000Z", "1.0.0": "2020-01-02T00:00:00.000Z", "9.9.9": "2021-01-01"},
        ),
    )
    record = npm.package(http, npm_index, "demo")
    assert (record.type, record.name, record.owners) == ("npm", "demo", ("ann", "ben"))
    assert record.repository == "https://github.com/demo/mono"
    assert record.carries == {"times", "sizes", "publisher", "provenance", "owners", "scripts", "requirements"}
    assert (record.failed, record.times_rewritten) == ((), False)
    one, two = record.versions
    (artifact,) = one.files
    assert (artifact.filename, artifact.kind, artifact.platform) == ("demo-1.0.0.tgz", "npm", "npm")
    assert (artifact.size, artifact.unpacked) == (None, 5000)
    assert artifact.digests == (f"sha512:{SHA512.hex()}", f"sha1:{SHA1}")
    assert one.published == artifact.uploaded == datetime(2020, 1, 2, tzinfo=UTC)
    assert one.publisher == Identity("workflow", "github:oidc:1")
    assert one.provenance is True
    assert one.scripts == (("postinstall", "node x.js"),)
    assert one.repository == "https://github.com/demo/demo"
    assert one.requirements == (
        Requirement("a", "^1"),
        Requirement("opt", "1", "optional"),
        Requirement("@s/real", "^2"),
        Requirement("a", ">=1", "peer"),
    )
    assert (two.publisher, two.provenance, two.scripts, two.requirements) == (Identity("person", "ann"), False, (), ())
    assert (two.withdrawn, two.published) == ("use another", None)


def test_a_stripped_document_tells_less_and_says_so(http: Http, server: Loopback, npm_index: Index) -> None:
    server.answer("/npm/demo", packument(version("1.0.0"), time={"1.0.0": "2024-01-01T00:00:00.000000+00:00"}))
    record = npm.package(http, npm_index, "demo")
    assert record.carries == {"times"}
    (one,) = record.versions
    assert (one.publisher, one.provenance, one.scripts, one.requirements) == (None, None, None, None)
    assert (record.owners, record.repository, one.files[0].unpacked) == (None, "", None)


def test_scoped_names_are_one_segment(http: Http, server: Loopback, npm_index: Index) -> None:
    server.answer("/npm/@scope%2Fdemo", packument(version("1.0.0"), name="@scope/demo"))
    assert npm.package(http, npm_index, "@scope/demo").name == "@scope/demo"
    assert registry_of("npm") is npm


@pytest.mark.parametrize(
    "name", ["../x", "a/b", "@/x", "@a/", "", "a b", "a?b", ".", "..", "@a/../b", "a" * 400, "ü", "%2e"]
)
def test_what_is_no_name_is_not_asked_for(http: Http, server: Loopback, npm_index: Index, name: str) -> None:
    with pytest.raises(NotFound, match="is not a name that an npm package can have"):
        npm.package(http, npm_index, name)
    assert server.seen == []


def test_the_document_of_another_package(http: Http, server: Loopback, npm_index: Index) -> None:
    server.answer("/npm/demo", packument(version("1.0.0"), name="other"))
    with pytest.raises(BadResponse, match="document of another package"):
        npm.package(http, npm_index, "demo")


@pytest.mark.parametrize("body", [b"{", b'{"versions": []}', b"[" * 100_000, b"\xff", b""])
def test_a_document_that_cannot_be_read(http: Http, server: Loopback, npm_index: Index, body: bytes) -> None:
    server.answer("/npm/demo", Reply(body))
    with pytest.raises(BadResponse, match="cannot be read"):
        npm.package(http, npm_index, "demo")


@pytest.mark.parametrize(
    "broken",
    [
        {"version": "1.1.0"},
        {"version": "1.1.0", "dist": {}},
        {"version": "1.1.0", "dist": {"tarball": 3}},
        version("1.1.0", {"integrity": "sha512-!!!"}),
        version("1.1.0", {"integrity": "sha512-AAAA"}),
        version("1.1.0", {"shasum": "x"}),
        version("1.1.0", {"tarball": "file:///etc/passwd"}),
        version("1.1.0", {"unpackedSize": "large"}),
        version("1" * 400),
    ],
)
def test_one_malformed_version_costs_itself(
    http: Http, server: Loopback, npm_index: Index, broken: dict[str, Any]
) -> None:
    server.answer("/npm/demo", packument(version("1.0.0"), broken, version("1.2.0")))
    record = npm.package(http, npm_index, "demo")
    assert [v.version for v in record.versions] == ["1.0.0", "1.2.0"]
    ((kind, text),) = record.failed
    assert kind == "versions"
    assert text.startswith("1")


def test_odd_fields_of_old_versions_cost_nothing(http: Http, server: Loopback, npm_index: Index) -> None:
    odd = version(
        "0.1.0",
        scripts=["x"],
        dependencies=["x"],
        peerDependencies={"x": {"version": 1}},
        repository=["x"],
        deprecated=False,
        _npmUser="ann",
        hasInstallScript=True,
    )
    server.answer("/npm/demo", packument(odd, version("0.2.0", scripts="no", deprecated=True), time=[1]))
    one, two = npm.package(http, npm_index, "demo").versions
    assert (one.scripts, one.requirements, one.withdrawn, one.publisher) == ((("install", ""),), (), None, None)
    assert (two.scripts, two.withdrawn) == ((), "")


@pytest.mark.parametrize(
    ("specifier", "source"),
    [
        ("^1.0.0", "registry"),
        ("latest", "registry"),
        ("", "registry"),
        (">=1 <2 || 3", "registry"),
        ("git+https://h/x.git#v1", "git"),
        ("git@h:a/b.git", "git"),
        ("github:a/b", "git"),
        ("a/b", "git"),
        ("a/b#main", "git"),
        ("https://h/a/b.git", "git"),
        ("https://h/x.tgz", "url"),
        ("file:../x", "path"),
        ("./x", "path"),
    ],
)
def test_where_a_dependency_comes_from(
    http: Http, server: Loopback, npm_index: Index, specifier: str, source: str
) -> None:
    server.answer("/npm/demo", packument(version("1.0.0", dependencies={"d": specifier})))
    assert npm.package(http, npm_index, "demo").versions[0].requirements == (
        Requirement("d", specifier, "runtime", source),
    )


def public_root() -> str:
    return purl2url.get_download_url("pkg:npm/demo@1").partition("demo/-/")[0]


@pytest.mark.parametrize(
    ("stated", "index", "fetched"),
    [
        ("https://r.example/npm/d/-/d-1.tgz", "https://r.example/npm/", "https://r.example/npm/d/-/d-1.tgz"),
        ("http://r.example/npm/d/-/d-1.tgz", "https://r.example/npm/", "https://r.example/npm/d/-/d-1.tgz"),
        ("{PUBLIC}d/-/d-1.tgz", "https://r.example/npm/", "https://r.example/npm/d/-/d-1.tgz"),
        ("{PUBLIC}d/-/d-1.tgz", "http://r.example:81/", "http://r.example:81/d/-/d-1.tgz"),
        ("{PUBLIC}d/-/d-1.tgz", "{PUBLIC}", "{PUBLIC}d/-/d-1.tgz"),
        ("https://cdn.example/d-1.tgz", "https://r.example/npm/", "https://cdn.example/d-1.tgz"),
        ("/npm/d-1.tgz", "https://r.example/npm/", "https://r.example/npm/d-1.tgz"),
    ],
)
def test_where_a_tarball_is_fetched(stated: str, index: str, fetched: str) -> None:
    stated, index, fetched = (text.replace("{PUBLIC}", public_root()) for text in (stated, index, fetched))
    assert npm.tarball_url(stated, index) == fetched


def test_a_tarball_elsewhere_without_tls_is_not_taken() -> None:
    with pytest.raises(Malformed, match="http in a document that came by https"):
        npm.tarball_url("http://cdn.example/d-1.tgz", "https://r.example/npm/")


def timed(**times: str) -> Packument:
    names = {name.removeprefix("v").replace("_", "."): when for name, when in times.items()}
    body = {"versions": {name: {} for name in names if name[0].isdigit()}, "time": names}
    return parse_packument(json.dumps(body).encode(), Failures())[0]


@pytest.mark.parametrize(
    ("times", "believed"),
    [
        ({"v1_0_0": "2024-01-01", "v1_0_1": "2024-02-01"}, True),
        ({"v1_0_0": "2024-02-01", "v1_0_1": "2024-01-01"}, False),
        ({"v1_0_0": "2024-02-01T12:00:00Z", "v1_0_1": "2024-02-01T00:00:00Z"}, True),
        ({"v1_0_0": "2024-02-01", "v1_1_0": "2024-01-01"}, True),
        ({"v1_0_2": "2024-02-01", "v1_0_10": "2024-03-01"}, True),
        ({"v1_0_0": "2024-02-01", "v1_0_1-rc1": "2024-01-01"}, True),
        ({"v1_0_0": "2024-02-01", "v1_0_1": "2024-01-01", "created": "2020-01-01"}, True),
        ({"v1_0_0": "2024-02-01", "v1_0_1": "2024-01-01", "modified": "2020-01-01"}, True),
        ({"v1_0_0": "2024-02-01", "v1_0_1": "nonsense", "v1_0_2": "2024-01-01"}, False),
    ],
)
def test_times_that_cannot_be_those_of_publication(times: dict[str, str], believed: bool) -> None:
    document = timed(**times)
    assert rewritten(document, published(document)) is not believed


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (SRI, {"sha512": SHA512.hex()}),
        (f"sha1-{base64.b64encode(bytes(20)).decode()} {SRI}?opt", {"sha1": "00" * 20, "sha512": SHA512.hex()}),
        ("sha3-xyz", {}),
        ("", {}),
    ],
)
def test_subresource_integrity(text: str, found: dict[str, str]) -> None:
    assert integrity(text) == found


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("git+https://github.com/a/b.git", "https://github.com/a/b"),
        ("git://github.com/a/b.git#v1", "https://github.com/a/b"),
        ("ssh://git@github.com/a/b", "https://github.com/a/b"),
        ("git@github.com:a/b.git", "https://github.com/a/b"),
        ("https://user:secret@h.example/a/b/", "https://h.example/a/b"),
        ("a/b", "https://github.com/a/b"),
        ("gitlab:a/b", "https://gitlab.com/a/b"),
        ("file:///etc", ""),
        ("javascript:alert(1)//", ""),
        ("https://", ""),
        ("x" * 9_000, ""),
        ("", ""),
    ],
)
def test_addresses_of_repositories(text: str, url: str) -> None:
    assert repository_url(text) == url


@given(st.text(max_size=80))
def test_any_repository_text_gives_an_https_address_or_none(text: str) -> None:
    url = repository_url(text)
    assert url == "" or (url.startswith("https://") and url.isascii())


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
keys = st.sampled_from(["dist", "_npmUser", "scripts", "dependencies", "repository", "deprecated", "hasInstallScript"])


@given(st.dictionaries(st.text(max_size=4), st.dictionaries(keys, json_values) | json_values, max_size=4), json_values)
def test_any_version_costs_at_most_itself(versions: dict[str, Any], time: Any) -> None:
    failures = Failures()
    body = json.dumps({"versions": versions, "time": time, "maintainers": time}).encode()
    document, entries = parse_packument(body, failures)
    assert len(entries) + len(failures.values()) == len(versions)
    rewritten(document, published(document))
    assert document.owners is None or all(document.owners)
