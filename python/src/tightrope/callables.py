"""A density given as a Python callable: called by the core with batches, its results checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

from tightrope.arguments import real_array
from tightrope.errors import ShapeError
from tightrope.limits import Limiter, Limits, Usage

Batch = npt.NDArray[np.float32]
Function = Callable[..., Any]
JointFunction = Callable[..., tuple[Any, Any]]


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
    if isinstance(values, tuple):
        raise ShapeError(
            f"{name}: expected to return one array, got a tuple of {len(values)}; for values and "
            "scores from one call there is Density.from_value_and_score"
        )
    array = real_array(values, np.float32, name)
    if array.shape != shape:
        raise ShapeError(
            f"{name}: expected to return shape {list(shape)} for {shape[0]} points, "
            f"got {list(array.shape)}; it is called with all points at once, [n, dimension]"
        )
    return array


class BatchFunction:
    """What stands behind a callback: values, and scores where there are any.

    Parameters
    ----------
    log_density : callable
        [n, dimension] to [n], nats; with conditions, [n, dimension] and [n, features] to [n].
    score : callable or None
        The same to [n, dimension].
    dimension : int
        Of the points.
    limits : Limits, optional
        How the callables may be used.
    features : ndarray, optional
        [conditions, features], for densities of conditions.
    """

    def __init__(
        self,
        log_density: Function,
        score: Function | None,
        dimension: int,
        limits: Limits | None = None,
        features: Batch | None = None,
    ) -> None:
        self.log_density = log_density
        self.score = score
        self.dimension = dimension
        self.features = features
        given = Limits.checked(limits)
        self.limiter = None if given is None else Limiter(given, self.evaluate, title(log_density))

    @property
    def usage(self) -> Usage | None:
        """What the callable was asked; None where it has no limits, and nobody counts."""
        return None if self.limiter is None else self.limiter.usage

    def __call__(
        self, data: bytearray, count: int, wants_score: bool, conditions: bytearray | None = None
    ) -> tuple[Batch, Any]:
        """Evaluate one batch; called by the extension, from threads of the core.

        Parameters
        ----------
        data : bytearray
            The points, float32; a copy that belongs to this call.
        count : int
            Of points.
        wants_score : bool
            Whether the scores are asked for too.
        conditions : bytearray, optional
            The number of each point's condition, int32, for densities of conditions.

        Returns
        -------
        tuple
            float32 arrays [count] and [count, dimension], or None for the latter.
        """
        x = np.frombuffer(data, dtype=np.float32).reshape(count, self.dimension)
        features = None
        if conditions is not None and self.features is not None:
            features = self.features[np.frombuffer(conditions, dtype=np.int32)]
        if self.limiter is None:
            return self.evaluate(x, wants_score, features)
        return self.limiter(x, wants_score, features)

    def evaluate(
        self, x: Batch, wants_score: bool, features: Batch | None = None
    ) -> tuple[Batch, Any]:
        """Call the functions of the user, each with points of its own."""
        own = x.copy() if wants_score else x
        more = () if features is None else (features,)
        values = self.log_density(own, *more)
        values = checked(values, x.shape[:1], "log_density", self.log_density)
        if not wants_score or self.score is None:
            return values, None
        return values, checked(self.score(x, *more), x.shape, "score", self.score)


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
    limits : Limits, optional
        How the callables may be used.
    """

    def __init__(
        self,
        log_density: Function,
        both: JointFunction,
        dimension: int,
        limits: Limits | None = None,
    ) -> None:
        super().__init__(log_density, None, dimension, limits)
        self.both = both

    def evaluate(
        self, x: Batch, wants_score: bool, features: Batch | None = None
    ) -> tuple[Batch, Any]:
        """Call the joint function if scores are asked for."""
        if not wants_score:
            return super().evaluate(x, False)
        values, scores = self.both(x)
        return (
            checked(values, x.shape[:1], "log_density", self.log_density),
            checked(scores, x.shape, "score", self.log_density),
        )


class PairFunction(BatchFunction):
    """Value and score from the one callable that there is.

    Parameters
    ----------
    function : callable
        [n, dimension] to the pair of values [n], nats, and scores [n, dimension].
    dimension : int
        Of the points.
    limits : Limits, optional
        How the callable may be used.
    """

    def __init__(
        self, function: JointFunction, dimension: int, limits: Limits | None = None
    ) -> None:
        super().__init__(function, None, dimension, limits)

    def evaluate(
        self, x: Batch, wants_score: bool, features: Batch | None = None
    ) -> tuple[Batch, Any]:
        """Call the function, and take of its pair what is asked for."""
        pair = self.log_density(x)
        if not isinstance(pair, (tuple, list)) or len(pair) != 2:
            raise ShapeError(
                f"function '{title(self.log_density)}': expected to return a pair of values and "
                f"scores, got {type(pair).__name__}"
            )
        values = checked(pair[0], x.shape[:1], "values of", self.log_density)
        if not wants_score:
            return values, None
        return values, checked(pair[1], x.shape, "scores of", self.log_density)
