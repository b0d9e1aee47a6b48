"""Importance weights, and what their tail says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tightrope import metrics
from tightrope.arguments import real_array
from tightrope.errors import ShapeError
from tightrope.plot.style import ACCENT, INK, PALE, open_sides, pyplot

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture

    from tightrope.draws import Draws

RELIABLE = 0.7


def weights(draws: Draws | npt.ArrayLike, *, bins: int = 60) -> Picture:
    """Draw log-weights, and how much of all weight the largest ones have.

    Parameters
    ----------
    draws : Draws or array_like
        Draws, or log-weights [n] in nats.
    bins : int, default 60
        Of the histogram.

    Returns
    -------
    matplotlib.figure.Figure
        Two panels; the title has Pareto k and the effective sample share.

    Raises
    ------
    MissingDependencyError
        If Matplotlib is not installed.
    DtypeError, ShapeError
        If these are no draws and no log-weights.
    """
    logs = real_array(getattr(draws, "log_weights", draws), np.float64, "draws")
    if logs.ndim != 1:
        raise ShapeError(f"draws: expected draws, or log-weights [n], got {list(logs.shape)}")
    finite = logs[np.isfinite(logs)]
    picture, (left, right) = pyplot().subplots(1, 2, figsize=(8, 3), layout="constrained")
    center = metrics.log_normalizer(finite)
    left.hist(finite - center, bins=bins, color=PALE)
    left.axvline(0.0, color=INK, linewidth=0.8)
    left.set_xlabel("log-weight less log Z, nats")
    left.set_yscale("log")
    _shares(right, np.exp(finite - finite.max()))
    for place in (left, right):
        open_sides(place)
    picture.suptitle(_verdict(finite, len(logs)), fontsize="medium")
    return picture


def _shares(axes: Any, values: npt.NDArray[np.float64]) -> None:
    risen = np.cumsum(np.sort(values)[::-1]) / values.sum()
    share = np.arange(1, len(risen) + 1) / len(risen)
    axes.plot(share, risen, color=ACCENT)
    axes.plot([0, 1], [0, 1], color=INK, linewidth=0.8, linestyle="dotted")
    axes.set(xlim=(0, 1), ylim=(0, 1.02))
    axes.set_xlabel("share of the draws, largest weights first")
    axes.set_ylabel("share of all weight")


def _verdict(logs: npt.NDArray[np.float64], count: int) -> str:
    k = metrics.pareto_tail(logs).shape.value
    share = metrics.effective_sample_size(logs) / count
    word = "can be relied on" if k < RELIABLE else "cannot be relied on"
    return f"Pareto k {k:.2f}: weights {word}; effective share {share:.0%} of {count:,} draws"
