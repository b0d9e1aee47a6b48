"""The command-line program of this package."""

from __future__ import annotations

from pathlib import Path

PROGRAM = Path(__file__).parent / "bin" / "tightrope"
"""Where it is, if the package was built with it."""
