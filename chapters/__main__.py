"""`python -m chapters`; and `python path/to/chapters`, from a workbook, where it is not beside."""

import sys
from pathlib import Path

if not __package__:
    # Run as a folder: Python put the folder itself on the path, where its parent is needed.
    sys.path[0] = str(Path(__file__).resolve().parents[1])

from chapters.cli import main

if __name__ == "__main__":
    main()
