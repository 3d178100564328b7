"""Public records of what happened on a forge: who pushed, moved, deleted and was let in, kept by a third party."""
