"""Figures of systems of particles, and the virial identity; `metrics` has them all."""

from __future__ import annotations

from typing import NamedTuple

import numpy.typing as npt

from tightrope.estimates import Estimate, estimate, filled, verdict
from tightrope.functions import call, vector


class DistanceVariation(NamedTuple):
    """The total variation of distances among particles.

    Attributes
    ----------
    distance : Estimate
        From 0 to 1.
    outside : float
        The share of the draws' distances that are below or above all of the reference.
    """

    distance: Estimate
    outside: float


class Virial(NamedTuple):
    """The mean of -x.score.

    Attributes
    ----------
    mean : Estimate
        To be compared with the degrees of freedom.
    verdict : str
        "ok" within 3 standard errors of them, "warn" within 2%, else "fail".
    """

    mean: Estimate
    verdict: str


def aligned_wasserstein_2(x: npt.ArrayLike, y: npt.ArrayLike) -> Estimate:
    """Return W2 between systems of equal particles, up to place, orientation and order.

    The distance between two systems is the least over permutations, rotations and reflections of
    centred positions, found by turns from all alignments of principal axes: an upper bound.

    Parameters
    ----------
    x, y : array_like
        [n, N, s] each: n systems, up to 2000, of N particles in s dimensions, up to 3.

    Raises
    ------
    ShapeError
        If the shapes differ, there are no systems or too many, or one is not finite.

    References
    ----------
    Koehler, Klein and Noe (2020), *Equivariant flows*, arXiv:2006.02425.
    """
    systems = (_systems(x, "x"), _systems(y, "y"))
    (result,) = call("metrics.aligned-wasserstein-2", systems, ((3,),))
    return estimate(result)


def distance_variation(
    x: npt.ArrayLike, reference: npt.ArrayLike, *, bins: int = 200
) -> DistanceVariation:
    """Return the total variation between histograms of distances among particles.

    Equal bins span the distances of the reference; what the draws have outside counts, in two bins
    more.

    Parameters
    ----------
    x : array_like
        Draws, [n, N, s]: n systems of N particles in s dimensions.
    reference : array_like
        Exact samples, [m, N, s].
    bins : int
        How many.

    Raises
    ------
    ShapeError
        If the systems differ, there are none, or one is not finite.
    ConfigError
        If there is no bin.
    """
    systems = (_systems(x, "x"), _systems(reference, "reference"))
    result, outside = call("metrics.distance-variation", systems, ((3,), ()), bins=bins)
    return DistanceVariation(estimate(result), float(outside))


def virial(x: npt.ArrayLike, score: npt.ArrayLike, *, freedom: int = 0) -> Virial:
    """Return the mean of -x.score, which is the number of degrees of freedom for exact samples.

    Parameters
    ----------
    x : array_like
        Points, [n, d], n > 1.
    score : array_like
        The gradient of log rho there, [n, d].
    freedom : int
        Degrees of freedom: (N - 1) s for N particles in s dimensions with their centre at 0; 0 for
        d.

    Raises
    ------
    ShapeError
        If the shapes differ, there are fewer than two points, or a number is not finite.
    ConfigError
        If the freedom is not from 0 to d.
    """
    points = (filled(vector(x, "x"), "x", "[n, d]"), vector(score, "score"))
    result, code = call("metrics.virial", points, ((3,), ()), freedom=freedom)
    return Virial(estimate(result), verdict(code))


def _systems(values: npt.ArrayLike, name: str) -> npt.NDArray:
    return filled(vector(values, name), name, "[n, N, s]")
