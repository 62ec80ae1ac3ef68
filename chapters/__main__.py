"""`python -m chapters`; and `python path/to/chapters`, from a workbook, where it is not beside."""

import sys
import traceback
from pathlib import Path

if not __package__:
    # Run as a folder: Python put the folder itself on the path, where its parent is needed.
    sys.path[0] = str(Path(__file__).resolve().parents[1])

if __name__ == "__main__":
    try:
        from chapters.cli import main

        main()
    except Exception:  # noqa: BLE001 (the outermost frame)
        # Not 1, which Python would end with: that means "not there yet", and make lets it pass.
        traceback.print_exc()
        sys.exit(3)
