"""Rules of the registry witness, one file each."""

#: Subject types of its rules, so that a scan need not load rules about anything else.
SUBJECTS = ("ReleaseChange",)
