"""Pages that a server sends in place of a feed."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from doorward.model.intelligence import Indicator, Refused
from doorward.sources.feeds import Item, read_feed
from doorward.sources.feeds._pages import Page, is_page

FOUND = f"Your request is {'ab' * 16}, see hxxps://portal[.]invalid/."
FORM = '<form action="/in"><input name="user"></form>'
SIGN_IN = {
    "a password": f"<html><title>Portal</title><form><input type='PASSWORD'></form>{FOUND}",
    "a form in capitals": f"\n<!DOCTYPE html>\n<HTML><FORM><INPUT TYPE=password></FORM>{FOUND}",
    "a title and a form": f"<!doctype html><title>\nSign in - Portal</title>{FORM}{FOUND}",
    "a title that ends so": f"<!doctype html><title>Portal | Log in</title>{FORM}{FOUND}",
    "a way to another": f'<html><form><input type="hidden" name="SAMLRequest" value="x"></form>{FOUND}',
}


def _read(path: Path, text: str) -> list[Item]:
    path.write_text(text)
    return list(read_feed(path))[1:]


@pytest.mark.parametrize("name", ["feed", "recent.html", "list.txt", "table.csv", "feed.json"])
@pytest.mark.parametrize("page", SIGN_IN)
def test_a_page_to_sign_in_at_is_no_feed(tmp_path: Path, page: str, name: str) -> None:
    (refused,) = _read(tmp_path / name, SIGN_IN[page])
    assert isinstance(refused, Refused)
    assert "in place of" in refused.reason


@pytest.mark.parametrize("name", ["list.txt", "table.csv", "feed.json", "rules.yaml"])
def test_a_page_called_data_is_no_feed(tmp_path: Path, name: str) -> None:
    (refused,) = _read(tmp_path / name, f"<html><title>A report</title>{FOUND}")
    assert isinstance(refused, Refused)
    assert refused.reason == "a web page in place of data"


@pytest.mark.parametrize(
    "page",
    [
        f"<html><title>A report</title><form><input type=search></form>{FOUND}",
        f"<html><title>How login names were stolen from npm users</title>{FORM}{FOUND}",
        f"<html><title>Sign in</title>{FOUND}",
        f"<html><title>A report</title><pre>&lt;input type=password&gt;</pre>{FOUND}",
    ],
)
def test_a_report_about_signing_in_is_read(tmp_path: Path, page: str) -> None:
    found = [item for item in _read(tmp_path / "report.html", page) if isinstance(item, Indicator)]
    assert {item.kind for item in found} >= {"md5", "url"}


@given(st.text(alphabet="<>/!form inputype=password\"'-&#;title", max_size=300))
def test_any_text_is_a_page_or_none(text: str) -> None:
    assert isinstance(Page(text).text, str)
    assert is_page(f"<html>{text}")
