"""What the pictures share. Matplotlib is imported when one is drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tightrope.arguments import optional
from tightrope.errors import ShapeError

if TYPE_CHECKING:
    from matplotlib.axes import Axes

INK = "#1b2a41"
ACCENT = "#d1495b"
PALE = "#9fb4cc"
REFERENCE = "#2a7f62"


def pyplot() -> Any:
    """Import Matplotlib.

    Raises
    ------
    MissingDependencyError
        If it is not installed.
    """
    return optional("matplotlib.pyplot", "plot")


def panel(axes: Axes | None, size: tuple[float, float]) -> Axes:
    """Return axes to draw in: those given, or a new picture's."""
    return axes if axes is not None else pyplot().subplots(figsize=size, layout="constrained")[1]


def open_sides(axes: Axes, *sides: str) -> None:
    """Leave out lines of the frame."""
    axes.spines[list(sides or ("top", "right"))].set_visible(False)


def points_of(values: Any, name: str = "reference") -> npt.NDArray[Any]:
    """Return points [n, d] of draws, chains or an array."""
    source = getattr(values, "points", None)
    array = np.asarray(values if source is None else source)
    if array.ndim != 2:
        got = list(array.shape) if array.dtype != object else type(values).__name__
        raise ShapeError(f"{name}: expected points [n, d] or draws, as run.sample(1000), got {got}")
    return array


def names_of(values: Any, dimension: int) -> list[str]:
    """Return the names of coordinates, where the values know them."""
    return getattr(values, "coordinates", None) or [f"x{index}" for index in range(dimension)]


def weights_of(values: Any, weighted: bool) -> npt.NDArray[np.float64] | None:
    """Return the weights that sum to 1, of what has any."""
    return getattr(values, "weights", None) if weighted else None
