"""`python -m flattr_tool`, where the script `flattr` is not on the path."""

import sys

from flattr_tool.command import main

if __name__ == "__main__":
    sys.exit(main())
