"""The forge's own keys, fetched when a signature of theirs comes."""

from __future__ import annotations

from doorward.errors import FetchError
from doorward.model.facts import Fact, Known, Missing
from doorward.sources.http import Http
from doorward.sources.trust.forge import WEB_FLOW_FINGERPRINTS, WEB_FLOW_URL, pinned
from doorward.sources.trust.keyring import Keys

#: Bytes of the forge's keys beyond which they are none.
_KEY_BYTES = 1 << 20


def forge_keys(http: Http) -> Fact[Keys]:
    """Fetch the keys with which the forge signs."""
    try:
        keys = pinned(http.get(WEB_FLOW_URL, cap=_KEY_BYTES).body, WEB_FLOW_FINGERPRINTS)
    except FetchError as error:
        return Missing(str(error))
    return Known(keys) if keys else Missing("it publishes others than the pinned ones")
