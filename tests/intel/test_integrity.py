"""Downloads of feeds that break off, change, or are not what their publisher put out."""

import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pysequoia
import pytest

from doorward.engine.intel import feed_states
from doorward.engine.intel_update import Outcome, update
from tests.intel.build import NOW, Intel
from tests.loopback import Loopback, Reply, Seen

OLD, NEW = "a1" * 32, "b2" * 32
LIST = "".join(f"{n:064x}\n" for n in range(1, 400)).encode() + f"{OLD}\n".encode()
Renew = Callable[..., list[Outcome]]


@pytest.fixture
def server() -> Iterator[Loopback]:
    with Loopback() as running:
        yield running


@pytest.fixture
def renew(intel: Intel, tmp_path: Path) -> Renew:
    def run(*addresses: str, certificate: bytes = b"") -> list[Outcome]:
        return update(intel.folder, addresses, NOW, {"HOME": str(tmp_path)}, certificate=certificate)

    return run


def served(body: bytes, tag: str = '"one"', *, breaks_at: int | None = None) -> Callable[[Seen], Reply]:
    """A server that knows ranges and entity tags; its connection ends after some bytes."""

    def answer(seen: Seen) -> Reply:
        if seen.headers.get("if-none-match") == tag:
            return Reply(status=304, headers={"ETag": tag})
        start = 0
        if "range" in seen.headers and seen.headers.get("if-range") == tag:
            start = int(seen.headers["range"].removeprefix("bytes=").removesuffix("-"))
        part = body[start:] if breaks_at is None else body[start:breaks_at]
        headers = {"ETag": tag}
        if start:
            headers["Content-Range"] = f"bytes {start}-{len(body) - 1}/{len(body)}"
        return Reply(part, 206 if start else 200, headers, len(body) - start)

    return answer


def ranges(server: Loopback) -> list[str]:
    return [seen.headers["range"] for seen in server.seen if "range" in seen.headers]


def test_a_download_that_breaks_off_goes_on_in_the_next_try(intel: Intel, server: Loopback, renew: Renew) -> None:
    url = server.answer("/list.txt", served(LIST, breaks_at=9_000), served(LIST))
    assert renew(url)[0].result == "updated"
    assert ranges(server) == ["bytes=9000-"]
    assert intel.digest(f"sha256:{OLD}")


def test_a_download_goes_on_in_the_next_run(intel: Intel, server: Loopback, renew: Renew) -> None:
    url = server.answer("/list.txt", served(LIST, breaks_at=9_000))
    assert renew(url)[0].result == "failed"
    before = len(server.seen)
    server.answer("/list.txt", served(LIST))
    assert renew(url)[0].result == "updated"
    assert server.seen[before].headers["range"] == "bytes=9000-"
    assert intel.digest(f"sha256:{OLD}")
    assert not list((intel.folder / "partial").iterdir())


def test_what_changed_in_the_meantime_comes_whole(intel: Intel, server: Loopback, renew: Renew) -> None:
    changed = LIST.replace(OLD.encode(), NEW.encode())
    url = server.answer("/list.txt", served(LIST, breaks_at=9_000), served(changed, '"two"'))
    assert renew(url)[0].result == "updated"
    assert (intel.digest(f"sha256:{OLD}"), bool(intel.digest(f"sha256:{NEW}"))) == ([], True)
    assert intel.digest(f"sha256:{1:064x}")


def test_without_a_tag_nothing_is_pieced_together(intel: Intel, server: Loopback, renew: Renew) -> None:
    url = server.answer("/list.txt", Reply(LIST[:500], length=len(LIST)), Reply(LIST))
    assert renew(url)[0].result == "updated"
    assert ranges(server) == []


@pytest.mark.parametrize("part", ["bytes 17-30/30", "", "bytes"])
def test_a_part_from_elsewhere_is_not_taken(intel: Intel, server: Loopback, renew: Renew, part: str) -> None:
    wrong = Reply(LIST[17:], 206, {"ETag": '"one"', "Content-Range": part})
    url = server.answer("/list.txt", served(LIST, breaks_at=9_000), wrong, served(LIST))
    assert renew(url)[0].result == "updated"
    assert intel.digest(f"sha256:{OLD}")


def test_a_part_of_another_document_is_not_taken(intel: Intel, server: Loopback, renew: Renew) -> None:
    changed = LIST.replace(OLD.encode(), NEW.encode())
    wrong = Reply(changed[9_000:], 206, {"ETag": '"two"', "Content-Range": f"bytes 9000-{len(LIST) - 1}/{len(LIST)}"})
    url = server.answer("/list.txt", served(LIST, breaks_at=9_000), wrong, served(changed, '"two"'))
    assert renew(url)[0].result == "updated"
    assert (intel.digest(f"sha256:{OLD}"), bool(intel.digest(f"sha256:{NEW}"))) == ([], True)
    assert intel.digest(f"sha256:{1:064x}")


def test_a_part_that_is_whole_already(intel: Intel, server: Loopback, renew: Renew) -> None:
    url = server.answer("/list.txt", served(LIST, breaks_at=9_000), Reply(status=416), served(LIST))
    assert renew(url)[0].result == "updated"
    assert intel.digest(f"sha256:{OLD}")


def test_a_feed_that_did_not_change_is_not_sent_again(intel: Intel, server: Loopback, renew: Renew) -> None:
    url = server.answer("/list.txt", served(LIST))
    assert [renew(url)[0].result, renew()[0].result] == ["updated", "unchanged"]
    assert server.seen[-1].headers["if-none-match"] == '"one"'
    assert intel.digest(f"sha256:{OLD}")
    assert feed_states(intel.folder)[0].cursor == '"one"'


DATE = "Fri, 01 May 2026 10:00:00 GMT"


@pytest.mark.parametrize(
    ("stated", "asked"),
    [
        ({"Last-Modified": DATE}, DATE),
        ({"Last-Modified": DATE, "ETag": '"one"'}, None),
        ({"Last-Modified": "today"}, None),
    ],
)
def test_a_feed_without_a_tag_is_asked_for_by_its_date(
    intel: Intel, server: Loopback, renew: Renew, stated: dict[str, str], asked: str | None
) -> None:
    def answer(seen: Seen) -> Reply:
        return Reply(status=304) if "if-modified-since" in seen.headers else Reply(LIST, headers=stated)

    url = server.answer("/list.txt", answer)
    assert [renew(url)[0].result, renew()[0].result] == ["updated", "unchanged"]
    told = [seen.headers.get("if-modified-since") for seen in server.seen if seen.path == "/list.txt"]
    assert told == [None, asked]
    assert intel.digest(f"sha256:{OLD}")


def test_two_updates_of_one_feed_at_a_time(intel: Intel, server: Loopback, renew: Renew) -> None:
    inner: list[Outcome] = []

    def answer(_: Seen) -> Reply:
        if not inner:
            # While the first update waits for its answer, a second one runs from beginning to end.
            inner.append(Outcome("", ""))
            inner[:] = renew(url)
        return Reply(LIST, headers={"ETag": '"one"'})

    url = server.answer("/list.txt", answer)
    (outer,) = renew(url)
    assert (inner[0].result, outer.result) == ("updated", "updated")
    assert intel.digest(f"sha256:{OLD}")
    assert not list((intel.folder / "partial").iterdir())


def test_what_was_ended_from_outside_is_swept(intel: Intel, server: Loopback, renew: Renew) -> None:
    old, young, part, going = (
        intel.folder / name for name in ("fetch-old", "fetch-young", "partial/old", "partial/going")
    )
    for place in (old, young):
        place.mkdir(parents=True)
        (place / "all.zip").write_bytes(b"x")
    part.parent.mkdir()
    for place in (part, going):
        place.write_bytes(b"x")
    os.utime(old, (1, 1))
    os.utime(part, (1, 1))
    assert renew(server.answer("/list.txt", served(LIST)))[0].result == "updated"
    assert [place.exists() for place in (old, young, part, going)] == [False, True, False, True]


SUM = hashlib.sha256(LIST).hexdigest()
SUMS = {
    "right, beside it": ({"/f/list.txt.sha256": f"{SUM}  list.txt\n"}, "updated"),
    "right, without a name": ({"/f/list.txt.sha256": SUM.upper()}, "updated"),
    "wrong, beside it": ({"/f/list.txt.sha256": f"{OLD}  list.txt\n"}, "failed"),
    "right, in a list": ({"/f/SHA256SUMS": f"{OLD}  other.txt\n{SUM} *./list.txt\n"}, "updated"),
    "wrong, in a list": ({"/f/SHA256SUMS": f"{SUM}  other.txt\n{OLD}  list.txt\n"}, "failed"),
    "not in the list": ({"/f/SHA256SUMS": f"{OLD}  other.txt\n{OLD}\n"}, "updated"),
    "right, of another name": ({"/f/list.txt.sha256": f"{SUM}  list-2026.txt\n"}, "updated"),
    "wrong, of another name": ({"/f/list.txt.sha256": f"{OLD}  list-2026.txt\n"}, "failed"),
    "right, with a tag": ({"/f/SHA256SUMS": f"SHA256 (list.txt) = {SUM}\n"}, "updated"),
    "wrong, with a tag": ({"/f/list.txt.sha256": f"SHA256 (list.txt) = {OLD}\n"}, "failed"),
    "damaged, beside it": ({"/f/list.txt.sha256": f"{SUM[:63]}\n"}, "failed"),
    "damaged, in a list": ({"/f/SHA256SUMS": f"{OLD}  other.txt\n{SUM[:63]}  list.txt\n"}, "failed"),
    "empty, beside it": ({"/f/list.txt.sha256": ""}, "failed"),
    "of others, beside it": ({"/f/list.txt.sha256": f"{SUM}  a.txt\n{OLD}  b.txt\n"}, "failed"),
    "nonsense": ({"/f/list.txt.sha256": "<html>not found</html>"}, "updated"),
}


@pytest.mark.parametrize("name", SUMS)
def test_the_checksum_beside_a_feed(intel: Intel, server: Loopback, renew: Renew, name: str) -> None:
    documents, expected = SUMS[name]
    for path, text in documents.items():
        server.answer(path, Reply(text.encode()))
    (outcome,) = renew(server.answer("/f/list.txt", served(LIST)))
    assert outcome.result == expected
    assert ("its server states" in outcome.reason) == (expected == "failed")
    assert len(feed_states(intel.folder)) == (expected == "updated")


def test_a_server_that_fails_to_tell_a_checksum_stops_the_update(server: Loopback, renew: Renew) -> None:
    server.answer("/f/list.txt.sha256", Reply(status=500))
    assert renew(server.answer("/f/list.txt", served(LIST)))[0].result == "failed"


class Signer:
    """A key that lives as long as a test."""

    def __init__(self, name: str) -> None:
        self._key = pysequoia.Tsk.generate(name)
        self.certificate = str(self._key.extract_certificate()).encode()

    def sign(self, data: bytes) -> bytes:
        return bytes(pysequoia.sign(self._key.signer(), data, mode=pysequoia.SignatureMode.DETACHED))


def test_a_signed_feed(intel: Intel, server: Loopback, renew: Renew) -> None:
    publisher = Signer("Publisher <publisher@example.invalid>")
    url = server.answer("/list.txt", served(LIST))
    server.answer("/list.txt.asc", Reply(publisher.sign(LIST)))
    assert renew(url, certificate=publisher.certificate)[0].result == "updated"
    assert intel.digest(f"sha256:{OLD}")


UNSIGNED = {
    "by another key": lambda publisher, other: other.sign(LIST),
    "of other bytes": lambda publisher, other: publisher.sign(LIST[:-1]),
    "no signature": lambda publisher, other: None,
    "nonsense": lambda publisher, other: b"-----BEGIN PGP SIGNATURE-----\n\nAAAA\n-----END PGP SIGNATURE-----\n",
}


@pytest.mark.parametrize("name", UNSIGNED)
def test_a_feed_that_is_not_signed_by_its_key_is_refused(
    intel: Intel, server: Loopback, renew: Renew, name: str
) -> None:
    publisher, other = Signer("Publisher <p@example.invalid>"), Signer("Other <o@example.invalid>")
    url = server.answer("/list.txt", served(LIST))
    server.answer("/list.txt.asc", Reply(publisher.sign(LIST)))
    assert renew(url, certificate=publisher.certificate)[0].result == "updated"

    # Later updates ask for it without being told again.
    changed = LIST.replace(OLD.encode(), NEW.encode())
    server.answer("/list.txt", served(changed, '"two"'))
    signature = UNSIGNED[name](publisher, other)
    server.answer("/list.txt.asc", Reply(status=404) if signature is None else Reply(signature))
    (outcome,) = renew()
    assert outcome.result == "failed"
    assert "sign" in outcome.reason
    assert (bool(intel.digest(f"sha256:{OLD}")), intel.digest(f"sha256:{NEW}")) == (True, [])


def test_what_is_no_certificate_verifies_nothing(server: Loopback, renew: Renew) -> None:
    server.answer("/list.txt.asc", Reply(Signer("P <p@example.invalid>").sign(LIST)))
    (outcome,) = renew(server.answer("/list.txt", served(LIST)), certificate=b"no certificate")
    assert (outcome.result, "cannot be verified" in outcome.reason) == ("failed", True)


def test_a_feed_that_was_fetched_unsigned_is_fetched_anew(intel: Intel, server: Loopback, renew: Renew) -> None:
    publisher = Signer("Publisher <p@example.invalid>")
    url = server.answer("/list.txt", served(LIST))
    assert renew(url)[0].result == "updated"
    assert renew(url, certificate=publisher.certificate)[0].result == "failed"
    server.answer("/list.txt.asc", Reply(publisher.sign(LIST)))
    assert renew(url, certificate=publisher.certificate)[0].result == "unchanged"
    assert feed_states(intel.folder)[0].certificate
