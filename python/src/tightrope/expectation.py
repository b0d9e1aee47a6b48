"""Means under a density from weighted draws, with errors, or a refusal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tightrope.errors import NumericalError, ShapeError
from tightrope.functions import Array, call, vector

LARGEST_PARETO_K = 0.7


@dataclass(frozen=True)
class Expectation:
    """A mean under the density itself, whatever the sampler has not learned.

    Attributes
    ----------
    value : ndarray
        The estimate, of the shape of one value of the function.
    standard_error : ndarray
        Its standard error.
    pareto_k : float
        Of the weights, below 0.7: how heavy their tail is.
    """

    value: Array
    standard_error: Array
    pareto_k: float

    @property
    def low(self) -> Array:
        """The lower end of the 95% interval."""
        return self.value - 1.96 * self.standard_error

    @property
    def high(self) -> Array:
        """The upper end of the 95% interval."""
        return self.value + 1.96 * self.standard_error

    def __repr__(self) -> str:
        return f"Expectation({self.value} +- {self.standard_error}, pareto_k {self.pareto_k:.2f})"


def expectation(log_weights: npt.ArrayLike, values: npt.ArrayLike) -> Expectation:
    """Average values over weighted draws, by Pareto-smoothed importance sampling.

    Parameters
    ----------
    log_weights : array_like
        [n], nats, up to a constant.
    values : array_like
        The function at each draw, [n, ...].

    Returns
    -------
    Expectation
        .value, .standard_error, .low, .high, each [...].

    Raises
    ------
    NumericalError
        If Pareto k of the weights is 0.7 or more: no error could then be told.
    ShapeError
        If there is not one value for each weight.
    """
    weights, array = vector(log_weights, "log_weights"), vector(values, "values")
    if array.ndim == 0 or array.shape[0] != weights.size or not weights.size:
        raise ShapeError(f"values: expected shape [{weights.size}, ...], got {list(array.shape)}")
    shape = array.shape[1:]
    table = np.ascontiguousarray(array.reshape(len(array), -1))
    functions = table.shape[1]
    value, error, k = call(
        "metrics.expectation", (weights, table), ((functions,), (functions,), ())
    )
    if not k < LARGEST_PARETO_K:
        raise NumericalError(
            f"the mean cannot be told: Pareto k of the {weights.size} weights is {float(k):.2f}, "
            f"and must be below {LARGEST_PARETO_K}; train longer, or take more draws"
        )
    return Expectation(value.reshape(shape), error.reshape(shape), float(k))
