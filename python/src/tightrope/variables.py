"""Variables of draws, number by number."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Arrays = dict[str, npt.NDArray[Any]]


def named(variables: Arrays, coordinates: list[str]) -> Arrays:
    """Return every number of variables by its name, [n] each.

    Parameters
    ----------
    variables : dict
        Arrays [n, ...] by name, or the points alone as "x".
    coordinates : list of str
        Names of the coordinates of points.
    """
    if list(variables) == ["x"]:
        return dict(zip(coordinates, variables["x"].T, strict=True))
    return {
        name + ("[" + ", ".join(map(str, place)) + "]" if place else ""): values[:, *place]
        for name, values in variables.items()
        for place in np.ndindex(*values.shape[1:])
    }
