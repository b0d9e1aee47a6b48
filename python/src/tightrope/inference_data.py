"""Draws for ArviZ, whose two current majors want them in different ways."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy.typing as npt

from tightrope.arguments import optional

Groups = Mapping[str, Mapping[str, npt.NDArray[Any]]]


def inference_data(groups: Groups) -> Any:
    """Return groups of arrays [chains, draws, ...] as ArviZ holds them.

    Returns
    -------
    arviz.InferenceData or xarray.DataTree
        The former with ArviZ 0.x, the latter with ArviZ 1.x.

    Raises
    ------
    MissingDependencyError
        If ArviZ is not installed.
    """
    arviz = optional("arviz", "arviz")
    is_old = arviz.__version__.startswith("0.")
    return arviz.from_dict(**groups) if is_old else arviz.from_dict(groups)
