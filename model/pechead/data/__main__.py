"""``python -m pechead.data`` is ``pechead-data``."""

import sys

from pechead.data.cli import main

if __name__ == "__main__":
    sys.exit(main())
