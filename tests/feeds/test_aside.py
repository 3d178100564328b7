"""Feeds that are read in a process of their own."""

import os
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest

from doorward.engine.intel import Import, feed_states, import_feeds
from doorward.errors import FeedError
from doorward.model.intelligence import About, Refused
from doorward.sources.feeds import read_feed
from doorward.sources.feeds._aside import LARGE, aside, worthwhile
from tests.feeds.build import malicious, osv, span, written, zipped

NOW = datetime(2026, 6, 1, tzinfo=UTC)
EPSS = "#model_version:v2026.01.01,score_date:2026-06-01T00:00:00+0000\ncve,epss,percentile\nCVE-2026-1,0.5,0.9\n"
KEV = {"catalogVersion": "1", "vulnerabilities": [{"cveID": "CVE-2026-1000", "dateAdded": "2026-01-01"}]}


def children() -> set[str]:
    """Return the processes that this one started, or took over, and that are still to be waited for."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it ended in the meantime
            if path.read_text().rpartition(")")[2].split()[1] == str(os.getpid()):
                found.add(path.parent.name)
    return found


def test_what_comes_is_what_is_read_here(tmp_path: Path) -> None:
    records = {f"{n}.json": osv(f"A-{n}", f"lib{n}", "1.0", aliases=[f"CVE-2026-{n}"]) for n in range(300)}
    ranges = osv("B-1", ranges=span("introduced 0", "fixed 2", type_="GIT", repo="https://git.invalid/a.git"))
    records |= {"m.json": malicious(), "r.json": ranges, "bad.json": "{", "odd.json": osv("C-1") | {"modified": "x"}}
    feeds = (
        zipped(tmp_path / "all.zip", records),
        written(tmp_path / "epss.csv", EPSS),
        written(tmp_path / "kev.json", KEV),
        written(tmp_path / "list.txt", "a" * 64 + "\n" + "b" * 32 + "\nevil.invalid\nno such thing, is it\n"),
        written(tmp_path / "report.md", "It talks to evil[.]invalid."),
    )
    before = children()
    for path in feeds:
        here = list(read_feed(path))
        assert here
        assert list(aside(lambda path=path: read_feed(path))) == here  # type: ignore[misc]
    assert children() == before


def test_an_error_is_told(tmp_path: Path) -> None:
    path = written(tmp_path / "x.txt", "nothing that is known, in words\n")
    with pytest.raises(FeedError, match="no document in it is in a format that doorward knows"):
        list(aside(lambda: read_feed(path)))


def test_a_reader_that_dies_is_an_error() -> None:
    def read() -> Iterator[object]:
        yield About("OSV")
        os._exit(0)

    with pytest.raises(FeedError, match="ended before its end"):
        list(aside(read))


def test_a_reader_that_breaks_is_an_error() -> None:
    def read() -> Iterator[object]:
        yield from [Refused("a", "b")] * 100_000
        raise ZeroDivisionError

    with pytest.raises(FeedError, match="ended before its end"):
        list(aside(read))


def test_who_gives_up_leaves_no_process() -> None:
    def read() -> Iterator[object]:
        while True:
            yield Refused("a", "b" * 1000)

    before = children()
    items = aside(read)
    assert next(items) == Refused("a", "b" * 1000)
    assert children() > before
    items.close()  # type: ignore[attr-defined]
    assert children() == before


def test_a_large_feed_is_imported(tmp_path: Path) -> None:
    count = LARGE // 65 + 1
    path = written(tmp_path / "large.txt", b"".join(b"%064x\n" % (n * n + 1) for n in range(count)))
    (done,) = import_feeds(tmp_path / "intel", [Import(path)], NOW)
    assert done.state.indicators == count
    assert feed_states(tmp_path / "intel") == (done.state,)


def test_only_large_files_and_only_without_other_threads(tmp_path: Path) -> None:
    small = written(tmp_path / "small.txt", "a")
    large = tmp_path / "large.txt"
    with large.open("wb") as file:
        file.truncate(LARGE)
    assert not worthwhile(small)
    assert not worthwhile(tmp_path)
    ended = threading.Event()
    other = threading.Thread(target=ended.wait)
    other.start()
    assert not worthwhile(large)
    ended.set()
    other.join()
    if threading.active_count() == 1:
        assert worthwhile(large) == (len(os.sched_getaffinity(0)) > 1)
