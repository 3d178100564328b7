"""Rules of the registry witness, one file each."""
