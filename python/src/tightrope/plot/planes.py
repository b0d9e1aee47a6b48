"""Points in a plane, over contours of the density."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from tightrope.errors import ShapeError
from tightrope.plot.style import ACCENT, INK, names_of, panel, points_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from tightrope.density import Density
    from tightrope.draws import Draws

GRID = 200
DEPTH = 7.0  # nats below the highest point that contours show


def samples(
    draws: Draws | npt.ArrayLike,
    density: Density | None = None,
    *,
    axes: Axes | None = None,
    dimensions: tuple[int, int] = (0, 1),
    reach: float | None = None,
    limit: int = 4000,
) -> Axes:
    """Draw points in the plane over contours of the density.

    Parameters
    ----------
    draws : Draws or array_like
        Points, [n, d].
    density : Density, optional
        Whose contours to draw; it must have dimension 2.
    axes : matplotlib.axes.Axes, optional
        Where; a new picture if not given.
    dimensions : tuple of int
        Which two coordinates.
    reach : float, optional
        Show the square from -reach to reach; it fits the points if not given.
    limit : int, default 4000
        Show at most so many points, the first ones.

    Returns
    -------
    matplotlib.axes.Axes
        With points and contours.

    Raises
    ------
    MissingDependencyError
        If Matplotlib is not installed.
    ShapeError
        If the density is not one of the plane.
    """
    place = panel(axes, (5.2, 5.2))
    points = points_of(draws, "draws")[:, list(dimensions)]
    names = names_of(draws, points_of(draws, "draws").shape[1])
    if reach is None:
        reach = 1.12 * float(np.quantile(np.abs(points), 0.999))
    if density is not None:
        contours(place, density, reach)
    place.scatter(*points[:limit].T, s=3, color=ACCENT, alpha=0.5, linewidths=0, zorder=3)
    place.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    place.set_xlabel(names[dimensions[0]])
    place.set_ylabel(names[dimensions[1]])
    return place


def contours(axes: Axes, density: Density, reach: float) -> None:
    """Draw log rho of a density of the plane, down to seven nats below its highest point."""
    if density.dimension != 2:
        raise ShapeError(f"density: contours need dimension 2, got {density.dimension}")
    line = np.linspace(-reach, reach, GRID)
    grid = np.stack(np.meshgrid(line, line), axis=-1)
    heights = density.log_density(grid.reshape(-1, 2)).reshape(GRID, GRID)
    below = np.clip(heights - heights.max(), -DEPTH, 0.0)
    levels = np.linspace(-DEPTH, 0.0, 15)
    axes.contourf(line, line, below, levels=levels, cmap="Blues", alpha=0.7, zorder=1)
    lines = {"colors": INK, "linewidths": 0.5, "linestyles": "solid", "alpha": 0.35}
    axes.contour(line, line, below, levels=levels[2::4], zorder=2, **lines)
