"""Rules of threat intelligence, one file each: what imported feeds say of a release."""

#: Subject types of its rules, so that a scan need not load rules about anything else.
SUBJECTS = ("ReleaseChange",)
