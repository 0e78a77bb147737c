"""`python -m mldsl`: the command line."""

from __future__ import annotations

import sys

from mldsl.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
