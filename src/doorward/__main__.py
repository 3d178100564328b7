"""``python -m doorward``."""

from doorward.cli import run

run()
