"""Commits and tags that git itself signed with an SSH key: the payload that doorward cuts out is the one that was signed."""

import shutil
import subprocess
from pathlib import Path

import pytest

from doorward.model.facts import Known
from doorward.model.signature import SignatureState
from doorward.sources.repositories.location import open_repository
from doorward.sources.repositories.tags import tags
from doorward.sources.repositories.walk import walk
from doorward.sources.trust.verifier import Verifier
from tests.repositories.gitbox import Box
from tests.trust.material import signers

pytestmark = pytest.mark.skipif(not shutil.which("ssh-keygen"), reason="OpenSSH is not installed")
#: Each ends its last line: git finds a tag's signature at the start of a line only.
MESSAGES = [
    "Plain\n",
    "Trailing blanks  \n\n\nand lines \t\n\n",
    "Ümläute 日本\n",
    "-----BEGIN nothing-----\n\ngpgsig no\n",
]


@pytest.fixture
def key(tmp_path: Path) -> Path:
    made = tmp_path / "key"
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(made)]
    subprocess.run(command, check=True)
    return made


@pytest.mark.parametrize("object_format", ["sha1", "sha256"])
def test_what_git_signs_verifies(tmp_path: Path, key: Path, object_format: str) -> None:
    box = Box(tmp_path / "box", object_format)
    for name, value in {
        "user.name": "Alice", "user.email": "alice@example.org", "gpg.format": "ssh", "user.signingkey": str(key),
    }.items():  # fmt: skip
        box.git("config", name, value)
    for number, message in enumerate(MESSAGES):
        (box.path / "file").write_text(str(number))
        box.git("add", "file")
        box.git("commit", "-q", "-S", "--cleanup=verbatim", "-m", message)
        box.git("tag", "-s", "--cleanup=verbatim", "-F", "-", f"v{number}.0", stdin=message.encode())
    box.git("-c", "i18n.commitEncoding=ISO-8859-1", "commit", "-q", "-S", "--allow-empty", "-m", "latin")
    verifier = Verifier(signers(f"alice@example.org {(tmp_path / 'key.pub').read_text()}"))
    with open_repository(str(box.path), tmp_path) as repository:
        signed = [*walk(repository, [repository.listing.head]), *tags(repository)]
    assert len(signed) == 2 * len(MESSAGES) + 1
    for one in signed:
        (judged,) = verifier.check(one.claims, one.signed)
        assert judged.state == Known(SignatureState.VALID), one
