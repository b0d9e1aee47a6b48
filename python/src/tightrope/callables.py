"""A density given as a Python callable: called by the core with batches, its results checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from tightrope.arguments import real_array
from tightrope.errors import ShapeError

Batch = npt.NDArray[np.float32]
Function = Callable[[Batch], Any]
JointFunction = Callable[[Batch], tuple[Any, Any]]


def title(function: Any) -> str:
    """Return the name by which messages call a callable."""
    return str(getattr(function, "__name__", None) or type(function).__name__)


def checked(values: Any, shape: tuple[int, ...], role: str, function: Any) -> Batch:
    """Return what a callable returned as a float32 array, if it has the shape asked for.

    Raises
    ------
    ShapeError, DtypeError
        Naming the callable, what was expected and what came.
    """
    name = f"{role} '{title(function)}'"
    array = real_array(values, np.float32, name)
    if array.shape != shape:
        raise ShapeError(
            f"{name}: expected to return shape {list(shape)} for {shape[0]} points, "
            f"got {list(array.shape)}"
        )
    return array


class BatchFunction:
    """What stands behind a callback: values, and scores where there are any.

    Parameters
    ----------
    log_density : callable
        [n, dimension] to [n], nats.
    score : callable or None
        [n, dimension] to [n, dimension].
    dimension : int
        Of the points.
    """

    def __init__(self, log_density: Function, score: Function | None, dimension: int) -> None:
        self.log_density = log_density
        self.score = score
        self.dimension = dimension

    def __call__(self, data: bytearray, count: int, wants_score: bool) -> tuple[Batch, Any]:
        """Evaluate one batch; called by the extension, from threads of the core.

        Parameters
        ----------
        data : bytearray
            The points, float32; a copy that belongs to this call.
        count : int
            Of points.
        wants_score : bool
            Whether the scores are asked for too.

        Returns
        -------
        tuple
            float32 arrays [count] and [count, dimension], or None for the latter.
        """
        x = np.frombuffer(data, dtype=np.float32).reshape(count, self.dimension)
        return self.evaluate(x, wants_score)

    def evaluate(self, x: Batch, wants_score: bool) -> tuple[Batch, Any]:
        """Call the functions of the user, each with points of its own."""
        own = x.copy() if wants_score else x
        values = checked(self.log_density(own), x.shape[:1], "log_density", self.log_density)
        if not wants_score or self.score is None:
            return values, None
        return values, checked(self.score(x), x.shape, "score", self.score)


class JointBatchFunction(BatchFunction):
    """Value and gradient from one call, as automatic differentiation gives them.

    Parameters
    ----------
    log_density : callable
        [n, dimension] to [n], nats.
    both : callable
        [n, dimension] to the pair of values [n] and scores [n, dimension].
    dimension : int
        Of the points.
    """

    def __init__(self, log_density: Function, both: JointFunction, dimension: int) -> None:
        super().__init__(log_density, None, dimension)
        self.both = both

    def evaluate(self, x: Batch, wants_score: bool) -> tuple[Batch, Any]:
        """Call the joint function if scores are asked for."""
        if not wants_score:
            return super().evaluate(x, False)
        values, scores = self.both(x)
        return (
            checked(values, x.shape[:1], "log_density", self.log_density),
            checked(scores, x.shape, "score", self.log_density),
        )
