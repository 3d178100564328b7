"""``python -m doorward``."""

import sys

from doorward.cli import main

sys.exit(main())
