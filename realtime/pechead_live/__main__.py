"""``python -m pechead_live`` is ``pechead-live``."""

import sys

from pechead_live.cli import main

if __name__ == "__main__":
    sys.exit(main())
