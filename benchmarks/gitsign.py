"""What doorward makes of every signature by gitsign in a repository: all commits and tags of all its refs.

Nothing is fetched. Take in requests too (``git fetch origin '+refs/pull/*/head:refs/pull/*'``): a forge that squashes
leaves the signatures there. Verdicts are counted by their reason; the time is the processor's for those that are valid,
with the libraries loaded.

    python benchmarks/gitsign.py REPOSITORY... [--keyring PATH]
"""

from __future__ import annotations

import argparse
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from doorward.model.facts import Known
from doorward.model.signature import SignatureCheck, SignatureState
from doorward.sources.repositories.objects import ParsedObject, parse_commit, parse_tag
from doorward.sources.trust.keyring import Keys, read_keys
from doorward.sources.trust.verifier import Verifier


def git(repository: Path, *arguments: str, given: bytes | None = None) -> bytes:
    command = ["git", "-C", str(repository), *arguments]
    return subprocess.run(command, input=given, stdout=subprocess.PIPE, check=True).stdout


def objects(repository: Path) -> Iterator[ParsedObject]:
    refs = git(repository, "for-each-ref", "--format=%(objecttype) %(objectname)").decode().splitlines()
    tags = sorted({line.split()[1] for line in refs if line.startswith("tag ")})
    ids = git(repository, "rev-list", "--all") + "".join(f"{tag}\n" for tag in tags).encode()
    content = git(repository, "cat-file", "--batch", given=ids)
    at = 0
    while at < len(content):
        end = content.index(b"\n", at)
        kind, size = content[at:end].split()[1:]
        data = content[end + 1 : end + 1 + int(size)]
        at = end + int(size) + 2
        yield parse_tag(data) if kind == b"tag" else parse_commit(data)


def is_valid(check: SignatureCheck) -> bool:
    return check.state == Known(SignatureState.VALID)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("repositories", nargs="+", type=Path)
    parser.add_argument("--keyring", type=Path)
    options = parser.parse_args()
    verifier = Verifier(read_keys([options.keyring]) if options.keyring else Keys())
    for repository in options.repositories:
        signed = [one for one in objects(repository) if any(claim.kind == "x509" for claim in one.claims)]
        checks = [check for one in signed for check in verifier.check(one.claims, one.signed)]
        proven = [one for one in signed if any(is_valid(check) for check in verifier.check(one.claims, one.signed))]
        began = time.process_time()
        for one in proven:
            verifier.check(one.claims, one.signed)
        spent = 1_000 * (time.process_time() - began) / max(1, len(proven))
        print(f"{repository}: {len(checks)} signatures" + (f", {spent:.2f} ms for one that is valid" if proven else ""))
        told = Counter(
            (check.state.value.value if isinstance(check.state, Known) else check.state.reason, check.trusted)
            for check in checks
        )
        for (said, trusted), count in told.most_common():
            print(f"  {count:5}  {said}{' and trusted' if trusted else ''}")


if __name__ == "__main__":
    main()
