"""Baselines: points of a density without training, by Markov chains or annealed particles.

>>> import tightrope as tr
>>> chains = tr.mcmc("gaussian", method="hmc", draws=200, warm_up=200)
>>> chains.x.shape
(4, 200, 2)
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from tightrope import _native, arguments
from tightrope.callables import Function
from tightrope.densities import as_density
from tightrope.density import Density
from tightrope.errors import NumericalError
from tightrope.evaluation import Evaluation, Figure, numbers
from tightrope.inference_data import inference_data
from tightrope.variables import named


class ChainDraws:
    """Points drawn by chains, with what they tell about how far to trust them.

    The arrays are views of the core's memory, read-only; they stay valid as long as you hold them.

    Attributes
    ----------
    x : ndarray
        Points, float32 [chains, draws, dimension].
    log_density : ndarray
        log rho(x), float64 [chains, draws], nats.
    evaluation : Evaluation
        R-hat, bulk and tail ESS and the standard error of the worst coordinate, with verdicts; log
        Z where the method estimates it. Print it for a table.
    energy_calls, gradient_calls : int
        At how many points the density and its gradient were evaluated.
    acceptance : float
        The accepted part of the proposals after warm-up.
    checksum : str
        16 hexadecimal digits over points and log-densities: equal bits, equal checksum.
    density : Density or None
        What they are drawn from.
    report : dict
        Everything but the points: the whole configuration, and `r_hat`, `bulk_ess`, `tail_ess`,
        `mean`, `standard_deviation` and `standard_error` of each coordinate.
    """

    def __init__(self, handle: _native.Draws, density: Density | None = None) -> None:
        self.density = density
        self.report: Mapping[str, Any] = numbers(json.loads(handle.report))
        shape = self.report["chains"], self.report["draws"]
        self.x: npt.NDArray[np.float32] = np.asarray(handle.x).reshape(*shape, -1)
        self.log_density: npt.NDArray[np.float64] = np.asarray(handle.log_density).reshape(shape)
        self.checksum: str = handle.checksum
        self.evaluation = Evaluation(self.report)
        self.energy_calls: int = self.report["energy_calls"]
        self.gradient_calls: int = self.report["gradient_calls"]
        self.acceptance: float = self.report["acceptance"]

    def __len__(self) -> int:
        return self.log_density.size

    @property
    def dimension(self) -> int:
        """Of the points."""
        return self.x.shape[2]

    @property
    def method(self) -> str:
        """How they were drawn."""
        return self.report["config"]["method"]

    @property
    def points(self) -> npt.NDArray[np.float32]:
        """All points, float32 [chains * draws, dimension]."""
        return self.x.reshape(-1, self.dimension)

    def variables(self) -> dict[str, npt.NDArray[Any]]:
        """Return the variables that `points` stand for, [chains * draws, ...] each.

        Those of a model, as it names them, or the points as "x".
        """
        return {"x": self.points} if self.density is None else self.density.constrain(self.points)

    def columns(self) -> dict[str, npt.NDArray[Any]]:
        """Return every number of the variables by its name, such as "theta[3]"."""
        plain = [f"x{index}" for index in range(self.dimension)]
        return named(self.variables(), plain if self.density is None else self.density.coordinates)

    @property
    def log_normalizer(self) -> Figure | None:
        """The estimate of log Z with its interval, of "ais" and "smc"."""
        return self.evaluation.get("log-normalizer")

    def to_arviz(self) -> Any:
        """Return the draws for ArviZ: the variables, and log rho as the sample statistic "lp".

        Returns
        -------
        arviz.InferenceData or xarray.DataTree
            The former with ArviZ 0.x, the latter with ArviZ 1.x.

        Raises
        ------
        MissingDependencyError
            If ArviZ is not installed.
        """
        shape = self.log_density.shape
        posterior = {
            name: values.reshape(*shape, *values.shape[1:])
            for name, values in self.variables().items()
        }
        return inference_data({"posterior": posterior, "sample_stats": {"lp": self.log_density}})

    def __repr__(self) -> str:
        chains, draws, dimension = self.x.shape
        return (
            f"ChainDraws({self.method}, {chains} chains of {draws:,} draws of dimension "
            f"{dimension}, verdict '{self.evaluation.verdict}', checksum {self.checksum})"
        )


def mcmc(
    density: Density | str | Function,
    *,
    method: str | None = None,
    chains: int | None = None,
    draws: int | None = None,
    warm_up: int | None = None,
    energy_calls: int | None = None,
    seed: int | None = None,
    dimension: int | None = None,
    **settings: Any,
) -> ChainDraws:
    """Draw points from a density without training: the baseline to compare a run with.

    Step sizes, widths of coordinates and temperatures are learned in the warm-up only. Same
    settings and seed, same bits, for any number of threads and any processor.

    Parameters
    ----------
    density : Density, str or callable
        What to sample from: a density, the name of a built-in one, or a function of a float32
        batch [n, dimension] to log rho [n] in nats, together with `dimension`.
    method : str, optional
        "hmc", "mala", "random-walk", "stretch", "parallel-tempering", "smc" or "ais"; "hmc" where
        the density has a score and "random-walk" elsewhere unless given.
    chains : int, optional
        Independent chains, or repeats of "smc" and "ais"; 4 unless given.
    draws : int, optional
        Kept draws of each chain, or particles of each repeat; 1,000 unless given.
    warm_up : int, optional
        Steps before the first draw; 1,000 unless given.
    energy_calls : int, optional
        Evaluations of log rho to spend in all, shared out between warm-up and draws as these
        are: for comparisons at equal cost, such as with `run.describe()["energy_calls"]`.
    seed : int, optional
        0 unless given.
    dimension : int, optional
        Of the points; needed when `density` is a plain function.
    **settings
        Further settings of all methods: `thin`, the steps from one kept draw to the next, and
        `start_deviation`, of the Gaussian around the origin that chains set out from, and
        `condition`, the number of the one to draw from where the density has conditions; and of
        the method: `tightrope describe hmc` shows them.

    Returns
    -------
    ChainDraws
        .x [chains, draws, dimension], .evaluation with verdicts, .energy_calls.

    Raises
    ------
    ConfigError
        If a key is unknown or a value does not fit, or the method needs a score and there is none.
    NumericalError
        If the density is not finite where a chain is to start.

    Examples
    --------
    >>> mcmc("funnel", method="hmc", draws=100, warm_up=100, seed=1).x.shape
    (4, 100, 10)
    """
    opened = as_density(density, dimension)
    options = {
        "method": method,
        "chains": chains,
        "draws": draws,
        "warm_up": warm_up,
        "energy_calls": energy_calls,
        "seed": None if seed is None else arguments.seed(seed),
    }
    given = {key: value for key, value in options.items() if value is not None}
    try:
        handle = opened._handle.mcmc(arguments.json_text({**settings, **given}))
    except NumericalError as error:
        opened._explain(error)
        raise
    return ChainDraws(handle, opened)
