"""Grids of grey or coloured images."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tightrope.errors import ShapeError
from tightrope.plot.style import pyplot

if TYPE_CHECKING:
    from matplotlib.figure import Figure as Picture


def image_grid(
    images: npt.ArrayLike,
    *,
    shape: tuple[int, ...] | None = None,
    columns: int = 8,
    limit: int = 64,
) -> Picture:
    """Draw images side by side.

    Parameters
    ----------
    images : array_like
        [n, height, width], [n, height, width, 3], or rows [n, pixels].
    shape : tuple of int, optional
        Of an image, for rows; a square unless given.
    columns : int, default 8
        Images in a line.
    limit : int, default 64
        Show at most so many, the first ones.

    Returns
    -------
    matplotlib.figure.Figure
        One picture of all.

    Raises
    ------
    MissingDependencyError
        If Matplotlib is not installed.
    ShapeError
        If the pixels make no image.
    """
    array = np.asarray(images, dtype=float)[:limit]
    if array.ndim == 2:
        array = array.reshape(len(array), *(shape or _square(array.shape[1])))
    if array.ndim not in (3, 4) or not len(array):
        raise ShapeError(f"images: expected [n, height, width], got {list(array.shape)}")
    low, high = float(np.nanmin(array)), float(np.nanmax(array))
    rows = -(-len(array) // columns)
    width = min(columns, len(array))
    picture, axes = pyplot().subplots(
        rows, width, figsize=(0.9 * width, 0.9 * rows), squeeze=False, layout="constrained"
    )
    for place in axes.flat:
        place.set_axis_off()
    for place, image in zip(axes.flat, array, strict=False):
        _show(place, image, low, high)
    return picture


def _show(axes: Any, image: npt.NDArray[Any], low: float, high: float) -> None:
    if image.ndim == 2:
        axes.imshow(image, cmap="gray", vmin=low, vmax=high)
    else:
        axes.imshow((image - low) / ((high - low) or 1.0))


def _square(pixels: int) -> tuple[int, int]:
    side = round(pixels**0.5)
    if side * side != pixels:
        raise ShapeError(f"shape: {pixels} pixels make no square; give height and width")
    return side, side
