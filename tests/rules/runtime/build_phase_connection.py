from dataclasses import replace

from doorward.model.activity import Contact
from doorward.model.findings import Strength
from doorward.model.run import Claim, Outcome, Process
from tests.rules.runtime.made import CWD, LIB, NOBODY, actor, connection, contact, did, nobody_did, query

MAKE = Process(12, ("make", "all"), "/usr/bin/make", CWD, 3)
ESBUILD = replace(LIB, ecosystem="npm", package="better-sqlite3", chain=("prebuild-install 7.1.1",))
#: A helper that only repeats requests stands on the stack; the script that runs is the package's.
REPEATED = replace(
    ESBUILD,
    package="promise-retry",
    chain=("promise-retry 2.0.1",),
    claims=(Claim("npm", "npm", "node-sass", "9.0.0"),),
)
CLAIMED = replace(REPEATED, claims=(Claim("process", "npm", "node-sass", "9.0.0"),))
RELEASES = {"attribution": ESBUILD, "host": "github.com", "address": "192.0.2.7"}

FIRES = {
    "in the build": (did(contact()), Strength.STRONG),
    "in the installation": (did(contact("install")), Strength.STRONG),
    "many, refused": (did(*(contact(port=port, outcome="refused") for port in range(1, 9))), Strength.STRONG),
    "loopback, where that counts": (did(contact(address="127.0.0.1", host="localhost")), Strength.STRONG),
    "the build of a package without a name": (nobody_did(contact(attribution=NOBODY)), Strength.STRONG),
    "a Makefile": (nobody_did(Contact(connection(who=actor("build", NOBODY, MAKE)))), Strength.STRONG),
    "a known download": (did(contact("install", **RELEASES)), Strength.WEAK),
    "a known download by a library of the script": (
        did(contact("install", **(RELEASES | {"attribution": REPEATED}))),
        Strength.WEAK,
    ),
    "a name that no package manager tells": (
        did(contact("install", **(RELEASES | {"attribution": CLAIMED}))),
        Strength.STRONG,
    ),
    "a known download and another": (did(contact("install", **RELEASES), contact("install")), Strength.STRONG),
    "a question without an answer": (did(query("api.invalid", "build")), Strength.STRONG),
    "a known download that got no answer": (
        did(replace(query("github.com", "install"), actor=actor("install", ESBUILD))),
        Strength.WEAK,
    ),
    "a known download that was also tried below the own domain": (
        did(
            *(
                replace(query(f"github.com{end}", "install"), actor=actor("install", ESBUILD))
                for end in ("", ".corp.invalid")
            )
        ),
        Strength.WEAK,
    ),
    "the same host for another package": (did(contact("install", host="github.com")), Strength.STRONG),
    "a name that only begins alike": (
        did(contact("install", **(RELEASES | {"host": "github.com.evil.invalid"}))),
        Strength.STRONG,
    ),
}
RESTS = {
    "nothing": did(),
    "allowed by the policy": did(contact(outcome="allowed")),
    "loopback": did(contact(address="127.0.0.1", outbound=False)),
    "while packages are resolved": did(contact("resolve")),
    "a question in a test": did(query("api.invalid", "test")),
    "a question that is expected": did(replace(query("api.invalid", "build"), outcome=Outcome.ALLOWED)),
    "a question for an index": did(query("registry.example", "build"), indexes=frozenset({"registry.example"})),
    "a question for a record that is no address": did(query("api.invalid", "build", "TXT")),
    "in a test": did(contact("test")),
    "an index": did(contact(index=True)),
    "a name server": did(contact(port=53, name_server=True)),
    "the metadata service, which has a rule": did(contact(address="169.254.169.254", port=80)),
}
