"""What figures on arrays return: a value with its interval."""

from __future__ import annotations

import json
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from tightrope import _native
from tightrope.errors import ShapeError
from tightrope.functions import Array, call, vector

VERDICTS = ("ok", "warn", "fail")


class Interval(NamedTuple):
    """A value with its 95% interval."""

    value: float
    low: float
    high: float


class Estimate(Interval):
    """A value with its 95% interval, whose ends are NaN where none is known, and what it is worth.

    It unpacks into value, low and high, and is a number where one is asked for.

    Attributes
    ----------
    value : float
        The estimate.
    low, high : float
        The interval.
    count : int
        Number of samples it rests on, on the smaller side; 0 where that is not known.
    floor : float or None
        What exact samples score on average, where known.
    verdict : str
        "ok", "warn" or "fail".
    reason : str
        One clause for the verdict.
    """

    count: int  # pyright: ignore[reportIncompatibleMethodOverride]
    floor: float | None
    verdict: str
    reason: str

    def __new__(
        cls,
        value: float,
        low: float,
        high: float,
        *,
        count: int = 0,
        floor: float | None = None,
        verdict: str = "warn",
        reason: str = "nothing to compare it with",
    ) -> Estimate:
        """Make an estimate of its value, its interval and its worth."""
        self = super().__new__(cls, value, low, high)
        self.count, self.floor, self.verdict, self.reason = count, floor, verdict, reason
        return self

    def __float__(self) -> float:
        return self.value

    def __repr__(self) -> str:
        beside = "" if self.floor is None else f", floor {self.floor:.4g}"
        return (
            f"Estimate({self.value:.6g} ({self.low:.6g}..{self.high:.6g}), n {self.count}{beside}, "
            f"{self.verdict}: {self.reason})"
        )

    def against(self, floors: npt.ArrayLike) -> Estimate:
        """Return the same distance judged beside what exact samples score.

        Parameters
        ----------
        floors : array_like
            Distances of pairs of exact samples of the same counts, [f], such as `noise_floor`
            returns.

        Returns
        -------
        Estimate
            With the floor; "ok" up to 1.5 times its mean or its largest, "warn" up to 3 times.

        Raises
        ------
        ShapeError
            If there are no floors, or one is not finite.
        """
        scores = filled(vector(floors, "floors"), "floors", "[f]")
        given = np.array(tuple(self), dtype=np.float64)
        (result,) = call(
            "metrics.distance-verdict", (given, scores), ((3,),), count=max(1, self.count)
        )
        return estimate(result)

    def __str__(self) -> str:
        """Show four digits, and the interval where it is known."""
        interval = f" [{self.low:.4g}, {self.high:.4g}]" if self.low <= self.high else ""
        return f"{self.value:.4g}{interval}"


def estimate(array: Array) -> Estimate:
    """Return the [value, low, high] of the call just made, with the core's remark on it."""
    remark = json.loads(_native.remark())
    floor = remark["floor"]
    return Estimate(
        *(float(number) for number in array),
        count=remark["count"],
        floor=None if floor is None else float(floor),
        verdict=remark["verdict"],
        reason=remark["reason"],
    )


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
