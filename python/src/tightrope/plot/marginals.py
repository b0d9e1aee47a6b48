"""Histograms of coordinates, alone and in pairs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tightrope.plot.style import (
    ACCENT,
    INK,
    PALE,
    REFERENCE,
    names_of,
    open_sides,
    points_of,
    pyplot,
    weights_of,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Picture

    from tightrope.draws import Draws

PAIRS = 5  # coordinates of a pair plot unless asked for others


def marginals(
    draws: Draws | npt.ArrayLike,
    *,
    dimensions: Sequence[int] | None = None,
    weighted: bool = True,
    reference: Any = None,
    bins: int = 60,
) -> Picture:
    """Draw a histogram of every coordinate.

    Parameters
    ----------
    draws : Draws, ChainDraws or array_like
        What to show.
    dimensions : sequence of int, optional
        Which coordinates; the first sixteen if not given.
    weighted : bool, default True
        Also show the importance-weighted histogram, as a line.
    reference : Draws, ChainDraws or array_like, optional
        Points [m, d] to compare with, as another line: of a chain, or exact.
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
    points = points_of(draws, "draws")
    other = None if reference is None else points_of(reference)
    chosen = list(range(min(points.shape[1], 16)) if dimensions is None else dimensions)
    columns = min(len(chosen), 4)
    rows = -(-len(chosen) // columns)
    picture, axes = pyplot().subplots(
        rows, columns, figsize=(3 * columns, 2.4 * rows), squeeze=False, layout="constrained"
    )
    for place in axes.flat[len(chosen) :]:
        place.set_visible(False)
    names, weights = names_of(draws, points.shape[1]), weights_of(draws, weighted)
    for place, index in zip(axes.flat, chosen, strict=False):
        _histogram(place, points[:, index], weights, _column(other, index), bins)
        place.set_xlabel(names[index])
    if axes.flat[0].get_legend_handles_labels()[0][1:]:
        axes.flat[0].legend(frameon=False, fontsize="small")
    return picture


def _column(points: npt.NDArray[Any] | None, index: int) -> npt.NDArray[Any] | None:
    return None if points is None else points[:, index]


def _histogram(
    axes: Axes,
    values: npt.NDArray[Any],
    weights: npt.NDArray[np.float64] | None,
    reference: npt.NDArray[Any] | None,
    bins: int,
) -> None:
    both = values if reference is None else np.concatenate([values, reference])
    edges = np.histogram_bin_edges(both[np.isfinite(both)], bins)
    axes.hist(values, bins=edges.tolist(), density=True, color=PALE, label="draws")
    line = {"bins": edges.tolist(), "density": True, "histtype": "step"}
    if weights is not None:
        axes.hist(values, weights=weights, color=ACCENT, label="weighted", **line)
    if reference is not None:
        axes.hist(reference, color=REFERENCE, label="reference", linewidth=1.4, **line)
    axes.set_yticks([])
    open_sides(axes, "top", "right", "left")


def pairs(
    draws: Draws | npt.ArrayLike,
    *,
    dimensions: Sequence[int] | None = None,
    weighted: bool = True,
    reference: Any = None,
    limit: int = 3000,
) -> Picture:
    """Draw every two coordinates against each other, and each one alone on the diagonal.

    Parameters
    ----------
    draws : Draws, ChainDraws or array_like
        What to show.
    dimensions : sequence of int, optional
        Which coordinates; the first five if not given.
    weighted : bool, default True
        Also show the importance-weighted histograms on the diagonal.
    reference : Draws, ChainDraws or array_like, optional
        Points [m, d] to compare with, above the diagonal.
    limit : int, default 3000
        Show at most so many points, the first ones.

    Returns
    -------
    matplotlib.figure.Figure
        A square of panels.

    Raises
    ------
    MissingDependencyError
        If Matplotlib is not installed.
    """
    points = points_of(draws, "draws")
    other = None if reference is None else points_of(reference)
    chosen = list(range(min(points.shape[1], PAIRS)) if dimensions is None else dimensions)
    size = len(chosen)
    picture, axes = pyplot().subplots(
        size, size, figsize=(2 * size + 0.6, 2 * size + 0.6), squeeze=False, layout="constrained"
    )
    names, weights = names_of(draws, points.shape[1]), weights_of(draws, weighted)
    ranges = [_range(points[:, index]) for index in chosen]
    for row, column in np.ndindex(size, size):
        place, down, across = axes[row, column], chosen[row], chosen[column]
        shown = points if row > column else other
        if row == column:
            _histogram(place, points[:, down], weights, _column(other, down), 40)
        elif shown is None:
            place.set_visible(False)
            continue
        else:
            colour = INK if row > column else REFERENCE
            place.scatter(
                shown[:limit, across], shown[:limit, down], s=2, color=colour, alpha=0.3,
                linewidths=0,
            )  # fmt: skip
            place.set_ylim(*ranges[row])
            open_sides(place)
        place.set_xlim(*ranges[column])
        place.tick_params(labelsize="small")
        if row == size - 1:
            place.set_xlabel(names[across])
        if column == 0 and row > 0:
            place.set_ylabel(names[down])
    return picture


def _range(values: npt.NDArray[Any]) -> tuple[float, float]:
    low, high = np.quantile(values[np.isfinite(values)], [0.001, 0.999])
    margin = 0.08 * (high - low) or 1.0
    return float(low - margin), float(high + margin)
