"""Paths: where points are on their way from noise to the density."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Paths:
    """States of paths at some times; `tightrope.plot.paths` shows them.

    Attributes
    ----------
    times : ndarray
        Rising to 1, float64 [t]; the first is 0 where all paths begin at the origin.
    x : ndarray
        The states, float32 [t, n, dimension], read-only.
    coordinates : list of str
        A name for each coordinate; states are not taken back to a model's variables, and the names
        say so: "tau, unconstrained".
    """

    times: npt.NDArray[np.float64]
    x: npt.NDArray[np.float32]
    coordinates: list[str]

    def __repr__(self) -> str:
        times, count, dimension = self.x.shape
        return f"Paths({count:,} of dimension {dimension} at {times} times)"
