"""Rules of the signing witness, one file each."""
