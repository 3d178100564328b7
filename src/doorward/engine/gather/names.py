"""Names and addresses of people, as far as they can be compared (reference: repository, section 2)."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

#: The committer that GitHub writes for what is made on its pages.
WEB_FLOW_EMAIL = "noreply@github.com"
#: Names that programs write where nobody gave one: they make no two commits one person's.
_NOBODY = frozenset({
    "", "admin", "administrator", "anonymous", "git", "nobody", "noauthor", "none", "root", "ubuntu", "unknown", "user",
    "yourname",
})  # fmt: skip
_NOT_WORD = re.compile(r"[\W_]+")
_NOREPLY = re.compile(r"\d+\+(?P<login>[^@]+@users\.noreply\.github\.com)")
_BOT_NAME = re.compile(
    r"\[bot\]|\b(?:dependabot|renovate|greenkeeper|pyup|snyk|weblate|allcontributors|mergify|imgbot)\b|pre-commit-ci"
    r"|github[- ]actions?\b",
    re.IGNORECASE,
)
_BOT_ADDRESS = re.compile(
    r"(?:\d+\+)?[a-z0-9-]+\[bot\]@users\.noreply\.github\.com|support@(?:dependabot|github|greenkeeper|snyk)\.(?:com|io)"
    r"|bot@(?:renovateapp|whitesourcesoftware)\.com|github-bot@pyup\.io|github-actions@github\.com|action@github\.com"
    r"|snyk-bot@(?:users\.noreply\.github\.com|snyk\.io)|(?:hosted|noreply)@weblate\.org|dependabot@(?:users\.noreply\.)?github\.com",
    re.IGNORECASE,
)
#: Letters of other alphabets that look like a Latin one, lower case (after Unicode Technical Standard 39).
_LOOKALIKES = {
    "a": "аɑα", "b": "ьƅ", "c": "сϲᴄ", "d": "ԁɗ", "e": "еҽ", "f": "ƒ", "g": "ɡց", "h": "һհ", "i": "іıɩι", "j": "јϳ",
    "k": "кκ", "l": "ӏǀ1|", "m": "мʍ", "n": "пոո", "o": "оοօ0", "p": "рρ", "q": "ԛզ", "r": "гᴦ", "s": "ѕꜱ", "t": "тτ",
    "u": "υսʋ", "v": "νѵᴠ", "w": "ԝѡա", "x": "хχ", "y": "уүγ", "z": "ᴢ",
}  # fmt: skip
_FOLD = str.maketrans({ord(other): letter for letter, others in _LOOKALIKES.items() for other in others} | {"i": "l"})
_FOLD |= {ord(other): "l" for other in _LOOKALIKES["i"]}


@lru_cache(maxsize=1 << 14)
def normalise(name: str) -> str:
    """Return a name as it is compared: decomposed, without marks and without anything but letters and digits."""
    decomposed = unicodedata.normalize("NFKD", name)
    return _NOT_WORD.sub("", "".join(c for c in decomposed if not unicodedata.combining(c))).lower()


def is_nobody(normalised: str) -> bool:
    """Whether a normalised name says nothing about who it is."""
    return normalised in _NOBODY


def address(email: str) -> str:
    """Return an address as it is compared: lower case, GitHub's hidden ones reduced to the account."""
    lower = email.lower()
    hidden = _NOREPLY.fullmatch(lower)
    return hidden["login"] if hidden else lower


def skeleton(normalised: str) -> str:
    """Return what a reader sees of a normalised name, so that two names which look alike have one skeleton."""
    return normalised.translate(_FOLD).replace("rn", "m").replace("vv", "w")


@lru_cache(maxsize=1 << 14)
def claims_bot(name: str, email: str) -> bool:
    """Whether a name says that it is a program's. Only a claim: see :func:`bot_address`."""
    return bool(_BOT_NAME.search(name) or _BOT_NAME.search(email) or _BOT_ADDRESS.fullmatch(email))


def bot_address(email: str) -> bool:
    """Whether an address is one that a well-known program writes. Anyone can write it too."""
    return bool(_BOT_ADDRESS.fullmatch(email))
