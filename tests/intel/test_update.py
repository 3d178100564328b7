"""Updates over HTTP: whole feeds, the OSV bucket's changes, MISP, TAXII, and what a failed one leaves behind."""

import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from doorward.engine.intel import Import, feed_states, forget, import_feeds
from doorward.engine.intel_update import Outcome, osv_address, update
from doorward.errors import UsageError
from doorward.model.addresses import variable_of
from doorward.model.intelligence import FeedAddress
from doorward.sources.feed_server import feed_server
from doorward.sources.http import Http
from tests.feeds.build import bytes_of_zip, malicious, osv
from tests.feeds.test_formats import EVIL, attribute, event, indicator, related
from tests.intel.build import NOW, Intel
from tests.loopback import Loopback, Reply, Seen

SHA256 = "a1" * 32
Renew = Callable[..., list[Outcome]]


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback() as running:
        yield running


@pytest.fixture
def renew(intel: Intel, tmp_path: Path) -> Renew:
    def run(*addresses: str | FeedAddress, **more: bool) -> list[Outcome]:
        return update(intel.folder, addresses, NOW, {"HOME": str(tmp_path)}, **more)

    return run


def archive(*records: dict[str, object]) -> Reply:
    return Reply(bytes_of_zip({f"{record['id']}.json": json.dumps(record).encode() for record in records}))


def results(outcomes: list[Outcome]) -> list[str]:
    return [outcome.result for outcome in outcomes]


def document(value: object, **headers: str) -> Reply:
    return Reply(json.dumps(value).encode(), headers={"Cache-Control": "no-store", **headers})


def test_a_feed_is_fetched_and_remembered(intel: Intel, server: Loopback, renew: Renew) -> None:
    url = server.answer("/feeds/list.txt", Reply(f"{SHA256}\n".encode()))
    assert results(renew(url)) == ["updated"]
    assert intel.digest(f"sha256:{SHA256}")
    (state,) = feed_states(intel.folder)
    assert (state.name, state.origin) == ("feeds/list.txt", url)
    assert results(renew()) == ["unchanged"]
    server.answer("/feeds/list.txt", Reply(f"{SHA256[::-1]}\n".encode()))
    assert results(renew()) == ["updated"]
    assert intel.digest(f"sha256:{SHA256}") == []


def test_a_page_of_a_server_is_no_new_list(intel: Intel, server: Loopback, renew: Renew) -> None:
    url = server.answer("/feeds/list", Reply(f"{SHA256}\n".encode()))
    renew(url)
    page = f"<html><body>Sign in at hxxps://portal[.]invalid/. Your request is {'ab' * 16}.</body></html>"
    server.answer("/feeds/list", Reply(page.encode()))
    (outcome,) = renew()
    assert (outcome.result, "is prose now" in outcome.reason) == ("failed", True)
    assert intel.digest(f"sha256:{SHA256}")
    report = server.answer("/feeds/report.html", Reply(page.encode()))
    assert results(renew(report)) == ["updated"]


@pytest.mark.parametrize("address", ["/feeds/list.txt", "/feeds/recent", "/export?format=csv"])
def test_a_page_to_sign_in_at_is_never_taken_over(intel: Intel, server: Loopback, renew: Renew, address: str) -> None:
    page = f"<!DOCTYPE html><title>Portal</title><form><input type=password></form>Your request is {'ab' * 16}."
    url = server.answer(address, Reply(page.encode(), headers={"Content-Type": "text/html"}))
    (outcome,) = renew(url)
    assert (outcome.result, "in place of" in outcome.reason) == ("failed", True)
    assert feed_states(intel.folder) == ()


FAILURES = {
    "gone": Reply(status=404),
    "broken": Reply(status=500),
    "truncated": Reply(b"x" * 10, length=100),
    "empty": Reply(b""),
    "nonsense": Reply(b"<html>sign in</html>"),
    "a truncated archive": Reply(bytes_of_zip({"a.json": b"{}"})[:-30]),
    "no usable record": Reply(b'{"id": 3, "affected": []}'),
}


@pytest.mark.parametrize("name", FAILURES)
def test_a_failed_update_leaves_the_old_index(intel: Intel, server: Loopback, renew: Renew, name: str) -> None:
    url = server.answer("/feeds/f.json", document(malicious()))
    other = server.answer("/feeds/list.txt", Reply(f"{SHA256}\n".encode()))
    assert results(renew(url, other)) == ["updated", "updated"]
    before = feed_states(intel.folder)
    server.answer("/feeds/f.json", FAILURES[name])
    server.answer("/feeds/list.txt", Reply(f"{SHA256[::-1]}\n".encode()))
    outcomes = renew()
    assert results(outcomes) == ["failed", "updated"]
    assert outcomes[0].reason
    assert intel.ids("PyPI", "examplelib") == ["MAL-2026-1"]
    assert next(s for s in feed_states(intel.folder) if s.origin == url) == before[0]
    assert not [path for path in intel.folder.iterdir() if path.name.startswith("fetch-")]


def test_offline_fetches_nothing(intel: Intel, server: Loopback, renew: Renew) -> None:
    url = server.answer("/feeds/list.txt", Reply(f"{SHA256}\n".encode()))
    assert results(renew(url, offline=True)) == ["failed"]
    assert server.seen == []


@pytest.mark.parametrize("address", ["list.txt", "file:///etc/passwd", "ftp://x.invalid/y"])
def test_what_is_no_address_is_a_usage_error(renew: Renew, address: str) -> None:
    with pytest.raises(UsageError):
        renew(address)


def test_nothing_to_update_is_a_usage_error(intel: Intel, renew: Renew) -> None:
    intel.add("f.json", malicious())
    with pytest.raises(UsageError, match="no imported feed has an address"):
        renew()


def changes(*pairs: tuple[str, str]) -> Reply:
    return Reply("".join(f"{time},{name}\n" for time, name in pairs).encode(), headers={"Cache-Control": "no-store"})


def test_the_bucket_is_followed_by_its_changes(intel: Intel, server: Loopback, renew: Renew) -> None:
    url = server.answer("/PyPI/all.zip", archive(malicious(), osv("MAL-2", "other")))
    server.answer(
        "/PyPI/modified_id.csv", changes(("2026-05-01T10:00:00Z", "MAL-2"), ("2026-04-01T10:00:00Z", "MAL-2026-1"))
    )
    assert results(renew(url)) == ["updated"]
    (state,) = feed_states(intel.folder)
    assert (state.name, state.cursor) == ("PyPI/all.zip", "2026-05-01T10:00:00Z")
    assert results(renew()) == ["unchanged"]
    assert server.paths().count("/PyPI/all.zip") == 1

    withdrawn = malicious(withdrawn="2026-05-02T00:00:00Z", modified="2026-05-02T00:00:00Z")
    server.answer("/PyPI/MAL-2026-1.json", document(withdrawn))
    server.answer("/PyPI/MAL-3.json", document(osv("MAL-3", "third")))
    server.answer(
        "/PyPI/modified_id.csv",
        changes(("2026-05-03T10:00:00Z", "MAL-3"), ("2026-05-02T10:00:00Z", "MAL-2026-1"), ("2026-05-02T09:00:00Z", "MAL-gone"), ("2026-05-01T10:00:00Z", "MAL-2")),
    )  # fmt: skip
    (outcome,) = renew()
    assert (outcome.result, server.paths().count("/PyPI/all.zip")) == ("updated", 1)
    assert intel.ids("PyPI", "examplelib") == []
    assert (intel.ids("PyPI", "other"), intel.ids("PyPI", "third")) == (["MAL-2"], ["MAL-3"])
    (state,) = feed_states(intel.folder)
    assert (state.records, state.cursor) == (3, "2026-05-03T10:00:00Z")


def test_many_changes_fetch_the_whole_archive(
    intel: Intel, server: Loopback, renew: Renew, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("doorward.sources.remote_feeds.MOST_CHANGES", 1)
    url = server.answer("/PyPI/all.zip", archive(malicious()), archive(osv("MAL-5"), osv("MAL-6")))
    server.answer("/PyPI/modified_id.csv", changes(("2026-05-01T10:00:00Z", "MAL-2026-1")))
    renew(url)
    server.answer("/PyPI/modified_id.csv", changes(*((f"2026-05-0{n}T10:00:00Z", f"MAL-{n}") for n in (5, 6))))
    assert results(renew()) == ["updated"]
    assert intel.ids("PyPI", "examplelib") == ["MAL-5", "MAL-6"]


def test_a_bucket_without_a_list_of_changes_is_fetched_whole(intel: Intel, server: Loopback, renew: Renew) -> None:
    url = server.answer("/npm/all.zip", archive(malicious()))
    assert results(renew(url)) == ["updated"]
    assert results(renew()) == ["unchanged"]


def test_a_broken_list_of_changes_fails(intel: Intel, server: Loopback, renew: Renew) -> None:
    url = server.answer("/npm/all.zip", archive(malicious()))
    server.answer("/npm/modified_id.csv", Reply(b"<html>sign in</html>"))
    assert results(renew(url)) == ["failed"]


def test_a_misp_feed_by_its_manifest(intel: Intel, server: Loopback, renew: Renew) -> None:
    manifest = {"aaaa": {"info": "one", "Orgc": {"name": "x"}, "timestamp": "100"}}
    url = server.answer("/misp/manifest.json", document(manifest))
    server.answer("/misp/aaaa.json", document(event(attribute("sha256", SHA256))))
    assert results(renew(url)) == ["updated"]
    assert intel.digest(f"sha256:{SHA256}")
    assert results(renew()) == ["unchanged"]
    manifest["bbbb"] = {"info": "two", "Orgc": {"name": "x"}, "timestamp": "200"}
    manifest["../etc"] = {"info": "three", "Orgc": {"name": "x"}, "timestamp": "300"}
    server.answer("/misp/manifest.json", document(manifest))
    server.answer("/misp/bbbb.json", document(event(attribute("domain", "evil.invalid"), uuid="2222")))
    assert results(renew()) == ["updated"]
    assert intel.digest(f"sha256:{SHA256}")
    assert intel.address("domain", "evil.invalid")
    assert server.paths().count("/misp/aaaa.json") == 1


def test_a_new_misp_event_may_bring_no_indicator(intel: Intel, server: Loopback, renew: Renew) -> None:
    feed = MispFeed(server)
    renew(feed.publish(aa=(100, [host("a")])))
    feed.publish(aa=(100, [host("a")]), bb=(200, [host("b") | {"to_ids": False}]))
    (outcome,) = renew()
    assert outcome.reason == ""
    assert outcome.result == "updated"
    assert results(renew()) == ["unchanged"]
    assert intel.address("domain", "a.invalid")


class MispFeed:
    """A MISP feed on a server: events by uuid, each with its time and its attributes."""

    def __init__(self, server: Loopback) -> None:
        self.server = server
        self.url = server.url("/misp/manifest.json")

    def publish(self, **events: tuple[int, list[dict[str, Any]]]) -> str:
        """Publish these events, and no others."""
        told = {uuid: {"info": uuid, "timestamp": str(time)} for uuid, (time, _) in events.items()}
        self.server.answer("/misp/manifest.json", document(told))
        for uuid, (_, attributes) in events.items():
            self.server.answer(f"/misp/{uuid}.json", document(event(*attributes, uuid=uuid)))
        return self.url


def host(name: str) -> dict[str, Any]:
    return attribute("domain", f"{name}.invalid")


A_AND_B = {"aa": (100, [host("shared"), host("a")]), "bb": (200, [host("shared"), host("b")])}
RETRACTIONS: dict[str, tuple[dict[str, tuple[int, list[dict[str, Any]]]], list[str]]] = {
    "an event is gone": ({"aa": A_AND_B["aa"]}, ["a", "shared"]),
    "the first one is gone": ({"bb": A_AND_B["bb"]}, ["b", "shared"]),
    "one is gone and another came": ({"aa": A_AND_B["aa"], "cc": (300, [host("c")])}, ["a", "c", "shared"]),
    "an attribute is gone": ({**A_AND_B, "bb": (300, [host("b")])}, ["a", "b", "shared"]),
    "an event came late": ({**A_AND_B, "cc": (150, [host("c")])}, ["a", "b", "c", "shared"]),
    "another took the time of one": ({"aa": A_AND_B["aa"], "cc": (200, [host("c")])}, ["a", "c", "shared"]),
}


@pytest.mark.parametrize("name", RETRACTIONS)
def test_what_a_misp_feed_leaves_out_is_taken_back(intel: Intel, server: Loopback, renew: Renew, name: str) -> None:
    feed = MispFeed(server)
    assert results(renew(feed.publish(**A_AND_B))) == ["updated"]
    events, stand = RETRACTIONS[name]
    feed.publish(**events)
    assert results(renew()) == ["updated"]
    assert [each for each in ("a", "b", "c", "shared") if intel.address("domain", f"{each}.invalid")] == stand
    assert results(renew()) == ["unchanged"]


@pytest.mark.parametrize("manifest", [{}, {"../etc": {"timestamp": "1"}}])
def test_a_manifest_of_nothing_takes_nothing_back(
    intel: Intel, server: Loopback, renew: Renew, manifest: dict[str, object]
) -> None:
    renew(MispFeed(server).publish(**A_AND_B))
    server.answer("/misp/manifest.json", document(manifest))
    (outcome,) = renew()
    assert (outcome.result, outcome.reason) == ("failed", "the manifest names no event")
    assert intel.address("domain", "a.invalid")


def test_many_events_come_in_several_updates(
    intel: Intel, server: Loopback, renew: Renew, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("doorward.sources.remote_feeds.MOST_EVENTS", 2)
    feed = MispFeed(server)
    events = {name * 2: (100 * number, [host(name)]) for number, name in enumerate("abcde", 1)}
    feed.publish(**events)
    for stand in ("ab", "abcd", "abcde"):
        assert results(renew(feed.url)) == ["updated"]
        assert [name for name in "abcde" if intel.address("domain", f"{name}.invalid")] == list(stand)
    del events["bb"]
    feed.publish(**events)
    assert results(renew()) == ["updated"]
    assert [name for name in "abcde" if intel.address("domain", f"{name}.invalid")] == list("acde")


def test_a_misp_feed_on_disk_takes_back_what_it_leaves_out(intel: Intel) -> None:
    one, two = event(host("a"), uuid="aa"), event(host("b"), uuid="bb")
    intel.write("misp/aa.json", one)
    gone = intel.write("misp/bb.json", two)
    import_feeds(intel.folder, [Import(gone.parent)], NOW)
    assert intel.address("domain", "b.invalid")
    gone.unlink()
    import_feeds(intel.folder, [Import(gone.parent)], NOW)
    assert intel.address("domain", "a.invalid")
    assert intel.address("domain", "b.invalid") == []


def test_a_taxii_collection_page_by_page(intel: Intel, server: Loopback, renew: Renew) -> None:
    path = "/taxii2/collections/c1/objects/"
    pages = {
        "": ({"more": True, "next": "p2", "objects": [indicator("[domain-name:value = 'evil.invalid']", 1)]}, "2026-05-01T00:00:00Z"),
        "p2": ({"more": False, "objects": [indicator("[domain-name:value = 'worse.invalid']", 2)]}, "2026-05-02T00:00:00Z"),
    }  # fmt: skip
    asked: list[dict[str, list[str]]] = []

    def answer(seen: Seen) -> Reply:
        query = parse_qs(urlsplit(seen.path).query)
        asked.append(query)
        assert "application/taxii+json" in seen.headers["accept"]
        if query.get("added_after") and "next" not in query:
            return document(
                {"objects": [indicator("[ipv4-addr:value = '9.9.9.9']", 3)]},
                **{"X-TAXII-Date-Added-Last": "2026-05-03T00:00:00Z"},
            )
        page, last = pages[query.get("next", [""])[0]]
        return document(page, **{"X-TAXII-Date-Added-Last": last})

    for query in ("", "?next=p2", "?added_after=2026-05-02T00%3A00%3A00Z"):
        server.answer(path + query, answer)
    assert results(renew(server.url(path))) == ["updated"]
    assert intel.address("domain", "evil.invalid")
    assert intel.address("domain", "worse.invalid")
    assert results(renew()) == ["updated"]
    assert intel.address("domain", "evil.invalid"), "what was there before stays"
    assert intel.address("ip", "9.9.9.9")
    assert asked[-1] == {"added_after": ["2026-05-02T00:00:00Z"]}


FILE = "file--11111111-2222-3333-4444-555555555555"


def test_what_two_pages_of_a_collection_say_is_joined(intel: Intel, server: Loopback, renew: Renew) -> None:
    path = "/root/collections/c1/objects/"
    file = {"type": "file", "id": FILE, "hashes": {"SHA-256": SHA256}}
    server.answer(path, document({"more": True, "next": "p2", "objects": [file]}))
    server.answer(f"{path}?next=p2", document({"objects": [related(FILE, "malware--1")]}))
    assert results(renew(server.url(path))) == ["updated"]
    assert intel.digest(f"sha256:{SHA256}")


TAXII, FIRST, LATER = "/root/collections/c1/objects/", "2026-05-01T00:00:00Z", "2026-05-02T00:00:00Z"
FILE_OF_BEFORE = {"type": "file", "id": FILE, "hashes": {"SHA-256": SHA256}}
SAMPLE = {"type": "malware", "id": "malware--1", "created": FIRST, "modified": FIRST, "sample_refs": [FILE]}
TIE = related(FILE, "malware--1", modified=FIRST)
TWO = indicator(f"[file:hashes.'SHA-256' = '{SHA256}'] OR [domain-name:value = 'worse.invalid']", 2)
NEWER: dict[str, Any] = {"modified": "2026-05-02T00:00:00.000Z"}


def taxii(server: Loopback, *polls: list[dict[str, Any]]) -> str:
    """Serve a collection whose server took up some objects on the first of May, others on the second, and so on."""
    query = ""
    for day, items in enumerate(polls, 1):
        time = f"2026-05-{day:02}T00:00:00Z"
        server.answer(TAXII + query, document({"objects": items}, **{"X-TAXII-Date-Added-Last": time}))
        query = f"?added_after={time.replace(':', '%3A')}"
    server.answer(TAXII + query, document({"objects": []}))
    return server.url(TAXII)


#: What an update brings of a collection, what a later one does, and whether the digest still stands then.
TAKEN_BACK: dict[str, tuple[list[dict[str, Any]], list[dict[str, Any]], bool]] = {
    "a relationship": ([FILE_OF_BEFORE, TIE], [TIE | NEWER | {"revoked": True}], False),
    "one of two relationships": (
        [FILE_OF_BEFORE, TIE, related(FILE, "malware--2", id="relationship--2")],
        [TIE | NEWER | {"revoked": True}],
        True,
    ),
    "a sample": ([FILE_OF_BEFORE, SAMPLE], [SAMPLE | NEWER | {"sample_refs": []}], False),
    "another sample": ([FILE_OF_BEFORE, SAMPLE], [SAMPLE | NEWER | {"sample_refs": [FILE, "file--2"]}], True),
    "malware": ([FILE_OF_BEFORE, SAMPLE], [SAMPLE | NEWER | {"revoked": True}], False),
    "an indicator": ([TWO], [TWO | NEWER | {"revoked": True}], False),
    "an indicator, without its pattern": ([TWO], [TWO | NEWER | {"revoked": True, "pattern": EVIL}], False),
    "what a pattern no longer names": ([TWO], [TWO | NEWER | {"pattern": EVIL}], False),
    "one of two indicators": ([TWO, TWO | {"id": "indicator--3"}], [TWO | NEWER | {"revoked": True}], True),
    "what is called harmless": ([TWO], [TWO | NEWER | {"indicator_types": ["benign"]}], False),
    "an older version": ([TWO | NEWER], [TWO | {"revoked": True}], True),
    "a new relationship": ([FILE_OF_BEFORE], [TIE], True),
    "a new sample": ([FILE_OF_BEFORE], [SAMPLE], True),
}


@pytest.mark.parametrize("name", TAKEN_BACK)
def test_what_a_newer_version_says_counts_in_the_next_update(
    intel: Intel, server: Loopback, renew: Renew, name: str
) -> None:
    first, later, stands = TAKEN_BACK[name]
    other = indicator("[ipv4-addr:value = '9.9.9.9']", 9)
    assert results(renew(taxii(server, [*first, other], later))) == ["updated"]
    assert bool(intel.digest(f"sha256:{SHA256}")) != name.startswith("a new ")
    assert results(renew()) == ["updated"]
    assert bool(intel.digest(f"sha256:{SHA256}")) == stands
    assert intel.address("ip", "9.9.9.9"), "what nothing takes back stays"
    assert results(renew()) == ["unchanged"]
    assert [path.count("?added_after") for path in server.paths()] == [0, 1, 1], "only what is new comes"


def test_what_came_before_comes_again_where_it_was_not_kept(intel: Intel, server: Loopback, renew: Renew) -> None:
    renew(taxii(server, [TWO], [TWO | NEWER | {"revoked": True}]))
    (kept,) = (intel.folder / "kept").iterdir()
    shutil.rmtree(kept)
    server.answer(TAXII, document({"objects": [TWO | NEWER | {"revoked": True}]}, **{"X-TAXII-Date-Added-Last": LATER}))
    assert results(renew()) == ["updated"]
    assert intel.digest(f"sha256:{SHA256}") == []
    assert not any("added_after" in path for path in server.paths())


def test_a_failed_update_keeps_what_came_before(intel: Intel, server: Loopback, renew: Renew) -> None:
    renew(taxii(server, [TWO], [TWO | NEWER | {"revoked": True}]))
    broken = server.answer(f"{TAXII}?added_after={FIRST.replace(':', '%3A')}", Reply(b"{"))
    assert results(renew()) == ["failed"]
    assert intel.digest(f"sha256:{SHA256}")
    assert broken
    taxii(server, [TWO], [TWO | NEWER | {"revoked": True}])
    assert results(renew()) == ["updated"]
    assert intel.digest(f"sha256:{SHA256}") == []


def test_all_of_a_collection_comes_again_after_many_updates(
    intel: Intel, server: Loopback, renew: Renew, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("doorward.sources.remote_feeds.MOST_POLLS", 1)
    days = [[indicator(f"[domain-name:value = 'evil{day}.invalid']", day)] for day in range(1, 5)]
    renew(taxii(server, *days))
    for _ in days[1:]:
        renew()
    assert [path.partition("?")[2][:11] for path in server.paths()] == ["", "added_after", "", "added_after"]


def test_a_feed_that_is_removed_leaves_nothing(intel: Intel, server: Loopback, renew: Renew) -> None:
    renew(taxii(server, [TWO]))
    forget(intel.folder, [state.name for state in feed_states(intel.folder)], NOW)
    assert not any(path.is_file() for path in (intel.folder / "kept").rglob("*"))


def test_a_bundle_that_is_added_takes_a_file_back(intel: Intel) -> None:
    file = {"type": "file", "id": FILE, "hashes": {"SHA-256": SHA256}}
    tie = related(FILE, "malware--1")
    evil = indicator("[domain-name:value = 'evil.invalid']", 1)
    path = intel.write("bundle.json", {"type": "bundle", "objects": [file, tie, evil]})
    import_feeds(intel.folder, [Import(path)], NOW)
    assert intel.digest(f"sha256:{SHA256}")
    revoked = tie | {"revoked": True, "modified": "2026-05-02T00:00:00Z"}
    intel.write("bundle.json", {"type": "bundle", "objects": [file, revoked]})
    import_feeds(intel.folder, [Import(path, adds=True)], NOW)
    assert intel.digest(f"sha256:{SHA256}") == []
    assert intel.address("domain", "evil.invalid")


def test_a_bundle_that_is_added_says_what_it_cannot_take_back(intel: Intel) -> None:
    path = intel.write("bundle.json", {"type": "bundle", "objects": [FILE_OF_BEFORE, TIE, TWO]})
    import_feeds(intel.folder, [Import(path)], NOW)
    more = [TIE | NEWER | {"revoked": True}, SAMPLE | NEWER | {"sample_refs": ["file--2"]}, indicator(EVIL, 3)]
    intel.write("bundle.json", {"type": "bundle", "objects": more})
    (written,) = import_feeds(intel.folder, [Import(path, adds=True)], NOW)
    assert [item.reason.partition(":")[0] for item in written.refused] == [
        "it takes back a file that is not among these objects"
    ]
    assert [item.reason.partition(":")[0] for item in written.defects] == ["a newer version"]
    (written,) = import_feeds(intel.folder, [Import(path)], NOW)
    assert (written.refused, written.defects) == ((), ()), "what takes the place of all has nothing to take back"


def objects(number: int, last: str = "", **more: Any) -> Reply:
    """One page with one indicator."""
    page = {"objects": [indicator(f"[domain-name:value = 'evil{number}.invalid']", number)]} | more
    return document(page, **({"X-TAXII-Date-Added-Last": last} if last else {}))


def test_pages_without_a_next_go_on_by_the_time_of_the_last_object(
    intel: Intel, server: Loopback, renew: Renew
) -> None:
    path = "/root/collections/c1/objects/"
    server.answer(path, objects(1, "2026-05-01T00:00:00Z", more=True))
    server.answer(f"{path}?added_after=2026-05-01T00%3A00%3A00Z", objects(2, "2026-05-02T00:00:00Z"))
    assert results(renew(server.url(path))) == ["updated"]
    assert intel.address("domain", "evil1.invalid")
    assert intel.address("domain", "evil2.invalid")


ENVELOPES = {
    "more, and nobody knows where": objects(1, more=True),
    "more of the same": Reply(b'{"more": true, "objects": []}'),
    "a list": Reply(b"[]"),
    "a page": Reply(b"<html>sign in</html>"),
    "another version": Reply(status=406),
    "no access": Reply(status=401),
}


@pytest.mark.parametrize("name", ENVELOPES)
def test_a_collection_that_cannot_be_read_to_its_end_fails(server: Loopback, renew: Renew, name: str) -> None:
    assert results(renew(server.answer("/root/collections/c1/objects/", ENVELOPES[name]))) == ["failed"]


@pytest.mark.parametrize("address", ["/taxii2/", "/root/collections/", "/root/collections/c1/"])
def test_a_taxii_server_by_what_leads_to_its_collections(
    intel: Intel, server: Loopback, renew: Renew, address: str
) -> None:
    server.answer("/taxii2/", document({"title": "A server", "default": "/root/", "api_roots": ["/root/"]}))
    listed = [{"id": "c1", "title": "one", "can_read": True}, {"id": "c2", "title": "two", "can_read": False}]
    server.answer("/root/collections/", document({"collections": listed}))
    server.answer("/root/collections/c1/objects/", objects(1, "2026-05-01T00:00:00Z"))
    server.answer("/root/collections/c1/objects/?added_after=2026-05-01T00%3A00%3A00Z", objects(2))
    assert results(renew(server.url(address))) == ["updated"]
    assert intel.address("domain", "evil1.invalid")
    assert results(renew()) == ["updated"]
    assert intel.address("domain", "evil1.invalid")
    assert intel.address("domain", "evil2.invalid")
    assert not any("c2" in path for path in server.paths())


@pytest.mark.parametrize(
    "discovery", [{"title": "none"}, {"api_roots": "x"}, {"api_roots": ["/root/"]}, {"api_roots": ["/gone/"]}]
)
def test_a_taxii_server_with_nothing_to_read_fails(server: Loopback, renew: Renew, discovery: dict[str, Any]) -> None:
    server.answer("/root/collections/", document({"collections": [{"id": "c2", "can_read": False}, 1, {}]}))
    assert results(renew(server.answer("/taxii2/", document(discovery)))) == ["failed"]


def test_a_misp_feed_by_its_folder(intel: Intel, server: Loopback, renew: Renew) -> None:
    server.answer("/feeds/osint/manifest.json", document({"aaaa": {"info": "one", "timestamp": "100"}}))
    server.answer("/feeds/osint/aaaa.json", document(event(attribute("sha256", SHA256))))
    assert results(renew(server.url("/feeds/osint"))) == ["updated"]
    assert intel.digest(f"sha256:{SHA256}")
    assert results(renew()) == ["unchanged"]


def host_variable(server: Loopback) -> str:
    return f"DOORWARD_AUTHORIZATION_{variable_of(urlsplit(server.url('/')).hostname or '')}"


def test_what_opens_a_feed_stands_in_the_environment(intel: Intel, server: Loopback, tmp_path: Path) -> None:
    path = "/taxii2/collections/c1/objects/"
    server.answer(path, document({"objects": [indicator("[domain-name:value = 'evil.invalid']", 1)]}))
    environ = {"HOME": str(tmp_path), host_variable(server): "Bearer open sesame"}
    assert results(update(intel.folder, [server.url(path)], NOW, environ)) == ["updated"]
    assert {seen.headers.get("authorization") for seen in server.seen} == {"Bearer open sesame"}
    assert b"sesame" not in (intel.folder / "bundle.sqlite3").read_bytes()


@pytest.mark.parametrize(
    ("host", "sent"), [("ti-feeds.example", False), ("ti.feeds.example", True), ("ti_feeds.example", False)]
)
def test_a_key_is_for_one_host_alone(host: str, sent: bool) -> None:
    environ = {"DOORWARD_AUTHORIZATION_TI_FEEDS_EXAMPLE": "Bearer open sesame"}
    with Http(environ=environ) as http:
        asked = feed_server(http, FeedAddress(f"https://{host}/list.txt"), environ)
    assert (asked.index.credentials is not None) == sent


@pytest.mark.parametrize(
    ("url", "sent"),
    [
        ("https://feeds.example/list.txt", True),
        ("http://feeds.example/list.txt", False),
        ("http://8.8.4.4/list.txt", False),
        ("http://10.1.2.3/list.txt", True),
        ("http://localhost:8080/list.txt", True),
        ("http://[::1]/list.txt", True),
    ],
)
def test_a_key_is_not_sent_where_anybody_may_read_it(url: str, sent: bool) -> None:
    environ = {f"DOORWARD_AUTHORIZATION_{variable_of(urlsplit(url).hostname or '')}": "Bearer open sesame"}
    with (
        Http(environ=environ) as http,
        nullcontext() if sent else pytest.raises(UsageError, match="https alone") as told,
    ):
        assert feed_server(http, FeedAddress(url), environ).index.credentials
    assert sent or "sesame" not in str(told)


def test_what_opens_a_feed_goes_to_nobody_else(intel: Intel, server: Loopback, tmp_path: Path) -> None:
    with Loopback() as other:
        elsewhere = other.answer("/list.txt", Reply(f"{SHA256}\n".encode()))
        url = server.answer("/feeds/list.txt", Reply(status=302, headers={"Location": elsewhere}))
        environ = {"HOME": str(tmp_path), host_variable(server): "Bearer open sesame"}
        assert results(update(intel.folder, [url], NOW, environ)) == ["updated"]
        assert "authorization" in server.seen[0].headers
        assert "authorization" not in other.seen[0].headers


def test_netrc_opens_a_feed(intel: Intel, server: Loopback, tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login reader password sesame\n")
    (tmp_path / ".netrc").chmod(0o600)
    url = server.answer("/feeds/list.txt", Reply(f"{SHA256}\n".encode()))
    update(intel.folder, [url], NOW, {"HOME": str(tmp_path)})
    assert server.seen[0].headers["authorization"].startswith("Basic ")


def test_what_cannot_be_sent_is_a_usage_error(intel: Intel, server: Loopback, tmp_path: Path) -> None:
    url = server.answer("/feeds/list.txt", Reply(f"{SHA256}\n".encode()))
    environ = {"HOME": str(tmp_path), host_variable(server): "two\nlines"}
    with pytest.raises(UsageError, match="cannot be sent") as raised:
        update(intel.folder, [url], NOW, environ)
    assert "lines" not in str(raised.value)


def test_names_of_feeds_are_told_apart(intel: Intel, server: Loopback, renew: Renew) -> None:
    for ecosystem in ("PyPI", "npm"):
        server.answer(f"/{ecosystem}/all.zip", archive(osv(f"MAL-{ecosystem}", ecosystem=ecosystem)))
    renew(server.url("/PyPI/all.zip"), server.url("/npm/all.zip"))
    assert [state.name for state in feed_states(intel.folder)] == ["PyPI/all.zip", "npm/all.zip"]


def test_credentials_of_an_address_are_not_kept(intel: Intel, server: Loopback, renew: Renew) -> None:
    server.answer("/feeds/list.txt", Reply(f"{SHA256}\n".encode()))
    renew(server.url("/feeds/list.txt", user="somebody:secret"))
    assert "secret" not in feed_states(intel.folder)[0].origin


def test_the_address_of_the_osv_bucket() -> None:
    assert osv_address("GitHub Actions").endswith("/GitHub%20Actions/all.zip")


def test_a_header_opens_a_feed_with_what_a_variable_holds(intel: Intel, server: Loopback, tmp_path: Path) -> None:
    with Loopback() as other:
        elsewhere = other.answer("/list.txt", Reply(f"{SHA256}\n".encode()))
        url = server.answer("/feeds/list.txt", Reply(status=302, headers={"Location": elsewhere}))
        environ = {"HOME": str(tmp_path), "MY_KEY": "open sesame"}
        feed = FeedAddress(url, header="Auth-Key", variable="MY_KEY")
        assert results(update(intel.folder, [feed], NOW, environ)) == ["updated"]
        assert results(update(intel.folder, [], NOW, environ)) == ["unchanged"], "it is remembered"
        assert {seen.headers.get("auth-key") for seen in server.seen} == {"open sesame"}
        assert not any({"auth-key", "authorization"} & set(map(str.lower, seen.headers)) for seen in other.seen)
    assert b"sesame" not in (intel.folder / "bundle.sqlite3").read_bytes()


def test_what_opens_a_feed_stands_in_no_error(intel: Intel, server: Loopback, tmp_path: Path) -> None:
    url = server.answer("/feeds/list.txt", Reply(status=403))
    feed = FeedAddress(url, header="X-API-Key", variable="MY_KEY")
    (refused,) = update(intel.folder, [feed], NOW, {"HOME": str(tmp_path), "MY_KEY": "sesame"})
    assert (refused.result, "sesame" in refused.reason) == ("failed", False)
    asked = len(server.seen)
    (missing,) = update(intel.folder, [feed], NOW, {"HOME": str(tmp_path)})
    assert (missing.result, "MY_KEY is not set" in missing.reason) == ("failed", True)
    assert len(server.seen) == asked
    with pytest.raises(UsageError, match="cannot be sent") as raised:
        update(intel.folder, [feed], NOW, {"HOME": str(tmp_path), "MY_KEY": "ses\name"})
    assert "ses" not in str(raised.value)


def test_what_a_feed_does_not_tell_is_told_with_its_address(intel: Intel, server: Loopback, renew: Renew) -> None:
    url = server.answer("/feeds/list.csv", Reply(b"what,which\nevil-lib,1.0\n"))
    assert results(renew(url)) == ["failed"]
    assert results(renew(FeedAddress(url, "npm", "name=what,version=which"))) == ["updated"]
    assert intel.ids("npm", "evil-lib")
    assert results(renew(url)) == ["unchanged"]
    assert results(renew()) == ["unchanged"]
    assert results(renew(FeedAddress(url, "PyPI", "name=what,version=which"))) == ["updated"]
    assert (intel.ids("npm", "evil-lib"), bool(intel.ids("PyPI", "evil-lib"))) == ([], True)


def test_what_a_policy_says_of_a_feed_holds_also_where_the_feed_is_named(
    intel: Intel, server: Loopback, tmp_path: Path
) -> None:
    url = server.answer("/feeds/list.csv", Reply(b"what,which\nevil-lib,1.0\n"))
    listed = [FeedAddress(url, "npm", "name=what,version=which")]
    assert results(update(intel.folder, [url], NOW, {"HOME": str(tmp_path)}, listed=listed)) == ["updated"]
    assert intel.ids("npm", "evil-lib")
