"""What figures on arrays return: a value with its interval."""

from __future__ import annotations

from typing import NamedTuple

from tightrope.errors import ShapeError
from tightrope.functions import Array

VERDICTS = ("ok", "warn", "fail")


class Estimate(NamedTuple):
    """A value with its 95% interval, whose ends are NaN where none is known.

    Attributes
    ----------
    value : float
        The estimate.
    low, high : float
        The interval.
    """

    value: float
    low: float
    high: float

    def __float__(self) -> float:
        return self.value

    def __str__(self) -> str:
        """Show four digits, and the interval where it is known."""
        interval = f" [{self.low:.4g}, {self.high:.4g}]" if self.low <= self.high else ""
        return f"{self.value:.4g}{interval}"


def estimate(array: Array) -> Estimate:
    """Return the core's [value, low, high] as an estimate."""
    return Estimate(*(float(number) for number in array))


def verdict(code: Array) -> str:
    """Return the core's verdict as a word."""
    return VERDICTS[int(code)]


def filled(array: Array, name: str, axes: str) -> Array:
    """Return an array with as many axes as named, such as "[n, d]", of which none is empty.

    Raises
    ------
    ShapeError
        If it has other axes, or no elements.
    """
    if array.ndim != axes.count(",") + 1 or not array.size:
        raise ShapeError(f"{name}: expected shape {axes}, none 0, got {list(array.shape)}")
    return array
