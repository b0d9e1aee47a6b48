"""Tightrope learns to sample from an unnormalised density.

>>> import tightrope as tr
>>> run = tr.train("25gmm", steps=20, batch_size=30)
>>> draws = run.sample(1000, seed=1)
>>> draws.x.shape
(1000, 2)

`densities` are what to sample from, `train` gives a `Run`, a run gives `Draws` and an `Evaluation`.
`mcmc` draws without training, for comparison. `objectives` and `metrics` work on arrays from
anywhere. Every failure is a `TightropeError`.
"""

from __future__ import annotations

import json
from typing import Any

from tightrope import (
    _native,
    calibration,
    callbacks,
    densities,
    errors,
    metrics,
    objectives,
    plot,
    transitions,
)
from tightrope.chains import ChainDraws, mcmc
from tightrope.density import ConditionalDensity, Density
from tightrope.draws import Draws, to_arviz
from tightrope.errors import TightropeError
from tightrope.evaluation import Evaluation, Figure
from tightrope.expectation import Expectation
from tightrope.limits import Limits, Usage
from tightrope.paths import Paths
from tightrope.reproduction import experiments, reproduce
from tightrope.run import Run
from tightrope.summary import Summary
from tightrope.sweep import Sweep, Trial, sweep
from tightrope.training import load, train

__all__ = [
    "ChainDraws",
    "ConditionalDensity",
    "Density",
    "Draws",
    "Evaluation",
    "Expectation",
    "Figure",
    "Limits",
    "Paths",
    "Run",
    "Summary",
    "Sweep",
    "TightropeError",
    "Trial",
    "Usage",
    "calibration",
    "callbacks",
    "densities",
    "environment",
    "errors",
    "experiments",
    "load",
    "mcmc",
    "metrics",
    "objectives",
    "plot",
    "reproduce",
    "sweep",
    "to_arviz",
    "train",
    "transitions",
]

__version__: str = _native.version()


def environment() -> dict[str, Any]:
    """Return where and how the library runs: version, instruction set, threads."""
    return json.loads(_native.environment())


def __dir__() -> list[str]:
    """Name what is public, for completion."""
    return [*__all__, "__version__"]
