"""From sources to subjects, one file a subject."""
