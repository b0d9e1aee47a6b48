"""Figures over arrays, for samples and weights from anywhere."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tightrope.errors import ShapeError
from tightrope.functions import Array, call, vector


def effective_sample_size(log_weights: npt.ArrayLike) -> float:
    """Return how many exact samples weighted ones are worth: (sum w)^2 / sum w^2.

    Parameters
    ----------
    log_weights : array_like
        [n], nats, up to a constant.

    Returns
    -------
    float
        Between 1 and n.

    Raises
    ------
    ShapeError
        If there are no weights.

    References
    ----------
    Kish (1965), *Survey Sampling*.

    Examples
    --------
    >>> effective_sample_size([0.0, 0.0, 0.0, 0.0])
    4.0
    """
    (result,) = call("metrics.effective-sample-size", (_weights(log_weights),), ((),))
    return float(result)


def log_normalizer(log_weights: npt.ArrayLike) -> float:
    """Estimate log Z by importance weighting: log of the mean weight.

    Parameters
    ----------
    log_weights : array_like
        [n], nats: log rho(x) + log P_B - log P_F of each path.

    Returns
    -------
    float
        In nats; a lower bound of log Z in expectation.

    Raises
    ------
    ShapeError
        If there are no weights.
    """
    (result,) = call("metrics.log-normalizer", (_weights(log_weights),), ((),))
    return float(result)


def _weights(log_weights: npt.ArrayLike) -> Array:
    """Return log-weights as float64 [n], of which there must be some."""
    array = vector(log_weights, "log_weights")
    if array.ndim != 1 or not array.size:
        raise ShapeError(f"log_weights: expected shape [n], n > 0, got {list(array.shape)}")
    return array


def wasserstein_2(x: npt.ArrayLike, y: npt.ArrayLike) -> float:
    """Return the 2-Wasserstein distance between two equally large samples, solved exactly.

    Compare it with its noise floor: the distance between two exact samples of the same size. The
    cost grows with the third power of n.

    Parameters
    ----------
    x, y : array_like
        Points, [n, d] each.

    Returns
    -------
    float
        The root of the least mean squared distance over all pairings.

    Raises
    ------
    ShapeError
        If the shapes differ.

    Examples
    --------
    >>> wasserstein_2([[0.0], [1.0]], [[4.0], [3.0]])
    3.0
    """
    (result,) = call("metrics.wasserstein-2", (vector(x, "x"), vector(y, "y")), ((),))
    return float(result)


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
