"""Limits of a callable: how it is called, how often, how long, and what its failures mean.

>>> import numpy as np, tightrope as tr
>>> limits = tr.Limits(batch=64, calls=1000, cache=500)
>>> density = tr.Density(lambda x: -0.5 * np.sum(x**2, axis=1), dimension=2, limits=limits)
>>> density.log_density(np.ones((100, 2))).shape
(100,)
>>> density.usage
Usage(points=1, calls=1, cached=99, failures=0, timeouts=0)
"""

from __future__ import annotations

import queue
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from tightrope import arguments
from tightrope.errors import BudgetError, CallTimeoutError, ConfigError

Rows = npt.NDArray[Any]
Values = npt.NDArray[np.float32]
Evaluation = Callable[[Rows, bool, Rows | None], tuple[Values, Values | None]]

STUCK_CALLS = 32
"""How many calls that were given up may be at work."""


class _StuckError(CallTimeoutError):
    """Too many calls that were given up have not returned; no policy answers for that."""


@dataclass(frozen=True)
class Limits:
    """How a callable may be used.

    Attributes
    ----------
    batch : int or None
        Points in one call at most; larger batches are cut up.
    calls : int or None
        Points to evaluate in all. The next one after them raises `BudgetError`, which ends training
        with what has been learned so far; `Density.grant` allows more.
    cache : int
        Points whose values are remembered, the latest ones: for a callable that takes long and is
        asked about the same points again, in this run or in the next.
    timeout : float or None
        Seconds that one call may take. What takes longer counts as a failure; the call itself
        cannot be ended, and goes on in a thread of its own until it returns, while others are
        made. Where 32 such calls have not returned, the next raises `CallTimeoutError` whatever
        `failure` says. A callable that blocks without letting other threads of Python run cannot
        be timed.
    failure : {"raise", "reject"} or float
        What an exception, a timeout, a NaN or +inf of the callable means. "raise" passes it on.
        Otherwise a batch that fails is halved until the failing points are found. "reject" gives
        these a density of zero, and runs leave their paths out of the loss and count them;
        a number is their log rho, with a score of zero.
    """

    batch: int | None = None
    calls: int | None = None
    cache: int = 0
    timeout: float | None = None
    failure: Literal["raise", "reject"] | float = "raise"

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        for name, least in (("batch", 1), ("calls", 1), ("cache", 0)):
            value = getattr(self, name)
            if value is not None:
                number = arguments.whole_number(value, f"limits.{name}", least, 2**62)
                object.__setattr__(self, name, number)
        if self.timeout is not None:
            arguments.positive(self.timeout, "limits.timeout")
        if isinstance(self.failure, str):
            if self.failure not in ("raise", "reject"):
                raise ConfigError(
                    f"limits.failure: expected 'raise', 'reject' or a number, got {self.failure!r}"
                )
        elif not isinstance(self.failure, int | float) or not np.isfinite(self.failure):
            raise ConfigError(f"limits.failure: expected a finite number, got {self.failure!r}")

    @staticmethod
    def checked(limits: Limits | None) -> Limits | None:
        """Return limits if they are some.

        Raises
        ------
        ConfigError
            If they are of another type.
        """
        if limits is None or isinstance(limits, Limits):
            return limits
        raise ConfigError(f"limits: expected tightrope.Limits(calls=1000), got {limits!r}")

    def settings(self) -> dict[str, Any]:
        """Return the limits as the core has them, for C functions."""
        substitute = {} if isinstance(self.failure, str) else {"value": float(self.failure)}
        return {
            "batch": self.batch or 0,
            "calls": self.calls or 0,
            "cache": self.cache,
            "timeout": self.timeout or 0.0,
            "failure": self.failure if isinstance(self.failure, str) else "replace",
            **substitute,
        }


@dataclass(frozen=True)
class Usage:
    """What a callable was asked so far.

    Attributes
    ----------
    points : int
        Evaluated by the callable, failures and repetitions included.
    calls : int
        Of the callable, with as many points in each as there were.
    cached : int
        Points answered from memory.
    failures : int
        Points without a value.
    timeouts : int
        Calls that took too long.
    """

    points: int = 0
    calls: int = 0
    cached: int = 0
    failures: int = 0
    timeouts: int = 0


class Limiter:
    """Stands between the core and a callable.

    Parameters
    ----------
    limits : Limits
        What to keep to.
    evaluate : callable
        (points [n, d], whether scores are asked for, conditions [n, f] or None) to values [n] and
        scores [n, d] or None.
    name : str
        Of the callable, for messages.
    """

    def __init__(self, limits: Limits, evaluate: Evaluation, name: str) -> None:
        self.limits = limits
        self.usage = Usage()
        self.budget = limits.calls
        self._evaluate = evaluate
        self._name = name
        self._memory: OrderedDict[bytes, tuple[np.float32, Values | None]] = OrderedDict()
        self._stuck: list[threading.Thread] = []

    def __call__(
        self, x: Rows, wants_score: bool, conditions: Rows | None
    ) -> tuple[Values, Values | None]:
        """Evaluate points within the limits."""
        if not self.limits.cache:
            return self._pieces(x, wants_score, conditions)
        keys = [
            row.tobytes() + (b"" if conditions is None else conditions[number].tobytes())
            for number, row in enumerate(x)
        ]
        new: dict[bytes, int] = {}
        for number, key in enumerate(keys):
            known = self._memory.get(key)
            if known is None or (wants_score and known[1] is None):
                new.setdefault(key, number)
        answers = self._ask(x, wants_score, conditions, new)
        self._count(cached=len(keys) - len(new))
        found = [answers[key] if key in answers else self._memory[key] for key in keys]
        self._remember(answers)
        values = np.array([value for value, _ in found], dtype=np.float32)
        return values, np.array([score for _, score in found]) if wants_score else None

    def _ask(
        self, x: Rows, wants_score: bool, conditions: Rows | None, new: dict[bytes, int]
    ) -> dict[bytes, tuple[np.float32, Values | None]]:
        """Return values of the points that are not in memory."""
        if not new:
            return {}
        rows = list(new.values())
        chosen = None if conditions is None else conditions[rows]
        values, scores = self._pieces(x[rows], wants_score, chosen)
        return {
            key: (values[number], None if scores is None else scores[number].copy())
            for number, key in enumerate(new)
        }

    def _remember(self, answers: dict[bytes, tuple[np.float32, Values | None]]) -> None:
        for key, answer in answers.items():
            self._memory[key] = answer
            self._memory.move_to_end(key)
        while len(self._memory) > self.limits.cache:
            self._memory.popitem(last=False)

    def _pieces(
        self, x: Rows, wants_score: bool, conditions: Rows | None
    ) -> tuple[Values, Values | None]:
        """Evaluate points, so many at a time."""
        size = self.limits.batch or len(x)
        if len(x) <= size:
            return self._attempt(x, wants_score, conditions)
        starts = range(0, len(x), size)
        pieces = [
            self._attempt(
                x[first : first + size],
                wants_score,
                None if conditions is None else conditions[first : first + size],
            )
            for first in starts
        ]
        return _joined(pieces)

    def _attempt(
        self, x: Rows, wants_score: bool, conditions: Rows | None
    ) -> tuple[Values, Values | None]:
        """Evaluate points in one call, or find those that fail."""
        if self.budget is not None and self.usage.points + len(x) > self.budget:
            raise BudgetError(
                f"'{self._name}' may be evaluated at {self.budget:,} points in all, of which "
                f"{self.usage.points:,} are used up"
            )
        self._count(points=len(x), calls=1)
        try:
            values, scores = self._timed(x, wants_score, conditions)
        except _StuckError:
            raise
        except Exception as error:
            if isinstance(error, CallTimeoutError):
                self._count(timeouts=1)
            if self.limits.failure == "raise":
                raise
            return self._halved(x, wants_score, conditions)
        return self._mended(values, scores)

    def _timed(
        self, x: Rows, wants_score: bool, conditions: Rows | None
    ) -> tuple[Values, Values | None]:
        if self.limits.timeout is None:
            return self._evaluate(x.copy(), wants_score, conditions)
        self._stuck = [thread for thread in self._stuck if thread.is_alive()]
        if len(self._stuck) >= STUCK_CALLS:
            raise _StuckError(
                f"{STUCK_CALLS} calls of '{self._name}' have not returned long after their time "
                "was up"
            )
        answers: queue.SimpleQueue[tuple[Any, BaseException | None]] = queue.SimpleQueue()

        def work(points: Rows) -> None:
            try:
                answers.put((self._evaluate(points, wants_score, conditions), None))
            except BaseException as error:
                answers.put((None, error))

        thread = threading.Thread(target=work, args=(x.copy(),), daemon=True)
        thread.start()
        try:
            answer, error = answers.get(timeout=self.limits.timeout)
        except queue.Empty:
            self._stuck.append(thread)
            raise CallTimeoutError(
                f"'{self._name}' took more than {self.limits.timeout:g} s for {len(x)} points"
            ) from None
        if error is not None:
            raise error
        return answer

    def _halved(
        self, x: Rows, wants_score: bool, conditions: Rows | None
    ) -> tuple[Values, Values | None]:
        """Evaluate a batch that failed in two parts; a single point has failed for good."""
        if len(x) == 1:
            failed = np.full(1, np.nan, dtype=np.float32)
            return self._mended(failed, np.zeros_like(x) if wants_score else None)
        middle = len(x) // 2
        parts = (slice(None, middle), slice(middle, None))
        return _joined(
            [
                self._attempt(
                    x[part], wants_score, None if conditions is None else conditions[part]
                )
                for part in parts
            ]
        )

    def _mended(self, values: Values, scores: Values | None) -> tuple[Values, Values | None]:
        """Give failed points the value that the policy states."""
        failed = np.isnan(values) | np.isposinf(values)
        if scores is not None:
            failed |= ~np.isfinite(scores).all(axis=1) & ~np.isneginf(values)
        if not failed.any():
            return values, scores
        self._count(failures=int(failed.sum()))
        if self.limits.failure == "raise":
            return values, scores
        substitute = -np.inf if self.limits.failure == "reject" else self.limits.failure
        values = np.where(failed, np.float32(substitute), values)
        if scores is not None:
            scores = np.where(failed[:, np.newaxis], np.float32(0), scores)
        return values, scores

    def _count(self, **more: int) -> None:
        changed = {name: getattr(self.usage, name) + number for name, number in more.items()}
        self.usage = replace(self.usage, **changed)


def _joined(pieces: list[tuple[Values, Values | None]]) -> tuple[Values, Values | None]:
    values = np.concatenate([piece[0] for piece in pieces])
    scores = [piece[1] for piece in pieces if piece[1] is not None]
    return values, np.concatenate(scores) if scores else None
