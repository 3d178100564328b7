"""Rules about what libraries do while they are built, installed and tested."""

#: Subject types of its rules, so that a scan need not load rules about anything else.
SUBJECTS = ("Activity",)
