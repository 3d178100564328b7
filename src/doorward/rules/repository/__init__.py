"""Rules about commits, tags, refs and the people behind them (DS0021)."""

#: Subject types of its rules, so that a scan need not load rules about anything else.
SUBJECTS = ("Commit", "Contribution", "MemberAdded", "MergeRequest", "RefMove", "Tag")
