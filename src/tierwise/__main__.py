"""`python -m tierwise`."""

import sys

from tierwise.cli import main

if __name__ == "__main__":
    sys.exit(main())
