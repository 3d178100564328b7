from dataclasses import replace

from doorward.model.facts import Missing
from doorward.model.findings import Strength
from doorward.model.release import LockedDigest
from tests.rules.build import artifact, change, member, release, tarball, unread, wheel

A, B, C = ("sha256:" + letter * 64 for letter in "abc")
SHA512 = "sha512:" + "d" * 128


def read(digests=(A,), stated=(A,), differs=""):
    made = wheel(member("lib/__init__.py"), digests=digests)
    return replace(made, record=replace(made.record, digests=stated), differs=differs)


def locked(*digests, filename=""):
    return tuple(LockedDigest(*digest.split(":"), filename) for digest in digests)


OTHER = artifact(Missing("not chosen for reading"), "sdist", "lib.tar.gz", digests=(C,))

FIRES = {
    "other bytes than the registry states": (change(release("1.0.1", read((B,), (A,), B))), Strength.CONCLUSIVE),
    "other bytes than the lock declares for this file": (
        change(release("1.0.1", read()), locked=locked(B, filename="lib-py3-none-any.whl")),
        Strength.CONCLUSIVE,
    ),
    "no file of the release is in the lock": (
        change(release("1.0.1", read(), OTHER), locked=locked(B)),
        Strength.CONCLUSIVE,
    ),
    "a file that was not read was uploaded anew": (
        change(release("1.0.1", read(), OTHER), locked=locked(B, filename="lib.tar.gz")),
        Strength.CONCLUSIVE,
    ),
    "npm, by the other algorithm": (
        change(release("1.0.1", tarball(digests=(A, SHA512))), locked=locked("sha512:" + "e" * 128)),
        Strength.CONCLUSIVE,
    ),
}
RESTS = {
    "the lock takes the same bytes from elsewhere": change(
        release("1.0.1", read()), locked=locked(A), elsewhere="files.example"
    ),
    "nothing is declared": change(release("1.0.1", read())),
    "a bare file of which nothing is stated": change(release("1.0.1", read(stated=()))),
    "as declared": change(release("1.0.1", read()), locked=locked(A, filename="lib-py3-none-any.whl")),
    "one of several digests of one file": change(
        release("1.0.1", read()), locked=locked(B, A, filename="lib-py3-none-any.whl")
    ),
    "the lock lists the files of one platform": change(release("1.0.1", read(), OTHER), locked=locked(C)),
    "one algorithm agrees, the other is not comparable": change(
        release("1.0.1", read()), locked=locked(A, "sha1:" + "0" * 40)
    ),
}
GAPS = {
    "the lock takes it from elsewhere and pins nothing": (
        change(release("1.0.1", read()), elsewhere="files.example"),
        "takes it from files.example",
    ),
    "elsewhere, pinned by a digest that can be forged": (
        change(
            release("1.0.1", read((A, "sha1:" + "0" * 40))),
            locked=locked("sha1:" + "0" * 40),
            elsewhere="files.example",
        ),
        "takes it from files.example",
    ),
    "no digest of the lock's algorithm": (
        change(release("1.0.1", read()), locked=locked("sha1:" + "0" * 40)),
        "sha1 digest",
    ),
    "the index does not list the locked file": (
        change(release("1.0.1", read()), locked=locked(A, filename="lib-1.0.1.zip")),
        "nothing to compare",
    ),
    "the artifact cannot be read": (change(unread("1.0.1")), "damaged"),
}
