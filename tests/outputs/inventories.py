"""An inventory with one package of each kind."""

from doorward.model.dependency import Dependency, Inventory, InventoryGap
from doorward.model.release import LockedDigest

DIGEST = LockedDigest("sha256", "a" * 64, "alpha-1.0-py3-none-any.whl")
INVENTORY = Inventory(
    (
        Dependency("pypi", "alpha", "1.0", path="uv.lock", line=12, digests=(DIGEST,), direct=True),
        Dependency("npm", "@scope/beta", "2.0.0", path="package-lock.json", direct=False, groups=("dev",)),
        Dependency("pypi", "gamma", "", path="requirements.txt", line=3),
        Dependency(
            "pypi",
            "delta",
            "3.0",
            source="git",
            path="uv.lock",
            url="https://git.invalid/delta",
            commit="c" * 40,
        ),
        Dependency("npm", "epsilon\x1b[2J", "1.0.0", source="workspace", path="::error::\u202epackage-lock.json"),
    ),
    (
        InventoryGap("requirements.txt", "no version is pinned", "gamma>=1", 3),
        InventoryGap("poetry.lock\n::error::", "the file is not TOML"),
    ),
    ("uv.lock", "package-lock.json", "requirements.txt"),
)
