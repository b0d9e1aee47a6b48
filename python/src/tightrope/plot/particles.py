"""Clouds of particles: the distances between them, and their energies."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tightrope.arguments import whole_number
from tightrope.errors import ShapeError
from tightrope.plot.style import PALE, REFERENCE, open_sides, panel, points_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def distances(x: npt.ArrayLike, particles: int) -> npt.NDArray[np.float64]:
    """Return the distances between all pairs of particles of each system, [n * pairs].

    Parameters
    ----------
    x : array_like
        Points [n, particles * space].
    particles : int
        Of a system.

    Raises
    ------
    ShapeError
        If the points are not of so many particles.
    """
    points = points_of(x, "x")
    count = whole_number(particles, "particles", 2, 2**31)
    if points.shape[1] % count:
        raise ShapeError(f"x: {points.shape[1]} coordinates are not those of {count} particles")
    systems = points.reshape(len(points), count, -1).astype(float)
    first, second = np.triu_indices(count, 1)
    return np.linalg.norm(systems[:, first] - systems[:, second], axis=2).ravel()


def particle_distances(
    draws: Any,
    particles: int,
    *,
    reference: Any = None,
    bins: int = 100,
    axes: Axes | None = None,
) -> Axes:
    """Draw a histogram of the distances between particles.

    Parameters
    ----------
    draws : Draws, ChainDraws or array_like
        Points [n, particles * space].
    particles : int
        Of a system.
    reference : Draws, ChainDraws or array_like, optional
        Points to compare with, as a line.
    bins : int, default 100
        Of the histogram.
    axes : matplotlib.axes.Axes, optional
        Where; a new picture if not given.

    Returns
    -------
    matplotlib.axes.Axes
        With one histogram or two.

    Raises
    ------
    MissingDependencyError
        If Matplotlib is not installed.
    ShapeError
        If the points are not of so many particles.
    """
    ours = distances(draws, particles)
    theirs = None if reference is None else distances(reference, particles)
    place = panel(axes, (5.2, 3.2))
    widest = np.quantile(ours if theirs is None else theirs, 0.9999) * 1.1
    edges = np.linspace(0, widest, bins + 1).tolist()
    place.hist(ours, bins=edges, density=True, color=PALE, label="draws")
    if theirs is not None:
        place.hist(
            theirs, bins=edges, density=True, histtype="step", color=REFERENCE, linewidth=1.4,
            label="reference",
        )  # fmt: skip
        place.legend(frameon=False)
    place.set_xlabel("distance between two particles")
    place.set_yticks([])
    open_sides(place, "top", "right", "left")
    return place
