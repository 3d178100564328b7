"""What projects declare without pinning it: manifests, where the lock file beside them says what is installed.

One file of this folder is one format, as in :mod:`doorward.sources.manifests`. A folder is read without them, since a
range is no release that could be judged; one that is named is read, and what it does not pin is a gap.
"""
