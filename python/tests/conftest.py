"""Settings shared by the tests: everything is tiny, nothing depends on the clock."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
TINY: dict[str, Any] = {
    "steps": 24,
    "batch_size": 30,
    "report_every": 1,
    "process": {"steps": 10},
    "network": {"width": 16},
}


@pytest.fixture
def tiny() -> dict[str, Any]:
    """Give the settings of a run that takes a moment."""
    return {**TINY}


@pytest.fixture
def normal() -> Callable[[Any], Any]:
    """Give the logarithm of a standard normal density, up to a constant."""
    return lambda x: -0.5 * np.sum(x**2, axis=1)


@pytest.fixture
def python() -> Callable[..., str]:
    """Run a script in a fresh interpreter and return what it prints."""

    def run(script: str, *arguments: object, **environment: str) -> str:
        header = (
            f"import signal, numpy as np, tightrope as tr\nTINY = {TINY!r}\n"
            # Whoever started the tests in the background has them ignore Ctrl-C.
            "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        )
        result = subprocess.run(
            [sys.executable, "-c", header + script, *map(str, arguments)],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert result.returncode == 0, result.stderr
        return result.stdout

    return run
