"""Does something now, and again after every save."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from watchfiles import PythonFilter
from watchfiles import watch as changes


def watch(folder: Path, look: Callable[[], None]) -> None:
    """Calls `look` at once and whenever a Python file in `folder` was saved, until Ctrl-C.

    Watching begins before the first look, so that no save is missed meanwhile.
    """
    try:
        saves = changes(
            folder, watch_filter=PythonFilter(), yield_on_timeout=True, rust_timeout=200
        )
        next(saves, None)
        look()
        for changed in saves:
            if changed:
                look()
    except KeyboardInterrupt:
        return
