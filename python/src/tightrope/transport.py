"""Distances between samples; `metrics` has them all."""

from __future__ import annotations

from typing import NamedTuple

import numpy.typing as npt

from tightrope.estimates import Estimate, estimate, filled
from tightrope.functions import Array, call, vector


class Sinkhorn(NamedTuple):
    """An entropic divergence and its epsilon, without which it means little.

    Attributes
    ----------
    divergence : Estimate
        In units of a squared distance.
    epsilon : float
        The weight of the entropy, in units of a squared distance.
    """

    divergence: Estimate
    epsilon: float


class Discrepancy(NamedTuple):
    """A squared maximum mean discrepancy and the middle width of its kernels.

    Attributes
    ----------
    squared : Estimate
        Without bias: below 0 as often as above for samples of one density.
    width : float
        Standard deviation of the middle kernel.
    """

    squared: Estimate
    width: float


def wasserstein_1(x: npt.ArrayLike, y: npt.ArrayLike) -> float:
    """Return the 1-Wasserstein distance between two equally large samples, solved exactly.

    Parameters
    ----------
    x, y : array_like
        Points, [n, d] each, n up to 5000.

    Returns
    -------
    float
        The least mean distance over all pairings.

    Raises
    ------
    ShapeError
        If the shapes differ, there are no points or too many, or one is not finite.
    """
    (result,) = call("metrics.wasserstein-1", (_points(x, "x"), _points(y, "y")), ((),))
    return float(result)


def wasserstein_2(x: npt.ArrayLike, y: npt.ArrayLike) -> float:
    """Return the 2-Wasserstein distance between two equally large samples, solved exactly.

    Compare it with its noise floor: the distance between two exact samples of the same size. The
    cost grows with the third power of n.

    Parameters
    ----------
    x, y : array_like
        Points, [n, d] each, n up to 5000.

    Returns
    -------
    float
        The root of the least mean squared distance over all pairings.

    Raises
    ------
    ShapeError
        If the shapes differ, there are no points or too many, or one is not finite.

    Examples
    --------
    >>> wasserstein_2([[0.0], [1.0]], [[4.0], [3.0]])
    3.0
    """
    (result,) = call("metrics.wasserstein-2", (_points(x, "x"), _points(y, "y")), ((),))
    return float(result)


def transport(x: npt.ArrayLike, y: npt.ArrayLike, *, power: int = 2) -> Estimate:
    """Return W1 or W2 between two equally large samples, with its interval.

    The interval is that of what such samples score at this n, to be compared with the noise floor;
    it comes from the dual potentials (del Barrio and Loubes, 2019).

    Parameters
    ----------
    x, y : array_like
        Points, [n, d] each, n up to 5000.
    power : int
        1 or 2.

    Raises
    ------
    ShapeError
        If the shapes differ, there are no points or too many, or one is not finite.
    ConfigError
        If the power is neither 1 nor 2.
    """
    points = (_points(x, "x"), _points(y, "y"))
    (result,) = call("metrics.transport", points, ((3,),), power=power)
    return estimate(result)


def line_wasserstein_1(x: npt.ArrayLike, y: npt.ArrayLike) -> Estimate:
    """Return W1 between two sets of numbers, of any counts.

    Parameters
    ----------
    x : array_like
        [n].
    y : array_like
        [m].

    Raises
    ------
    ShapeError
        If there are no numbers, or one is not finite.
    """
    return _line("line-wasserstein-1", x, y)


def energy_wasserstein_2(x: npt.ArrayLike, y: npt.ArrayLike) -> Estimate:
    """Return W2, rooted, between the energies -log rho of draws and of exact samples.

    Parameters
    ----------
    x : array_like
        Energies of draws, [n], nats.
    y : array_like
        Energies of exact samples, [m], nats.

    Raises
    ------
    ShapeError
        If there are no numbers, or one is not finite.

    Examples
    --------
    >>> energy_wasserstein_2([1.0, 2.0], [4.0, 5.0]).value
    3.0
    """
    return _line("energy-wasserstein-2", x, y)


def energy_wasserstein_2_squared(x: npt.ArrayLike, y: npt.ArrayLike) -> Estimate:
    """Return W2 between energies without the root, which iDEM reports as its energy W2.

    Parameters
    ----------
    x : array_like
        Energies of draws, [n], nats.
    y : array_like
        Energies of exact samples, [m], nats.

    Raises
    ------
    ShapeError
        If there are no numbers, or one is not finite.

    References
    ----------
    Akhound-Sadegh et al. (2024), *Iterated denoising energy matching*, arXiv:2402.06121.
    """
    return _line("energy-wasserstein-2-squared", x, y)


def sliced_wasserstein_2(
    x: npt.ArrayLike, y: npt.ArrayLike, *, directions: int = 128, seed: int = 0
) -> Estimate:
    """Return the root mean W2^2 of projections onto random directions.

    Parameters
    ----------
    x : array_like
        [n, d].
    y : array_like
        [m, d].
    directions : int
        How many.
    seed : int
        Decides the directions.

    Raises
    ------
    ShapeError
        If the dimensions differ, there are no points, or one is not finite.
    ConfigError
        If there is no direction.

    References
    ----------
    Bonneel, Rabin, Peyre and Pfister (2015), *Sliced and Radon Wasserstein barycenters of
    measures*.
    """
    points = (_points(x, "x"), _points(y, "y"))
    (result,) = call(
        "metrics.sliced-wasserstein-2", points, ((3,),), directions=directions, seed=seed
    )
    return estimate(result)


def sinkhorn_divergence(
    x: npt.ArrayLike,
    y: npt.ArrayLike,
    *,
    epsilon: float = 0.0,
    tolerance: float = 1e-4,
    iterations: int = 5000,
) -> Sinkhorn:
    """Return the debiased entropic transport between samples of any counts.

    Its transports have the cost <P, |x - y|^2> + epsilon KL(P | a b). 0 for equal samples; near
    W2^2 for small epsilon.

    Parameters
    ----------
    x : array_like
        [n, d], n up to 20,000.
    y : array_like
        [m, d], m up to 20,000.
    epsilon : float
        In units of a squared distance; 0 for 5% of the mean squared distance.
    tolerance : float
        The mean last change of the potentials, in units of epsilon: the mass in wrong rows.
    iterations : int
        How many may be taken.

    Raises
    ------
    ShapeError
        If the dimensions differ, there are no points or too many, or one is not finite.
    ConfigError
        If a setting is out of range, or the tolerance was not reached.

    References
    ----------
    Feydy et al. (2019), *Interpolating between optimal transport and MMD using Sinkhorn
    divergences*, arXiv:1810.08278.
    """
    result, used = call(
        "metrics.sinkhorn-divergence",
        (_points(x, "x"), _points(y, "y")),
        ((3,), ()),
        epsilon=epsilon,
        tolerance=tolerance,
        iterations=iterations,
    )
    return Sinkhorn(estimate(result), float(used))


def maximum_mean_discrepancy(
    x: npt.ArrayLike, y: npt.ArrayLike, *, width: float = 0.0, doublings: int = 2
) -> Discrepancy:
    """Return the squared maximum mean discrepancy of Gaussian kernels, without bias.

    Parameters
    ----------
    x : array_like
        [n, d], n from 2 to 20,000.
    y : array_like
        [m, d], m from 2 to 20,000.
    width : float
        Standard deviation of the middle kernel; 0 for the median distance among the first 1,000
        points of y.
    doublings : int
        Widths twice as large, four times, ... and half as large, a quarter, ...: so many on each
        side. 0 for one kernel.

    Raises
    ------
    ShapeError
        If the dimensions differ, there are too few points or too many, or one is not finite.
    ConfigError
        If a setting is out of range.

    References
    ----------
    Gretton et al. (2012), *A kernel two-sample test*.
    """
    points = (_points(x, "x"), _points(y, "y"))
    result, used = call(
        "metrics.maximum-mean-discrepancy", points, ((3,), ()), width=width, doublings=doublings
    )
    return Discrepancy(estimate(result), float(used))


def _points(values: npt.ArrayLike, name: str) -> Array:
    return filled(vector(values, name), name, "[n, d]")


def _line(name: str, x: npt.ArrayLike, y: npt.ArrayLike) -> Estimate:
    numbers = (filled(vector(x, "x"), "x", "[n]"), filled(vector(y, "y"), "y", "[m]"))
    (result,) = call(f"metrics.{name}", numbers, ((3,),))
    return estimate(result)
