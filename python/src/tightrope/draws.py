"""Draws: points sampled by a run, with their importance weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from tightrope import _native, metrics
from tightrope.arguments import optional
from tightrope.expectation import Expectation, expectation


class Draws:
    """Independent points drawn by a run.

    The arrays are views of the core's memory, read-only; they stay valid as long as you hold them.

    Attributes
    ----------
    x : ndarray
        Points, float32 [n, dimension].
    log_weights : ndarray
        Importance log-weights log rho(x) + log P_B - log P_F, float64 [n], nats. With them,
        averages over the draws become averages under the density.
    log_density : ndarray
        log rho(x), float64 [n], nats.
    conditions : ndarray or None
        The number of the condition that each point goes with, int32 [n]; None for a density
        without conditions.
    checksum : str
        16 hexadecimal digits over points and log-weights: equal bits, equal checksum.
    """

    def __init__(self, handle: _native.Draws) -> None:
        self.x: npt.NDArray[np.float32] = np.asarray(handle.x)
        self.log_weights: npt.NDArray[np.float64] = np.asarray(handle.log_weights)
        self.log_density: npt.NDArray[np.float64] = np.asarray(handle.log_density)
        conditions = handle.conditions
        self.conditions: npt.NDArray[np.int32] | None = (
            None if conditions is None else np.asarray(conditions)
        )
        self.checksum: str = handle.checksum

    def __len__(self) -> int:
        return len(self.x)

    @property
    def dimension(self) -> int:
        """Of the points."""
        return self.x.shape[1]

    @property
    def weights(self) -> npt.NDArray[np.float64]:
        """Importance weights that sum to 1, float64 [n]."""
        raw = np.exp(self.log_weights - self.log_weights.max())
        return raw / raw.sum()

    @property
    def effective_sample_size(self) -> float:
        """How many exact samples the weighted draws are worth (Kish)."""
        return metrics.effective_sample_size(self.log_weights)

    def expect(self, function: Callable[[npt.NDArray[np.float32]], npt.ArrayLike]) -> Expectation:
        """Average a function under the density itself, by importance weights.

        Parameters
        ----------
        function : callable
            Points [n, dimension] to values [n, ...].

        Returns
        -------
        Expectation
            .value with .standard_error, .low and .high.

        Raises
        ------
        NumericalError
            If Pareto k of the weights is 0.7 or more.
        """
        return expectation(self.log_weights, function(self.x))

    def to_arviz(self) -> Any:
        """Return the draws for ArviZ: one chain of variable "x", and its sample statistics.

        Returns
        -------
        arviz.InferenceData or xarray.DataTree
            The former with ArviZ 0.x, the latter with ArviZ 1.x. The draws are independent, but
            unweighted: resample by `weights` first where the effective sample size is poor.
            The sample statistics are "lp" (log rho) and "log_weight", in nats.

        Raises
        ------
        MissingDependencyError
            If ArviZ is not installed.
        """
        arviz = optional("arviz", "arviz")
        groups = {
            "posterior": {"x": self.x[np.newaxis]},
            "sample_stats": {
                "lp": self.log_density[np.newaxis],
                "log_weight": self.log_weights[np.newaxis],
            },
        }
        if hasattr(arviz, "InferenceData"):
            return arviz.from_dict(**groups)
        return arviz.from_dict(groups)

    def __repr__(self) -> str:
        ess = self.effective_sample_size
        return (
            f"Draws({len(self):,} points of dimension {self.dimension}, "
            f"effective sample size {ess:,.0f}, checksum {self.checksum})"
        )
