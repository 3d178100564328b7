"""Git repositories, read by the git program without believing a setting of theirs. Nothing of them is ever run."""
