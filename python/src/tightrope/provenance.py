"""Where results come from: machine, date, versions."""

from __future__ import annotations

import datetime
import platform

from tightrope import _native


def provenance() -> dict[str, str]:
    """Return what reports say of the machine and the moment."""
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "version": _native.version(),
        "python": platform.python_version(),
        "machine": platform.platform(),
    }
