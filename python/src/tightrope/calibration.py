"""Calibration: are posteriors what they claim to be, by simulation from the prior.

>>> import numpy as np, tightrope as tr
>>> random = np.random.default_rng(0)
>>> truths = random.normal(size=(100, 1))
>>> data = truths + random.normal(size=(100, 1))
>>> draws = data[:, None] / 2 + np.sqrt(0.5) * random.normal(size=(100, 63, 1))
>>> tr.calibration.check(truths, draws).verdict
'ok'
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tightrope.errors import ShapeError
from tightrope.evaluation import number, table
from tightrope.functions import Array, call, vector


@dataclass(frozen=True)
class Check:
    """Whether ranks are uniform, as they are under the true posterior.

    Attributes
    ----------
    name : str
        What was ranked.
    probability : float
        That uniform ranks look as unusual as these, times the number of checks made together.
    verdict : str
        "ok" from 0.05 on, "warn" from 0.005 on, "fail" below.
    ranks : ndarray
        [s], from 0 to the number of draws.
    curve, lower, upper : ndarray
        Share of ranks below k = 1 ... l, and the band that all of a uniform curve is in with
        probability 95%.
    coverage : dict
        Of the central intervals that should hold 50, 80 and 95% of truths: the share that do.
    """

    name: str
    probability: float
    verdict: str
    ranks: Array
    curve: Array
    lower: Array
    upper: Array
    coverage: dict[float, float]


class Calibration:
    """Checks of a posterior; printing it shows the table.

    Attributes
    ----------
    checks : list of Check
        One for each coordinate, one for distances, one for densities where given.
    """

    def __init__(self, checks: Sequence[Check]) -> None:
        self.checks = list(checks)

    @property
    def verdict(self) -> str:
        """The worst of all."""
        verdicts = {check.verdict for check in self.checks}
        return next((worst for worst in ("fail", "warn") if worst in verdicts), "ok")

    def __getitem__(self, name: str) -> Check:
        return next(check for check in self.checks if check.name == name)

    def __str__(self) -> str:
        levels = list(self.checks[0].coverage)
        header = ["ranks of", "value", *(f"{level:.0%} hold" for level in levels), "verdict"]
        rows = [
            [
                check.name,
                number(check.probability),
                *(f"{check.coverage[level]:.1%}" for level in levels),
                check.verdict,
            ]
            for check in self.checks
        ]
        return table([header, *rows])

    def __repr__(self) -> str:
        return f"Calibration({len(self.checks)} checks, verdict '{self.verdict}')\n{self}"


def ranks(truths: npt.ArrayLike, draws: npt.ArrayLike) -> Array:
    """Return how many draws are below each truth, coordinate by coordinate.

    Parameters
    ----------
    truths : array_like
        [s, d]: parameters from the prior.
    draws : array_like
        [s, l, d]: for the data of each, draws from what is claimed to be the posterior.

    Returns
    -------
    ndarray
        [s, d]; uniform on 0 ... l under the true posterior.

    Raises
    ------
    ShapeError
        If the arrays do not go together.
    """
    given = vector(truths, "truths"), vector(draws, "draws")
    (result,) = call("calibration.ranks", given, (given[0].shape,))
    return result


def distance_ranks(truths: npt.ArrayLike, draws: npt.ArrayLike, *, seed: int = 0) -> Array:
    """Return how many draws are nearer than the truth to a random point (TARP).

    Parameters
    ----------
    truths : array_like
        [s, d]; the points are other truths.
    draws : array_like
        [s, l, d].
    seed : int, default 0
        Chooses the points.

    Returns
    -------
    ndarray
        [s]; uniform on 0 ... l under the true posterior.
    """
    given = vector(truths, "truths"), vector(draws, "draws")
    (result,) = call("calibration.distance-ranks", given, (given[0].shape[:1],), seed=seed)
    return result


def uniformity(ranks: npt.ArrayLike, draws: int) -> tuple[float, Array, Array, Array]:
    """Judge whether ranks are uniform on 0 ... draws.

    Parameters
    ----------
    ranks : array_like
        [s].
    draws : int
        Among how many draws.

    Returns
    -------
    tuple
        The probability that uniform ranks look as unusual; the share of ranks below 1 ... draws;
        and the lower and upper end of the band that all of a uniform curve is in with probability
        95% (Saeilynoja, Buerkner and Vehtari 2022).
    """
    shapes = (), (draws,), (draws,), (draws,)
    results = call("calibration.uniformity", (vector(ranks, "ranks"),), shapes)
    return float(results[0]), results[1], results[2], results[3]


def check(
    truths: npt.ArrayLike,
    draws: npt.ArrayLike,
    *,
    log_densities: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
    names: Sequence[str] | None = None,
    seed: int = 0,
) -> Calibration:
    """Check posteriors by simulation: draws for data from known truths.

    Draws of one posterior should be nearly independent: thin chains. Where a posterior is too
    narrow, truths are among the outermost ranks too often; where it is biased, ranks pile up on
    one side.

    Parameters
    ----------
    truths : array_like
        [s, d]: parameters from the prior.
    draws : array_like
        [s, l, d]: for the data of each, draws from what is claimed to be the posterior.
    log_densities : pair of array_like, optional
        Of the truths [s] and the draws [s, l] under the claimed posterior: checks regions of
        highest density.
    names : sequence of str, optional
        Of the coordinates.
    seed : int, default 0
        Of the points that distances are taken to.

    Returns
    -------
    Calibration
        Print it for a table; `.verdict` is the worst of all.

    Raises
    ------
    ShapeError
        If the arrays do not go together.
    """
    marginal = ranks(truths, draws)
    count = np.shape(draws)[1]
    titles = names or [f"x{j}" for j in range(marginal.shape[1])]
    columns = list(zip(titles, marginal.T, strict=True))
    if marginal.shape[1] > 1:
        columns.append(("distance", distance_ranks(truths, draws, seed=seed)))
    if log_densities is not None:
        own, others = (np.asarray(values, dtype=np.float64) for values in log_densities)
        if own.shape != (len(marginal),) or others.shape != (len(marginal), count):
            raise ShapeError(
                f"log_densities: expected shapes [{len(marginal)}] and [{len(marginal)}, {count}], "
                f"got {list(own.shape)} and {list(others.shape)}"
            )
        columns.append(("density", ranks(-own[:, None], -others[..., None])[:, 0]))
    return Calibration([_judged(name, column, count, len(columns)) for name, column in columns])


def _judged(name: str, column: Array, draws: int, tests: int) -> Check:
    """Return the check of one column of ranks, one of so many."""
    probability, curve, lower, upper = uniformity(column, draws)
    probability = min(1.0, probability * tests)
    verdict = "ok" if probability >= 0.05 else "warn" if probability >= 0.005 else "fail"
    level = (column + 0.5) / (draws + 1)
    # The levels of density and distance are those of one-sided regions, all others of central ones.
    inside = level if name in ("density", "distance") else np.abs(2 * level - 1)
    coverage = {share: float(np.mean(inside <= share)) for share in (0.5, 0.8, 0.95)}
    return Check(name, probability, verdict, column, curve, lower, upper, coverage)
