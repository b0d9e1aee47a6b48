"""Paths from noise to the density, as a picture and as an animation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tightrope.errors import ConfigError
from tightrope.plot.planes import contours
from tightrope.plot.style import ACCENT, INK, PALE, open_sides, pyplot

if TYPE_CHECKING:
    import numpy.typing as npt
    from matplotlib.animation import FuncAnimation
    from matplotlib.figure import Figure as Picture

    from tightrope.density import Density
    from tightrope.paths import Paths

MARGIN = 1.08


def _states(paths: Paths) -> npt.NDArray[np.float32]:
    """Return where paths are, [t, n, dimension], if paths it is."""
    if not hasattr(paths, "times"):
        raise ConfigError(
            f"paths: expected Paths, as run.paths(60) gives, got {type(paths).__name__}"
        )
    return paths.x


def paths(paths: Paths, *, dimension: int = 0, lines: int = 60, bins: int = 60) -> Picture:
    """Draw a coordinate over time, and its histogram at time 1.

    Parameters
    ----------
    paths : Paths
        Of `run.paths`.
    dimension : int, default 0
        Which coordinate.
    lines : int, default 60
        Show at most so many, the first ones.
    bins : int, default 60
        Of the histogram.

    Returns
    -------
    matplotlib.figure.Figure
        Two panels with one axis.

    Raises
    ------
    MissingDependencyError
        If Matplotlib is not installed.
    """
    values = _states(paths)[:, :, dimension]
    picture, (left, right) = pyplot().subplots(
        1, 2, figsize=(8, 3.4), sharey=True, layout="constrained",
        gridspec_kw={"width_ratios": [4, 1]},
    )  # fmt: skip
    left.plot(paths.times, values[:, :lines], color=INK, linewidth=0.7, alpha=0.35)
    left.scatter(
        np.ones(min(lines, values.shape[1])), values[-1, :lines], s=10, color=ACCENT, zorder=3
    )
    left.set(xlim=(0, 1.01), xlabel="time, from noise to the density")
    left.set_ylabel(paths.coordinates[dimension])
    right.hist(values[-1], bins=bins, orientation="horizontal", color=PALE)
    right.set_xticks([])
    open_sides(left)
    open_sides(right, "top", "right", "bottom")
    return picture


def animate(
    paths: Paths,
    density: Density | None = None,
    *,
    dimensions: tuple[int, int] = (0, 1),
    reach: float | None = None,
    interval: int = 80,
) -> FuncAnimation:
    """Show points of the plane on their way.

    `animation.save("paths.gif")` writes a file, `animation.to_jshtml()` is for a notebook.

    Parameters
    ----------
    paths : Paths
        Of `run.paths`.
    density : Density, optional
        Whose contours to draw; it must have dimension 2.
    dimensions : tuple of int
        Which two coordinates.
    reach : float, optional
        Show the square from -reach to reach; it fits the points if not given.
    interval : int, default 80
        From one time to the next, in milliseconds.

    Returns
    -------
    matplotlib.animation.FuncAnimation
        A frame for each time, and some of the last.

    Raises
    ------
    MissingDependencyError
        If Matplotlib is not installed.
    ShapeError
        If the density is not one of the plane.
    """
    plt = pyplot()
    from matplotlib.animation import FuncAnimation

    x = _states(paths)[:, :, list(dimensions)]
    if reach is None:
        reach = MARGIN * float(np.quantile(np.abs(x), 0.999))
    picture, place = plt.subplots(figsize=(4.6, 4.6), layout="constrained")
    if density is not None:
        contours(place, density, reach)
    dots = place.scatter(*x[0].T, s=4, color=ACCENT, alpha=0.6, linewidths=0, zorder=3)
    place.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    place.set_xlabel(paths.coordinates[dimensions[0]])
    place.set_ylabel(paths.coordinates[dimensions[1]])
    title = place.set_title("")

    def show(frame: int) -> Any:
        index = min(frame, len(x) - 1)
        dots.set_offsets(x[index])
        title.set_text(f"time {paths.times[index]:.2f}")
        return dots, title

    frames = len(x) + max(1, len(x) // 4)
    return FuncAnimation(picture, show, frames=frames, interval=interval)
