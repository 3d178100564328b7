"""How many signatures doorward verifies a second, against ``git log --format=%G?`` on the same commits.

A repository of signed commits is made for each kind (Ed25519 and RSA-4096 by OpenPGP, Ed25519 by SSH), with keys of
this run. All are verified in turn, so that a busy machine slows both alike:

- *git*: ``git log --format=%G?``, which starts gpg or ssh-keygen for every commit;
- *verify*: doorward's verification alone, from payload and armour to verdict;
- *end to end*: doorward reads the commits with git and verifies them.

The median of the runs counts. Goal: *verify* at least 50 times *git*, 75 wanted. Every method must accept every commit,
and doorward must refuse every one of 50 payloads that were tampered with.

    python benchmarks/signatures.py [--commits N] [--runs N]
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import os
import subprocess
import tempfile
import time
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import pysequoia
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from doorward.model.facts import Known
from doorward.model.signature import SignatureCheck, SignatureState
from doorward.sources.repositories.location import open_repository
from doorward.sources.repositories.walk import walk
from doorward.sources.trust.claims import signed_object
from doorward.sources.trust.keyring import Keys, read_keys
from doorward.sources.trust.verifier import Verifier

GOAL, WANTED, TAMPERED = 50, 75, 50
START = 1_700_000_000
WHO = "Bench Mark <bench@example.org>"
EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"


@dataclass(frozen=True, slots=True)
class Signer:
    """A kind of key: how it signs, and what tells git and doorward of it."""

    name: str
    sign: Callable[[bytes], bytes]
    #: File with the public key, and the settings with which git finds it.
    public: Path
    settings: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()


def openpgp(name: str, suite: pysequoia.CipherSuite, folder: Path) -> Signer:
    """Make an OpenPGP key and a GnuPG home that knows its certificate."""
    secret = pysequoia.Tsk.generate(user_ids=[WHO], cipher_suite=suite)
    signer = secret.signer()
    home = folder / name
    home.mkdir(mode=0o700)
    public = folder / f"{name}.asc"
    public.write_text(str(secret.extract_certificate()), encoding="ascii")
    command = ["gpg", "--batch", "--quiet", "--import", str(public)]
    subprocess.run(command, env=os.environ | {"GNUPGHOME": str(home)}, check=True, capture_output=True)

    def sign(payload: bytes) -> bytes:
        return pysequoia.sign(signer, payload, mode=pysequoia.SignatureMode.DETACHED)

    return Signer(name, sign, public, env=(("GNUPGHOME", str(home)),))


def ssh(folder: Path) -> Signer:
    """Make an SSH key and an allowed-signers file."""
    secret = ed25519.Ed25519PrivateKey.generate()
    key = _string(b"ssh-ed25519") + _string(secret.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw))
    public = folder / "allowed_signers"
    public.write_text(f'bench@example.org namespaces="git" ssh-ed25519 {base64.b64encode(key).decode()}\n')

    def sign(payload: bytes) -> bytes:
        parts = (b"git", b"", b"sha512")
        message = b"".join(map(_string, (*parts, hashlib.sha512(payload).digest())))
        blob = _string(b"ssh-ed25519") + _string(secret.sign(b"SSHSIG" + message))
        text = base64.encodebytes(b"SSHSIG\0\0\0\1" + b"".join(map(_string, (key, *parts, blob))))
        return b"-----BEGIN SSH SIGNATURE-----\n" + text + b"-----END SSH SIGNATURE-----\n"

    settings = ("-c", "gpg.format=ssh", "-c", f"gpg.ssh.allowedSignersFile={public}")
    return Signer("Ed25519 SSH", sign, public, settings)


def _string(data: bytes) -> bytes:
    return len(data).to_bytes(4, "big") + data


def make_repository(path: Path, signer: Signer, count: int) -> list[tuple[bytes, bytes]]:
    """Write a chain of signed commits, byte by byte; return each payload with its armour."""
    signed = []
    subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(path)], check=True)
    _write(path, b"tree", b"")
    parent = ""
    for number in range(count):
        who = f"{WHO} {START + number * 60} +0000"
        head = f"tree {EMPTY_TREE}\n{parent}author {who}\ncommitter {who}\n".encode()
        body = f"\nCommit number {number}\n".encode()
        armour = signer.sign(head + body).strip()
        signed.append((head + body, armour))
        made = _write(path, b"commit", b"".join((head, b"gpgsig ", armour.replace(b"\n", b"\n "), b"\n", body)))
        parent = f"parent {made}\n"
    (path / "refs" / "heads" / "main").write_text(parent.removeprefix("parent "))
    subprocess.run(["git", "-C", str(path), "repack", "-q", "-a", "-d"], check=True)
    return signed


def _write(path: Path, kind: bytes, content: bytes) -> str:
    framed = kind + b" %d\0" % len(content) + content
    name = hashlib.sha1(framed).hexdigest()
    file = path / "objects" / name[:2] / name[2:]
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(zlib.compress(framed, 1))
    return name


def by_git(path: Path, signer: Signer) -> int:
    """Return how many commits git finds good."""
    command = ["git", *signer.settings, "-C", str(path), "log", "--format=%G?"]
    done = subprocess.run(command, env=os.environ | dict(signer.env), capture_output=True, check=True, text=True)
    return sum(line in "GU" for line in done.stdout.split())


def good(checks: tuple[SignatureCheck, ...]) -> bool:
    return all(isinstance(check.state, Known) and check.state.value is SignatureState.VALID for check in checks)


def by_doorward(verifier: Verifier, signed: Iterable[tuple[bytes, bytes]]) -> int:
    """Return how many payloads doorward finds good."""
    return sum(good(verifier.check(*signed_object(payload, armour, START))) for payload, armour in signed)


def end_to_end(path: Path, keys: Keys) -> int:
    """Return how many commits doorward finds good, read from the repository."""
    verifier = Verifier(keys)
    with open_repository(str(path), path) as repository:
        raws = walk(repository, [repository.listing.head])
        return sum(good(verifier.check(raw.claims, raw.signed)) for raw in raws)


@contextmanager
def signers() -> Iterator[tuple[Path, list[Signer]]]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder)
        suites = {"Ed25519 OpenPGP": pysequoia.CipherSuite.Cv25519, "RSA-4096 OpenPGP": pysequoia.CipherSuite.RSA4k}
        yield path, [*(openpgp(name, suite, path) for name, suite in suites.items()), ssh(path)]
        for name in suites:
            subprocess.run(["gpgconf", "--kill", "all"], env=os.environ | {"GNUPGHOME": str(path / name)}, check=False)


def measure(actions: dict[str, Callable[[], int]], runs: int, count: int) -> dict[str, float]:
    """Return the median of commits a second for each action, run in turn."""
    seconds: dict[str, list[float]] = {name: [] for name in actions}
    for _ in range(runs):
        for name, action in actions.items():
            start = time.perf_counter()
            accepted = action()
            seconds[name].append(time.perf_counter() - start)
            if accepted != count:
                raise SystemExit(f"{name} accepts {accepted} of {count}")
    return {name: count / median(times) for name, times in seconds.items()}


def report(signer: Signer, path: Path, count: int, runs: int) -> bool:
    """Measure one kind; return whether it meets the goal."""
    signed = make_repository(path, signer, count)
    keys = read_keys([signer.public])
    verifier = Verifier(keys)
    rates = measure(
        {
            "git": lambda: by_git(path, signer),
            "verify": lambda: by_doorward(verifier, signed),
            "end to end": lambda: end_to_end(path, keys),
        },
        runs,
        count,
    )
    refused = TAMPERED - by_doorward(verifier, [(payload + b"x", armour) for payload, armour in signed[:TAMPERED]])
    ratio = rates["verify"] / rates["git"]
    print(
        f"{signer.name:<18}{rates['git']:>8,.0f}{rates['verify']:>10,.0f}{rates['end to end']:>12,.0f}"
        f"{ratio:>9.1f}{rates['end to end'] / rates['git']:>12.1f}   {refused} of {min(TAMPERED, count)} refused"
    )
    return ratio >= GOAL and refused == min(TAMPERED, count)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--commits", type=int, default=1_000)
    parser.add_argument("--runs", type=int, default=7)
    arguments = parser.parse_args()
    print(f"commits a second, median of {arguments.runs} on {arguments.commits:,} signed commits; goal {GOAL}x")
    print(f"{'':<18}{'git':>8}{'verify':>10}{'end to end':>12}{'verify x':>9}{'end x':>12}   tampered payloads")
    with signers() as (folder, kinds):
        met = [report(kind, folder / f"{n}.git", arguments.commits, arguments.runs) for n, kind in enumerate(kinds)]
    print(f"goal of {GOAL}x {'met' if all(met) else 'MISSED'} ({WANTED}x wanted)")
    return 0 if all(met) else 1


if __name__ == "__main__":
    raise SystemExit(main())
