"""Fit the polynomials of the vector mathematics (Sources/KernelsPortable) and print them.

Each fit is minimax with single-precision coefficients, found in two steps:

1. Lawson's iteration: weighted least squares on Chebyshev points, the weights multiplied by the
   error until the error is level. The basis and the error's scale belong to the caller.
2. Rounding one coefficient at a time, most influential first, each time refitting the others so
   that they absorb what the rounding did.

The one rational function (the tail of the normal distribution) is linearised: the denominator of
the previous round weighs the current one. It is rounded first, then the numerator is fitted anew.

    pip install mpmath numpy && python python/tools/fit_polynomials.py
"""

from collections.abc import Callable

import mpmath as mp
import numpy as np

mp.mp.dps, Array = 40, np.ndarray


def chebyshev_points(low: float, high: float, count: int = 1500) -> Array:
    """Return points that crowd toward both ends of an interval and avoid the ends themselves."""
    angles = (np.arange(count) + 0.5) * np.pi / count
    return (low + high) / 2 + (high - low) / 2 * np.cos(angles)


def minimax(basis: Array, values: Array, scale: Array, rounds: int = 120) -> Array:
    """Return c minimising max |scale (basis c - values)|; basis is [points, coefficients]."""
    weights = np.ones(len(values)) / len(values)
    best, best_error = np.zeros(basis.shape[1]), np.inf
    size = np.abs(basis * scale[:, None]).max(axis=0)
    for _ in range(rounds):
        factor = np.sqrt(weights) * scale
        scaled = basis / size * factor[:, None]
        solution = np.linalg.lstsq(scaled, values * factor, rcond=None)[0] / size
        error = np.abs(scale * (basis @ solution - values))
        if error.max() < best_error:
            best, best_error = solution, error.max()
        weights *= error / error.max() + 1e-3
        weights /= weights.sum()
    return best


def rounded_minimax(basis: Array, values: Array, scale: Array) -> Array:
    """Return the minimax coefficients as single-precision numbers."""
    coefficients = np.zeros(basis.shape[1])
    free = list(range(basis.shape[1]))
    remainder = values.copy()
    while free:
        solution = minimax(basis[:, free], remainder, scale)
        chosen = int(np.argmax(np.abs(basis[:, free] * scale[:, None] * solution).max(axis=0)))
        column = free.pop(chosen)
        coefficients[column] = np.float32(solution[chosen])
        remainder = remainder - basis[:, column] * coefficients[column]
    return coefficients


def report(name: str, coefficients: Array, error: Array) -> None:
    """Print coefficients, lowest power first, and the largest scaled error in units of 2^-24."""
    print(f"{name}: error {np.abs(error).max() * 2**24:.3f} / 2^24")
    for value in coefficients:
        print(f"  {float(value)!r:>26}  {float(value).hex()}")


def fit(
    name: str,
    low: float,
    high: float,
    powers: list[int],
    function: Callable[[mp.mpf], mp.mpf],
    scale: Callable[[mp.mpf], mp.mpf],
) -> None:
    """Fit function by the given powers of its argument, the error multiplied by scale."""
    points = chebyshev_points(low, high)
    values = np.array([float(function(mp.mpf(x))) for x in points])
    scales = np.array([float(scale(mp.mpf(x))) for x in points])
    basis = np.stack([points**power for power in powers], axis=1)
    coefficients = rounded_minimax(basis, values, scales)
    report(name, coefficients, scales * (basis @ coefficients - values))


def fit_normal_tail(high: float, numerator: int, denominator: int) -> None:
    """Fit Phi(-a) exp(a^2 / 2) on [0, high] by P(a) / Q(a), P(0) = 1/2 and Q(0) = 1, relatively."""
    points = chebyshev_points(0, 1, 3000) ** 2 * high
    root = mp.sqrt(2)
    tail = np.array([float(mp.erfc(a / root) * mp.exp(mp.mpf(a) ** 2 / 2) / 2) for a in points])
    top = np.stack([points**k for k in range(1, numerator + 1)], axis=1)
    bottom = np.stack([points**k for k in range(1, denominator + 1)], axis=1)
    previous = (1 + points / 2) ** denominator
    for _ in range(60):  # P - R (Q - 1) = R - 1/2, each equation divided by the last round's Q
        joint = np.concatenate([top, -tail[:, None] * bottom], axis=1)
        solution = minimax(joint, tail - 0.5, 1 / (tail * previous), rounds=60)
        previous = 1 + bottom @ solution[numerator:]
    below = solution[numerator:].astype(np.float32).astype(np.float64)
    quotient = 1 + bottom @ below
    above = rounded_minimax(top, tail * quotient - 0.5, 1 / (tail * quotient))
    error = (0.5 + top @ above) / quotient / tail - 1
    report("normal tail, numerator", np.concatenate([[0.5], above]), error)
    report("normal tail, denominator", np.concatenate([[1.0], below]), error)


def main() -> None:
    """Fit and print every polynomial."""
    fit(
        "exponential: (e^r - 1 - r) / r^2",
        -0.347,
        0.347,
        [0, 1, 2, 3, 4],
        lambda r: (mp.expm1(r) - r) / r**2,
        lambda r: r**2 / mp.exp(r),
    )
    fit(
        "logarithm: (log(1+f) - f + f^2/2) / f^3",
        -1 / 3,
        1 / 3,
        list(range(8)),
        lambda f: (mp.log1p(f) - f + f**2 / 2) / f**3,
        lambda f: f**3 / mp.log1p(f),
    )
    fit(
        "hyperbolic tangent, centre: (tanh a - a) / a^3 in a",
        0,
        0.63,
        [0, 2, 4, 6, 8],
        lambda a: (mp.tanh(a) - a) / a**3,
        lambda a: a**3 / mp.tanh(a),
    )
    fit(
        "sine: (sin r - r) / r^3 in r",
        -0.79,
        0.79,
        [0, 2, 4],
        lambda r: (mp.sin(r) - r) / r**3,
        lambda r: r**3 / mp.sin(r),
    )
    fit(
        "cosine: (cos r - 1 + r^2/2) / r^4 in r",
        -0.79,
        0.79,
        [0, 2, 4],
        lambda r: (mp.cos(r) - 1 + r**2 / 2) / r**4,
        lambda r: r**4 / mp.cos(r),
    )
    fit(
        "error function, centre: (erf a - a) / a in a",
        0,
        0.95,
        [0, 2, 4, 6, 8, 10, 12],
        lambda a: mp.erf(a) / a - 1,
        lambda a: a / mp.erf(a),
    )
    fit(
        "error function, tail: log erfc a",
        0.9,
        4,
        list(range(7)),
        lambda a: mp.log(mp.erfc(a)),
        lambda a: mp.erfc(a) / mp.erf(a),
    )
    fit_normal_tail(15, 4, 5)


if __name__ == "__main__":
    main()
