"""Draws: points sampled by a run, with their importance weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from tightrope import _native, metrics
from tightrope.arguments import count as checked_count
from tightrope.arguments import optional, seed
from tightrope.errors import ShapeError
from tightrope.expectation import Expectation, expectation
from tightrope.inference_data import inference_data
from tightrope.markup import escaped
from tightrope.summary import Summary, summarize
from tightrope.variables import named

if TYPE_CHECKING:
    from tightrope.density import Density


class Draws:
    """Independent points drawn by a run.

    The arrays are views of the core's memory, read-only; they stay valid as long as you hold them.

    Attributes
    ----------
    x : ndarray
        Points, float32 [n, dimension].
    log_weights : ndarray
        Importance log-weights log rho(x) + log P_B - log P_F, float64 [n], nats. With them,
        averages over the draws become averages under the density.
    log_density : ndarray
        log rho(x), float64 [n], nats.
    conditions : ndarray or None
        The number of the condition that each point goes with, int32 [n]; None for a density
        without conditions.
    checksum : str
        16 hexadecimal digits over points and log-weights: equal bits, equal checksum.
    density : Density or None
        What they are drawn from.
    """

    def __init__(self, handle: _native.Draws, density: Density | None = None) -> None:
        self.x: npt.NDArray[np.float32] = np.asarray(handle.x)
        self.log_weights: npt.NDArray[np.float64] = np.asarray(handle.log_weights)
        self.log_density: npt.NDArray[np.float64] = np.asarray(handle.log_density)
        conditions = handle.conditions
        self.conditions: npt.NDArray[np.int32] | None = (
            None if conditions is None else np.asarray(conditions)
        )
        self.checksum: str = handle.checksum
        self.density = density

    def __len__(self) -> int:
        return len(self.x)

    def __array__(
        self, dtype: npt.DTypeLike | None = None, copy: bool | None = None
    ) -> npt.NDArray[Any]:
        """Return the points: `np.asarray(draws)`."""
        if copy is False and dtype is not None and np.dtype(dtype) != self.x.dtype:
            raise ValueError("another dtype needs a copy")
        array = self.x if dtype is None else self.x.astype(dtype, copy=False)
        return array.copy() if copy else array

    @property
    def dimension(self) -> int:
        """Of the points."""
        return self.x.shape[1]

    @property
    def coordinates(self) -> list[str]:
        """A name for each coordinate."""
        if self.density is not None:
            return self.density.coordinates
        return [f"x{index}" for index in range(self.dimension)]

    @property
    def weights(self) -> npt.NDArray[np.float64]:
        """Importance weights that sum to 1, float64 [n]."""
        raw = np.exp(self.log_weights - self.log_weights.max())
        return raw / raw.sum()

    @property
    def effective_sample_size(self) -> float:
        """How many exact samples the weighted draws are worth (Kish)."""
        return metrics.effective_sample_size(self.log_weights)

    def variables(self) -> dict[str, npt.NDArray[Any]]:
        """Return the variables that the points stand for, [n, ...] each.

        Those of a model, as it names them, or the points as "x".
        """
        return {"x": self.x} if self.density is None else self.density.constrain(self.x)

    def columns(self) -> dict[str, npt.NDArray[Any]]:
        """Return every number of the variables by its name, [n] each, such as "theta[3]"."""
        return named(self.variables(), self.coordinates)

    def resample(self, count: int | None = None, *, seed: int = 1) -> npt.NDArray[np.float32]:
        """Return points of equal weight, chosen by the importance weights, some more than once.

        Parameters
        ----------
        count : int, optional
            How many; as many as there are unless given.
        seed : int, default 1
            Same seed, same points.

        Returns
        -------
        ndarray
            float32 [count, dimension].
        """
        return self.x[self._chosen(count, seed)]

    def _chosen(self, count: int | None, number: int) -> npt.NDArray[np.int64]:
        wanted = len(self) if count is None else checked_count(count)
        steps = (np.arange(wanted) + np.random.default_rng(seed(number)).random()) / wanted
        return np.searchsorted(np.cumsum(self.weights), steps).clip(max=len(self) - 1)

    def expect(self, function: Callable[[npt.NDArray[np.float32]], npt.ArrayLike]) -> Expectation:
        """Average a function under the density itself, by importance weights.

        Parameters
        ----------
        function : callable
            Points [n, dimension] to values [n, ...].

        Returns
        -------
        Expectation
            .value with .standard_error, .low and .high.

        Raises
        ------
        NumericalError
            If Pareto k of the weights is 0.7 or more.
        """
        return expectation(self.log_weights, function(self.x))

    def summary(self, *, weighted: bool = True) -> Summary:
        """Return mean, deviation and quantiles of every coordinate or variable.

        Parameters
        ----------
        weighted : bool, default True
            By importance weights: of the density, not of what the sampler has learned.

        Returns
        -------
        Summary
            Print it for a table; `.to_pandas()`.
        """
        columns = self.columns()
        values = np.stack(list(columns.values()), axis=1)
        return summarize(list(columns), values, self.log_weights, weighted=weighted)

    def to_pandas(self) -> Any:
        """Return a pandas DataFrame: a row for each point, with its log-weight and log rho.

        Raises
        ------
        MissingDependencyError
            If pandas is not installed.
        """
        pandas = optional("pandas", "pandas")
        table = self.columns()
        if self.conditions is not None:
            table["condition"] = self.conditions
        return pandas.DataFrame(
            {**table, "log_weight": self.log_weights, "log_density": self.log_density}
        )

    def to_arviz(self, *, resample: bool = False, seed: int = 1) -> Any:
        """Return the draws for ArviZ: one chain; `tightrope.to_arviz` takes several runs.

        Parameters
        ----------
        resample : bool, default False
            Choose points by their importance weights first, so that they have the density.
        seed : int, default 1
            Of the choice.

        Returns
        -------
        arviz.InferenceData or xarray.DataTree
            The former with ArviZ 0.x, the latter with ArviZ 1.x. The posterior has the model's
            variables, or "x"; the sample statistics are "lp" (log rho) and "log_weight", in nats.

        Raises
        ------
        MissingDependencyError
            If ArviZ is not installed.
        """
        return to_arviz([self], resample=resample, seed=seed)

    def _repr_html_(self) -> str:
        return f"<p>{escaped(repr(self))}</p>" + self.summary()._repr_html_()

    def __repr__(self) -> str:
        ess = self.effective_sample_size
        return (
            f"Draws({len(self):,} points of dimension {self.dimension}, "
            f"effective sample size {ess:,.0f}, checksum {self.checksum})"
        )


def to_arviz(draws: Draws | Sequence[Draws], *, resample: bool = False, seed: int = 1) -> Any:
    """Return draws of several runs for ArviZ, one chain each.

    Runs of different training seeds as chains: where R-hat is above 1.01, they have learned
    different things.

    Parameters
    ----------
    draws : Draws or sequence of Draws
        As many points in each, of one density.
    resample : bool, default False
        Choose points by their importance weights first, so that they have the density.
    seed : int, default 1
        Of the choice.

    Returns
    -------
    arviz.InferenceData or xarray.DataTree
        The former with ArviZ 0.x, the latter with ArviZ 1.x.

    Raises
    ------
    ShapeError
        If the draws do not match.
    MissingDependencyError
        If ArviZ is not installed.
    """
    draws = [draws] if isinstance(draws, Draws) else draws
    if not draws or len({one.x.shape for one in draws}) > 1:
        shapes = [list(one.x.shape) for one in draws]
        raise ShapeError(f"draws: expected some of one shape, got {shapes}")
    rows = [one._chosen(None, seed) if resample else slice(None) for one in draws]
    chains = [one.variables() for one in draws]
    pairs = list(zip(draws, rows, strict=True))
    statistics = {"lp": np.stack([one.log_density[row] for one, row in pairs])}
    if not resample:
        statistics["log_weight"] = np.stack([one.log_weights for one in draws])
    groups = {
        "posterior": {
            name: np.stack([chain[name][row] for chain, row in zip(chains, rows, strict=True)])
            for name in chains[0]
        },
        "sample_stats": statistics,
    }
    return inference_data(groups)
