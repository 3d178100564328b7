from doorward.model.findings import Strength
from tests.rules.repository.made import commit

FIRES = {"past forty-seven of fifty": (commit(chain_by_merge=47), Strength.WEAK)}
RESTS = {
    "as often as not": commit(chain_by_merge=46),
    "a merge": commit(chain_by_merge=50, parents=("1" * 40, "2" * 40)),
    "through the forge": commit(chain_by_merge=50, web_flow=True),
    "off the chain": commit(chain_by_merge=50, on_chain=False),
}
