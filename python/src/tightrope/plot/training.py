"""How training went."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tightrope.arguments import unknown
from tightrope.errors import ConfigError
from tightrope.plot.style import ACCENT, INK, panel, pyplot

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Picture

    from tightrope.run import Run

QUANTITIES = ("loss", "elbo", "log_z", "gradient_norm")


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
    ConfigError
        If the history has no such quantity.
    """
    place = panel(axes, (6.4, 4.0))
    history = run if isinstance(run, Sequence) else run.history
    if history and quantity not in history[-1]:
        raise ConfigError(f"quantity: {unknown(quantity, set(history[-1]) - {'event', 'step'})}")
    events = [event for event in history if event.get(quantity) is not None]
    steps = np.array([event["step"] for event in events])
    values = np.array([event[quantity] for event in events], dtype=float)
    place.plot(steps, values, color=INK, linewidth=0.6, alpha=0.35)
    place.plot(*_smoothed(steps, values), color=ACCENT, linewidth=1.6, label="running median")
    if values.size and values.min() > 0 and values.max() > 20 * values.min():
        place.set_yscale("log")
    place.set_xlabel("step")
    place.set_ylabel(quantity.replace("_", " "))
    place.spines[["top", "right"]].set_visible(False)
    place.grid(axis="y", alpha=0.25)
    if values.size:
        place.legend(frameon=False)
    return place


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


def training(run: Run | Sequence[dict[str, Any]]) -> Picture:
    """Draw loss, elbo, learned log Z and gradient norm over the steps.

    Parameters
    ----------
    run : Run or sequence of dict
        A run, or its history.

    Returns
    -------
    matplotlib.figure.Figure
        A panel for each quantity that there is.

    Raises
    ------
    MissingDependencyError
        If Matplotlib is not installed.
    """
    history = run if isinstance(run, Sequence) else run.history
    shown = [name for name in QUANTITIES if any(event.get(name) is not None for event in history)]
    picture, axes = pyplot().subplots(
        1, max(1, len(shown)), figsize=(3.6 * max(1, len(shown)), 2.8), squeeze=False,
        layout="constrained",
    )  # fmt: skip
    for place, name in zip(axes.flat, shown, strict=False):
        training_curve(history, quantity=name, axes=place)
        if name != shown[0] and place.get_legend() is not None:
            place.get_legend().remove()
    return picture
