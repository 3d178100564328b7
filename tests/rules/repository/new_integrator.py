from doorward.model.facts import Known, Missing
from doorward.model.findings import Strength
from doorward.model.history import Habit
from tests.rules.repository.made import commit, newcomer

FIRST = {"first_integration": True, "circle": 8, "circle_names": ("A", "B", "C", "D", "E")}

FIRES = {
    "into a large circle": (commit(**FIRST), Strength.WEAK),
    "into a circle of two": (commit(**FIRST | {"circle": 2, "circle_names": ("A", "B")}), Strength.STRONG),
    "where nobody integrated for years": (commit(**FIRST | {"circle": 0, "circle_names": ()}), Strength.STRONG),
    "into a circle of two, of which git tells half": (
        commit(**FIRST | {"circle": 2, "circle_names": ("A", "B"), "untold": Habit(50, 100)}),
        Strength.STRONG,
    ),
    "by the forge's button": (commit(**FIRST, web_flow=True, parents=("1" * 40, "2" * 40)), Strength.WEAK),
    "a stranger": (commit(hand=newcomer(), **FIRST | {"circle": 1, "circle_names": ("A",)}), Strength.STRONG),
}
RESTS = {
    "not the first time": commit(),
    "off the chain": commit(on_chain=False, integrator=Known(None)),
}
GAPS = {
    "a squash on the forge": (commit(integrator=Missing("git does not tell"), web_flow=True), "git does not tell"),
    "most came by squashes": (commit(**FIRST | {"circle": 1, "untold": Habit(51, 100)}), "may not be small"),
}
