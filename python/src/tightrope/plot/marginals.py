"""Histograms of variables, alone and in pairs: of a model's, or of the coordinates of points."""

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
    chosen,
    columns_of,
    matching,
    open_sides,
    pyplot,
    weights_of,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Picture

    from tightrope.draws import Draws

ALONE, PAIRS = 16, 5  # columns of a picture unless asked for others


def marginals(
    draws: Draws | npt.ArrayLike,
    *,
    dimensions: Sequence[int | str] | None = None,
    weighted: bool = True,
    reference: Any = None,
    bins: int = 60,
) -> Picture:
    """Draw a histogram of every variable.

    Parameters
    ----------
    draws : Draws, ChainDraws or array_like
        What to show.
    dimensions : sequence of int or str, optional
        Which variables, by number or name; the first sixteen if not given.
    weighted : bool, default True
        Also show the importance-weighted histogram, as a line.
    reference : Draws, ChainDraws or array_like, optional
        Points [m, d] to compare with, as another line: of a chain, or exact.
    bins : int, default 60
        Of each histogram.

    Returns
    -------
    matplotlib.figure.Figure
        A panel for each variable.

    Raises
    ------
    MissingDependencyError
        If Matplotlib is not installed.
    """
    table = columns_of(draws, "draws")
    names, columns, other = list(table), list(table.values()), matching(reference, table)
    shown = chosen(dimensions, names, ALONE)
    across = max(1, min(len(shown), 4))
    down = max(1, -(-len(shown) // across))
    picture, axes = pyplot().subplots(
        down, across, figsize=(3 * across, 2.4 * down), squeeze=False, layout="constrained"
    )
    for place in axes.flat[len(shown) :]:
        place.set_visible(False)
    weights = weights_of(draws, weighted)
    for place, index in zip(axes.flat, shown, strict=False):
        _histogram(place, columns[index], weights, _of(other, index), bins)
        place.set_xlabel(names[index])
    if axes.flat[0].get_legend_handles_labels()[0][1:]:
        axes.flat[0].legend(frameon=False, fontsize="small")
    return picture


def _of(columns: list[npt.NDArray[Any]] | None, index: int) -> npt.NDArray[Any] | None:
    return None if columns is None else columns[index]


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
    dimensions: Sequence[int | str] | None = None,
    weighted: bool = True,
    reference: Any = None,
    limit: int = 3000,
) -> Picture:
    """Draw every two variables against each other, and each one alone on the diagonal.

    Parameters
    ----------
    draws : Draws, ChainDraws or array_like
        What to show.
    dimensions : sequence of int or str, optional
        Which variables, by number or name; the first five if not given.
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
    table = columns_of(draws, "draws")
    names, columns, other = list(table), list(table.values()), matching(reference, table)
    numbers = chosen(dimensions, names, PAIRS)
    size = len(numbers)
    picture, axes = pyplot().subplots(
        size, size, figsize=(2 * size + 0.6, 2 * size + 0.6), squeeze=False, layout="constrained"
    )
    weights = weights_of(draws, weighted)
    ranges = [_range(columns[index]) for index in numbers]
    for row, column in np.ndindex(size, size):
        place, down, across = axes[row, column], numbers[row], numbers[column]
        shown = columns if row > column else other
        if row == column:
            _histogram(place, columns[down], weights, _of(other, down), 40)
        elif shown is None:
            place.set_visible(False)
            continue
        else:
            colour = INK if row > column else REFERENCE
            place.scatter(
                shown[across][:limit], shown[down][:limit], s=2, color=colour, alpha=0.3,
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
