"""The densities of the path rows, once for all frameworks.

They are written on the few functions that `torch` and `jax.numpy` have in common, handed to them as
`Functions`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Functions:
    """The functions in which densities are written; `axis` is always given."""

    exp: Callable[[Any], Any]
    log_sum_exp: Callable[[Any, int], Any]
    softmax: Callable[[Any, int], Any]
    stack: Callable[[list[Any], int], Any]
    constant: Callable[[np.ndarray], Any]


class GridMixture:
    """Equal Gaussians of variance 0.3 on a square grid, spacing 5."""

    dimension = 2
    variance = 0.3

    def __init__(self, side: int) -> None:
        axis = 5.0 * (np.arange(side) - (side - 1) / 2)
        grid = [coordinate.ravel() for coordinate in np.meshgrid(axis, axis)]
        self.means = np.stack(grid, axis=1).astype(np.float32)

    def log_density(self, f: Functions, x: Any) -> Any:
        """Return log rho, [n], at x, [n, 2]."""
        constant = math.log(len(self.means)) + math.log(2 * math.pi * self.variance)
        return f.log_sum_exp(self._exponents(f, x), 1) - constant

    def score(self, f: Functions, x: Any) -> Any:
        """Return the gradient of log rho, [n, 2]."""
        weights = f.softmax(self._exponents(f, x), 1)
        return (weights @ f.constant(self.means) - x) / self.variance

    def _exponents(self, f: Functions, x: Any) -> Any:
        difference = x[:, None, :] - f.constant(self.means)
        return -0.5 / self.variance * (difference * difference).sum(2)


class NineOfTwentyFive:
    """The constraint that makes a mixture of 25 Gaussians one of the nine in its middle."""

    dimension = 2
    posterior, prior = GridMixture(3), GridMixture(5)

    def log_density(self, f: Functions, x: Any) -> Any:
        """Return the log of their ratio, [n], at x, [n, 2]."""
        return self.posterior.log_density(f, x) - self.prior.log_density(f, x)


class ManyWell32:
    """Sixteen pairs, -x1^4 + 6 x1^2 + x1 / 2 - x2^2 / 2."""

    dimension = 32

    def log_density(self, f: Functions, x: Any) -> Any:
        """Return log rho, [n], at x, [n, 32]."""
        a, b = x[:, 0::2], x[:, 1::2]
        square = a * a
        return (square * (6.0 - square) + 0.5 * a - 0.5 * b * b).sum(1)

    def score(self, f: Functions, x: Any) -> Any:
        """Return the gradient of log rho, [n, 32]."""
        a, b = x[:, 0::2], x[:, 1::2]
        return f.stack([a * (12.0 - 4.0 * a * a) + 0.5, -b], 2).reshape(x.shape)


class HardFunnel:
    """x_0 ~ N(0, 9) and nine coordinates ~ N(0, exp x_0)."""

    dimension = 10

    def log_density(self, f: Functions, x: Any) -> Any:
        """Return log rho, [n], at x, [n, 10]."""
        first, rest = x[:, 0], x[:, 1:]
        constant = 5.0 * math.log(2 * math.pi) + math.log(3.0)
        widths = 4.5 * first + 0.5 * f.exp(-first) * (rest * rest).sum(1)
        return -first * first / 18.0 - widths - constant
