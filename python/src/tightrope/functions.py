"""Named functions of the core on arrays, as `metrics` and `objectives` call them."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import numpy.typing as npt

from tightrope import _native
from tightrope.arguments import json_text, real_array

Array = npt.NDArray[np.float64]


def names() -> list[str]:
    """Return the names of the functions."""
    return json.loads(_native.names("functions"))


def describe(name: str) -> dict[str, Any]:
    """Return the inputs, outputs, configuration and references of a function.

    Raises
    ------
    ConfigError
        If there is no function of this name.
    """
    return json.loads(_native.describe("functions", name))


def vector(values: npt.ArrayLike, name: str) -> Array:
    """Return values as float64, as the core takes them; `name` is for the error message."""
    return real_array(values, np.float64, name)


def call(
    name: str, inputs: tuple[Array, ...], shapes: tuple[tuple[int, ...], ...], **config: Any
) -> list[Array]:
    """Call a function.

    Parameters
    ----------
    name : str
        Such as "metrics.wasserstein-2".
    inputs : tuple of ndarray
        float64, C-contiguous.
    shapes : tuple of tuple of int
        Of the results; () is a number.
    **config
        Keys of the function's configuration.

    Returns
    -------
    list of ndarray
        float64, of the shapes asked for.

    Raises
    ------
    ConfigError, ShapeError, NumericalError
        As the function states.
    """
    outputs = [np.empty(shape, dtype=np.float64) for shape in shapes]
    _native.call(name, json_text(config), inputs, tuple(outputs))
    return outputs
