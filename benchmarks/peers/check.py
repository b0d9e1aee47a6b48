"""Checks that all variants of a row have the same loss and gradient on the same inputs."""

from __future__ import annotations

import importlib.util

import numpy as np

from peers.__main__ import VARIANTS, iteration
from peers.definitions import ROWS, Arrays, PathRow

TOLERANCE = 1e-4
# A parameter whose gradient is much smaller than the whole is compared with this part of the whole.
FLOOR = 1e-3


def difference(gradient: Arrays, reference: Arrays) -> float:
    """Return the largest relative difference of a parameter's gradient, by Euclidean norms."""
    whole = np.sqrt(sum(float(np.square(g, dtype=np.float64).sum()) for g in reference.values()))
    return max(
        float(np.linalg.norm(gradient[name] - value))
        / (float(np.linalg.norm(value)) + FLOOR * whole)
        for name, value in reference.items()
    )


def variants_of(name: str) -> list[str]:
    """List the variants of a row that can run here."""
    found = [v for v in VARIANTS if importlib.util.find_spec(v.partition("-")[0])]
    if not isinstance(ROWS[name], PathRow):
        found = [v for v in found if v != "jax-published"]
    return found


def check(names: list[str], threads: int) -> int:
    """Print the differences from the first variant; return 1 if one is too large, else 0."""
    failed = False
    for name in names:
        reference = None
        for variant in variants_of(name):
            loss, gradient = iteration(name, variant, threads).loss_and_gradient()
            reference = reference or (loss, gradient)
            in_loss = abs(loss - reference[0]) / abs(reference[0])
            in_gradient = difference(gradient, reference[1])
            wrong = not max(in_loss, in_gradient) < TOLERANCE
            failed |= wrong
            print(
                f"{name:26} {variant:16} loss {loss:<14.7g} differs by {in_loss:.1e},"
                f" gradient by {in_gradient:.1e}{'  WRONG' if wrong else ''}",
                flush=True,
            )
    return int(failed)
