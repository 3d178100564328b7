from doorward.model.findings import Strength
from tests.rules.runtime.made import did, file, nobody_did

FIRES = {
    "read": (did(file("/home/u/passwords.txt", "honey", "read")), Strength.CONCLUSIVE),
    "changed, while packages are resolved": (
        did(file("/home/u/passwords.txt", "honey", phase="resolve")),
        Strength.CONCLUSIVE,
    ),
    "by nobody that is known": (
        nobody_did(file("/home/u/passwords.txt", "honey", "read", seen_by="inotify")),
        Strength.CONCLUSIVE,
    ),
}
RESTS = {"another file": did(file("/home/u/.ssh/id_rsa", "credential", "read")), "nothing": did()}
