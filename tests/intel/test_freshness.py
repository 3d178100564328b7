"""Updates ask the server: what lies in the cache of documents says nothing of what is new."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from doorward.engine.intel import feed_states
from doorward.engine.intel_update import update
from tests.feeds.build import osv
from tests.feeds.test_formats import attribute, event, indicator
from tests.intel.build import NOW, Intel
from tests.loopback import Loopback, Reply, Seen

#: What servers of files and of storage send along: documents to be kept for an hour, or for as long as a cache likes.
YOUNG = {"Cache-Control": "public, max-age=3600", "ETag": '"1"'}
GUESSED = {"Last-Modified": "Thu, 01 Jan 2026 00:00:00 GMT"}


def document(value: object, headers: dict[str, str]) -> Reply:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    return Reply(body, headers=headers)


@pytest.mark.parametrize("headers", [YOUNG, GUESSED])
def test_a_list_of_events_is_asked_for_each_time(intel: Intel, tmp_path: Path, headers: dict[str, str]) -> None:
    with Loopback() as server:
        manifest = {"aaaa": {"info": "one", "Orgc": {"name": "x"}, "timestamp": "100"}}
        url = server.answer("/misp/manifest.json", document(manifest, headers))
        server.answer("/misp/aaaa.json", document(event(attribute("domain", "one.invalid")), headers))
        environ = {"HOME": str(tmp_path)}
        update(intel.folder, [url], NOW, environ)
        manifest["aaaa"]["timestamp"] = "200"
        server.answer("/misp/manifest.json", document(manifest, headers | {"ETag": '"2"'}))
        server.answer("/misp/aaaa.json", document(event(attribute("domain", "two.invalid")), headers | {"ETag": '"2"'}))
        assert [one.result for one in update(intel.folder, [], NOW, environ)] == ["updated"]
        assert intel.address("domain", "two.invalid")


def test_a_list_that_did_not_change_is_not_sent_again(intel: Intel, tmp_path: Path) -> None:
    def changes(seen: Seen) -> Reply:
        if seen.headers.get("if-none-match") == '"1"':
            return Reply(status=304, headers=YOUNG)
        return Reply(b"2026-05-01T10:00:00Z,MAL-1\n", headers=YOUNG)

    with Loopback() as server:
        server.answer("/npm/modified_id.csv", changes)
        url = server.answer("/npm/all.zip", document(osv("MAL-1", ecosystem="npm"), {}))
        results = [update(intel.folder, [url], NOW, {"HOME": str(tmp_path)})[0].result for _ in range(2)]
        asked = [seen.headers.get("if-none-match") for seen in server.seen if seen.path == "/npm/modified_id.csv"]
    assert results == ["updated", "unchanged"]
    assert asked == [None, '"1"']


def test_offline_no_feed_grows_younger(intel: Intel, tmp_path: Path) -> None:
    with Loopback() as server:
        bundle = {"type": "bundle", "id": "bundle--1", "objects": [indicator("[domain-name:value = 'evil.invalid']")]}
        url = server.answer("/collections/one/objects/", document(bundle, YOUNG))
        environ = {"HOME": str(tmp_path)}
        assert [one.result for one in update(intel.folder, [url], NOW, environ)] == ["updated"]
        later = NOW + timedelta(days=40)
        (outcome,) = update(intel.folder, [], later, environ, offline=True)
    assert (outcome.result, "offline" in outcome.reason) == ("failed", True)
    assert [state.age(later) for state in feed_states(intel.folder)] == [timedelta(days=40)]
