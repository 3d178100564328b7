"""``doorward intel lookup`` of addresses in every form in which people have them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Ran

Doorward = Callable[..., Ran]
LISTED = "evil.invalid\nhttps://good.invalid/stage2\n9.9.9.9\n2606:4700:4700::1111\nxn--bcher-kva.invalid\n"


@pytest.fixture
def listed(project: Path, doorward: Doorward) -> None:
    (project / "list.txt").write_text(LISTED)
    assert doorward("intel", "import", "list.txt").code == 0


@pytest.mark.parametrize(
    "text",
    [
        "evil.invalid.",
        "EVIL.Invalid",
        "evil[.]invalid",
        "evil(dot)invalid:8080",
        "evil.invalid/some/path",
        "//evil.invalid/x",
        "tcp://evil.invalid:4444",
        "http://user:secret@EVIL.invalid/x?u=http://good.invalid/",
        "hxxps[:]//user@good[.]invalid/stage2",
        "good.invalid/stage2",
        "B\N{LATIN CAPITAL LETTER U WITH DIAERESIS}CHER.invalid",
        "9.9.9.9.",
        "9[.]9[.]9[.]9:443",
        "9.9.9.9/32",
        "::ffff:9.9.9.9",
        "http://[::ffff:909:909]/x",
        "[2606:4700:4700::1111]:443",
        "2606:4700:4700:0:0:0:0:1111%eth0",
        "ftp://[2606:4700:4700::1111]/",
    ],
)
def test_whatever_form_an_address_has(listed: None, doorward: Doorward, text: str) -> None:
    assert doorward("intel", "lookup", text).code == 1


@pytest.mark.parametrize("text", ["good.invalid", "https://good.invalid/other", "notevil.invalid/x", "9.9.9.90"])
def test_what_is_another_address(listed: None, doorward: Doorward, text: str) -> None:
    assert doorward("intel", "lookup", text).code == 0
