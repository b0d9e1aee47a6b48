"""Figures over arrays, for samples and weights from anywhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from tightrope.errors import ShapeError
from tightrope.estimates import Estimate
from tightrope.expectation import Expectation, expectation
from tightrope.functions import Array, call, vector
from tightrope.particles import (
    DistanceVariation,
    Virial,
    aligned_wasserstein_2,
    distance_variation,
    virial,
)
from tightrope.transport import (
    Discrepancy,
    Sinkhorn,
    energy_wasserstein_2,
    energy_wasserstein_2_squared,
    line_wasserstein_1,
    maximum_mean_discrepancy,
    sinkhorn_divergence,
    sliced_wasserstein_2,
    transport,
    wasserstein_1,
    wasserstein_2,
)
from tightrope.weights import (
    ModeShares,
    ParetoTail,
    effective_sample_share,
    effective_sample_size,
    elbo,
    evidence_gap,
    forward_log_normalizer,
    log_normalizer,
    mode_entropy,
    mode_shares,
    pareto_tail,
    reverse_log_normalizer,
)

__all__ = [
    "ChainFigures",
    "Discrepancy",
    "DistanceVariation",
    "Estimate",
    "Expectation",
    "ModeShares",
    "ParetoTail",
    "Sinkhorn",
    "Virial",
    "aligned_wasserstein_2",
    "chain_diagnostics",
    "distance_variation",
    "effective_sample_share",
    "effective_sample_size",
    "elbo",
    "energy_wasserstein_2",
    "energy_wasserstein_2_squared",
    "evidence_gap",
    "expectation",
    "forward_log_normalizer",
    "line_wasserstein_1",
    "log_normalizer",
    "maximum_mean_discrepancy",
    "mode_entropy",
    "mode_shares",
    "noise_floor",
    "pareto_tail",
    "reverse_log_normalizer",
    "sinkhorn_divergence",
    "sliced_wasserstein_2",
    "transport",
    "virial",
    "wasserstein_1",
    "wasserstein_2",
]


def noise_floor(
    distance: Callable[[Any, Any], Any], exact: npt.ArrayLike, count: int
) -> npt.NDArray[np.float64]:
    """Return what exact samples score against exact samples of the same number.

    Parameters
    ----------
    distance : callable
        Of two samples, such as `wasserstein_2`; what it returns must be a number or an estimate.
    exact : array_like
        Independent exact samples, [m, ...].
    count : int
        How many are on each side; m // (2 * count) pairs are scored.

    Returns
    -------
    ndarray
        The distances of the pairs, which share no sample.

    Raises
    ------
    ShapeError
        If there are fewer than 2 * count samples.

    Examples
    --------
    >>> noise_floor(wasserstein_2, [[0.0], [1.0], [0.0], [1.0]], 2)
    array([0.])
    """
    samples = np.asarray(exact)
    pairs = len(samples) // (2 * count) if samples.ndim and count > 0 else 0
    if pairs == 0:
        raise ShapeError(f"exact: expected 2 * {count} samples or more, got {samples.shape}")
    halves = samples[: 2 * pairs * count].reshape(pairs, 2, count, *samples.shape[1:])
    return np.array([float(distance(left, right)) for left, right in halves])


class ChainFigures(NamedTuple):
    """What chains tell about each coordinate, float64 [d] each."""

    r_hat: Array
    bulk_ess: Array
    tail_ess: Array
    mean: Array
    standard_error: Array


def chain_diagnostics(x: npt.ArrayLike) -> ChainFigures:
    """Judge how far chains have mixed.

    Parameters
    ----------
    x : array_like
        Draws, [chains, draws, d]; [chains, draws] is taken for one coordinate.

    Returns
    -------
    ChainFigures
        Rank-normalised split R-hat, bulk and tail effective sample size, mean and the standard
        error of the mean, [d] each.

    Raises
    ------
    ShapeError
        If x has other axes, or is empty.

    References
    ----------
    Vehtari, Gelman, Simpson, Carpenter, Buerkner (2021), arXiv:1903.08008.
    """
    array = vector(x, "x")
    if array.ndim == 2:
        array = array[:, :, None]
    if array.ndim != 3 or not array.size:
        raise ShapeError(f"x: expected shape [chains, draws, d], got {list(array.shape)}")
    array = np.ascontiguousarray(array)
    return ChainFigures(*call("metrics.chain-diagnostics", (array,), (array.shape[2:],) * 5))
