"""Loads the checkpoint plugin, and makes sure that the tests test the code beside them."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
# First on the path: another checkout, or an installed copy, must not answer for this one.
sys.path.insert(0, str(ROOT))

pytest_plugins = ["tests.support.checkpoint_plugin"]


def pytest_sessionstart() -> None:
    """Ends the session when `reverseproxy` would be imported from anywhere but this tree."""
    found = importlib.util.find_spec("reverseproxy")
    if found is None:
        return  # before chapter 1 there is none, and the tests say so themselves
    places = [found.origin] if found.origin else list(found.submodule_search_locations or ())
    for place in places:
        if not Path(place).resolve().is_relative_to(ROOT):
            pytest.exit(
                f"reverseproxy is imported from {place}, not from {ROOT}: the tests would check "
                "other code than yours. Uninstall that copy (pip uninstall reverseproxy) or unset "
                "PYTHONPATH.",
                returncode=4,
            )
