"""What the pictures share. Matplotlib is imported when one is drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tightrope.arguments import optional, unknown, whole_number
from tightrope.errors import ConfigError, ShapeError

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


def columns_of(values: Any, name: str = "reference") -> dict[str, npt.NDArray[Any]]:
    """Return the variables of draws or chains, number by number, or the columns of points."""
    if hasattr(values, "log_density"):
        return values.columns()
    points = points_of(values, name)
    return {f"x{index}": points[:, index] for index in range(points.shape[1])}


def chosen(dimensions: Sequence[int | str] | None, names: list[str], limit: int) -> list[int]:
    """Return the numbers of the columns that are asked for, by number or name; the first unless.

    Raises
    ------
    ConfigError
        If there is no such column.
    """
    if dimensions is None:
        return list(range(min(len(names), limit)))
    wanted = [dimensions] if isinstance(dimensions, str) else dimensions
    return [_number_of(one, names) for one in wanted]


def _number_of(wanted: int | str, names: list[str]) -> int:
    if not isinstance(wanted, str):
        return whole_number(wanted, "dimensions", 0, len(names) - 1)
    if wanted not in names:
        raise ConfigError(f"dimensions: {unknown(wanted, names)}")
    return names.index(wanted)


def matching(reference: Any, columns: dict[str, npt.NDArray[Any]]) -> list[npt.NDArray[Any]] | None:
    """Return the columns of a reference, as many as there are beside it.

    Raises
    ------
    ShapeError
        If there are more or fewer.
    """
    if reference is None:
        return None
    others = list(columns_of(reference).values())
    if len(others) != len(columns):
        raise ShapeError(f"reference: expected {len(columns)} columns, got {len(others)}")
    return others


def weights_of(values: Any, weighted: bool) -> npt.NDArray[np.float64] | None:
    """Return the weights that sum to 1, of what has any."""
    return getattr(values, "weights", None) if weighted else None
