"""Pictures of densities, draws and training. Matplotlib is imported when one is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tightrope.arguments import optional
from tightrope.errors import ShapeError

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Picture

    from tightrope.density import Density
    from tightrope.draws import Draws
    from tightrope.run import Run

INK = "#1b2a41"
ACCENT = "#d1495b"
GRID = 200
DEPTH = 7.0  # nats below the highest point that contours show


def marginals(
    draws: Draws, *, dimensions: Sequence[int] | None = None, weighted: bool = True, bins: int = 60
) -> Picture:
    """Draw a histogram of every coordinate.

    Parameters
    ----------
    draws : Draws
        What to show.
    dimensions : sequence of int, optional
        Which coordinates; the first sixteen if not given.
    weighted : bool, default True
        Also show the importance-weighted histogram, as a line.
    bins : int, default 60
        Of each histogram.

    Returns
    -------
    matplotlib.figure.Figure
        A panel for each coordinate.

    Raises
    ------
    MissingDependencyError
        If Matplotlib is not installed.
    """
    pyplot = optional("matplotlib.pyplot", "plot")
    chosen = list(range(min(draws.dimension, 16)) if dimensions is None else dimensions)
    columns = min(len(chosen), 4)
    rows = -(-len(chosen) // columns)
    picture, axes = pyplot.subplots(
        rows, columns, figsize=(3 * columns, 2.4 * rows), squeeze=False, layout="constrained"
    )
    for panel in axes.flat[len(chosen) :]:
        panel.set_visible(False)
    for panel, index in zip(axes.flat, chosen, strict=False):
        _histogram(panel, draws, index, weighted, bins)
    axes.flat[0].legend(frameon=False, fontsize="small")
    return picture


def _histogram(axes: Axes, draws: Draws, index: int, weighted: bool, bins: int) -> None:
    values = draws.x[:, index]
    _, edges, _ = axes.hist(values, bins=bins, density=True, color="#9fb4cc", label="draws")
    if weighted:
        axes.hist(
            values,
            bins=edges.tolist(),
            density=True,
            weights=draws.weights,
            histtype="step",
            color=ACCENT,
            label="weighted",
        )
    axes.set_xlabel(f"x{index}")
    axes.set_yticks([])
    axes.spines[["top", "right", "left"]].set_visible(False)


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
    panel = _panel(axes, (5.2, 5.2))
    points = np.asarray(getattr(draws, "x", draws))[:, list(dimensions)]
    if reach is None:
        reach = 1.12 * float(np.quantile(np.abs(points), 0.999))
    if density is not None:
        _contours(panel, density, reach)
    panel.scatter(*points[:limit].T, s=3, color=ACCENT, alpha=0.5, linewidths=0, zorder=3)
    panel.set(xlim=(-reach, reach), ylim=(-reach, reach), aspect="equal")
    panel.set_xlabel(f"x{dimensions[0]}")
    panel.set_ylabel(f"x{dimensions[1]}")
    return panel


def _contours(axes: Axes, density: Density, reach: float) -> None:
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


def training_curve(
    run: Run | Sequence[dict[str, Any]], *, quantity: str = "loss", axes: Axes | None = None
) -> Axes:
    """Draw a quantity of the training history over the steps.

    Parameters
    ----------
    run : Run or sequence of dict
        A run, or its history.
    quantity : str, default "loss"
        A key of the step events.
    axes : matplotlib.axes.Axes, optional
        Where; a new picture if not given.

    Returns
    -------
    matplotlib.axes.Axes
        With the curve; logarithmic where the quantity is positive and spans decades.

    Raises
    ------
    MissingDependencyError
        If Matplotlib is not installed.
    """
    panel = _panel(axes, (6.4, 4.0))
    history = run if isinstance(run, Sequence) else run.history
    events = [event for event in history if event.get(quantity) is not None]
    steps = np.array([event["step"] for event in events])
    values = np.array([event[quantity] for event in events], dtype=float)
    panel.plot(steps, values, color=INK, linewidth=0.6, alpha=0.35)
    panel.plot(*_smoothed(steps, values), color=ACCENT, linewidth=1.6, label="running median")
    if values.size and values.min() > 0 and values.max() > 20 * values.min():
        panel.set_yscale("log")
    panel.set_xlabel("step")
    panel.set_ylabel(quantity.replace("_", " "))
    panel.spines[["top", "right"]].set_visible(False)
    panel.grid(axis="y", alpha=0.25)
    if values.size:
        panel.legend(frameon=False)
    return panel


def _smoothed(
    steps: npt.NDArray[Any], values: npt.NDArray[Any]
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Return the median over a window of a fortieth of the curve."""
    width = max(1, len(values) // 40)
    if width == 1:
        return steps, values
    windows = np.lib.stride_tricks.sliding_window_view(values, width)
    middle = steps[(width - 1) // 2 :][: len(windows)]
    return middle, np.median(windows, axis=1)


def _panel(axes: Axes | None, size: tuple[float, float]) -> Axes:
    if axes is not None:
        return axes
    pyplot = optional("matplotlib.pyplot", "plot")
    return pyplot.subplots(figsize=size, layout="constrained")[1]
