from doorward.model.findings import Strength
from tests.rules.repository.made import DAY, TIME, YEAR, actor, commit, signature

BACK = actor(idle=522 * DAY)
SIGNER = actor(idle=522 * DAY, signed_run=12, signatures=40)

FIRES = {
    "back as before": (commit(hand=BACK), Strength.CONTEXT),
    "from another part of the world": (commit(hand=actor(idle=2 * YEAR, offset=480)), Strength.WEAK),
    "across the date line": (commit(hand=actor(idle=2 * YEAR, offset=-720, offsets=frozenset({600}))), Strength.WEAK),
    "with a trailer never written": (commit(hand=BACK, trailers=("Reviewed-by",)), Strength.WEAK),
    "unsigned after ten signed": (commit(hand=SIGNER), Strength.WEAK),
    "dated after its commit": (commit(hand=BACK, author_time=TIME + 2 * DAY), Strength.WEAK),
    "two oddities at once": (commit(hand=actor(idle=2 * YEAR, offset=480), trailers=("Reviewed-by",)), Strength.STRONG),
    "all at once": (
        commit(
            hand=actor(idle=2 * YEAR, offset=480, signed_run=12),
            trailers=("Reviewed-by",),
            author_time=TIME + 2 * DAY,
        ),
        Strength.STRONG,
    ),
    "an offset next door is no oddity": (commit(hand=actor(idle=2 * YEAR, offset=180)), Strength.CONTEXT),
    "too few commits to know": (commit(hand=actor(idle=2 * YEAR, offset=480, by_hand=19)), Strength.CONTEXT),
    "signed as ever": (commit(hand=SIGNER, signatures=(signature(),)), Strength.CONTEXT),
}
RESTS = {
    "never away": commit(),
    "never here": commit(hand=actor(idle=None)),
    "a year to the day": commit(hand=actor(idle=YEAR)),
    "on the forge, whose clock is not theirs": commit(hand=BACK, web_flow=True),
}
