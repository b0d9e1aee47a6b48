"""The density: what to sample from, known by its logarithm up to a constant."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import numpy.typing as npt

from tightrope import _native, arguments, differentiation
from tightrope.callables import BatchFunction, Function, title
from tightrope.errors import ConfigError, NumericalError


class Density:
    """An unnormalised density, known by its logarithm.

    Parameters
    ----------
    log_density : callable
        Takes points, a float32 array [n, dimension], and returns log rho at each, [n], in nats and
        up to a constant. Any real dtype will do (it is cast to float32). The array is a copy: the
        callable may keep or change it. It is called from threads of the core, one call at a time;
        an exception that it raises stops the run and arrives as itself.
    score : callable, optional
        The gradient of log rho at each point, [n, dimension] to [n, dimension]. Without it, the
        density trains with every method that needs no gradient.
    dimension : int
        Of the points.
    name : str, optional
        For messages and tables; the callable's own name if not given.

    Raises
    ------
    ConfigError
        If an argument is not callable, or the dimension is below 1.

    Examples
    --------
    >>> import numpy as np, tightrope as tr
    >>> density = tr.Density(lambda x: -0.5 * np.sum(x**2, axis=1), dimension=3)
    >>> density.log_density(np.ones((2, 3)))
    array([-1.5, -1.5], dtype=float32)
    """

    def __init__(
        self,
        log_density: Function,
        score: Function | None = None,
        *,
        dimension: int,
        name: str | None = None,
    ) -> None:
        for role, function in (("log_density", log_density), ("score", score)):
            if not callable(function) and (function is not None or role == "log_density"):
                raise ConfigError(f"{role}: expected a callable, got {function!r}")
        size = arguments.count(dimension, "dimension")
        self._set(BatchFunction(log_density, score, size), score is not None, name)

    def _set(self, function: BatchFunction, has_score: bool, name: str | None) -> None:
        self._handle = _native.density_from_callback(function.dimension, function, has_score)
        self.name = name or title(function.log_density)

    @classmethod
    def _from_function(cls, function: BatchFunction, name: str | None) -> Density:
        density = cls.__new__(cls)
        density._set(function, True, name)
        return density

    @classmethod
    def from_jax(cls, function: Any, dimension: int, *, name: str | None = None) -> Density:
        """Make a density of a JAX function of one point; JAX batches, compiles, differentiates.

        Parameters
        ----------
        function : callable
            One point [dimension] to log rho, a scalar, in nats.
        dimension : int
            Of the points.
        name : str, optional
            For messages and tables.

        Returns
        -------
        Density
            With a score.

        Raises
        ------
        MissingDependencyError
            If JAX is not installed.
        """
        size = arguments.count(dimension, "dimension")
        return cls._from_function(differentiation.from_jax(function, size), name)

    @classmethod
    def from_torch(cls, function: Any, dimension: int, *, name: str | None = None) -> Density:
        """Make a density of a PyTorch function of a batch; PyTorch differentiates.

        Parameters
        ----------
        function : callable
            A float32 tensor [n, dimension] to log rho, a tensor [n], in nats. Row i of the result
            may depend on row i of the points only.
        dimension : int
            Of the points.
        name : str, optional
            For messages and tables.

        Returns
        -------
        Density
            With a score.

        Raises
        ------
        MissingDependencyError
            If PyTorch is not installed.
        """
        size = arguments.count(dimension, "dimension")
        return cls._from_function(differentiation.from_torch(function, size), name)

    @property
    def dimension(self) -> int:
        """Of the points."""
        return self._handle.dimension

    @property
    def log_normalizer(self) -> float | None:
        """The logarithm of the integral of rho, in nats, where it is known."""
        return self.describe().get("log_normalizer")

    def describe(self) -> dict[str, Any]:
        """Return the catalogue's entry: summary, configuration, abilities, references."""
        return json.loads(self._handle.describe())

    def log_density(self, x: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """Evaluate log rho.

        Parameters
        ----------
        x : array_like
            Points [n, dimension]. C-contiguous float32 is borrowed, all else is copied once.

        Returns
        -------
        ndarray
            float32 [n], nats.

        Raises
        ------
        ShapeError, DtypeError
            If x is no batch of points of this dimension.
        """
        batch = arguments.points(x, self.dimension)
        out = np.empty(len(batch), dtype=np.float32)
        self._handle.log_density(out, batch)
        return out

    def score(self, x: npt.ArrayLike) -> npt.NDArray[np.float32]:
        """Evaluate the gradient of log rho.

        Parameters
        ----------
        x : array_like
            Points [n, dimension]. C-contiguous float32 is borrowed, all else is copied once.

        Returns
        -------
        ndarray
            float32 [n, dimension].

        Raises
        ------
        TightropeError
            If the density has no score.
        ShapeError, DtypeError
            If x is no batch of points of this dimension.
        """
        batch = arguments.points(x, self.dimension)
        out = np.empty_like(batch)
        self._handle.score(out, batch)
        return out

    def sample(self, count: int, *, seed: int = 1) -> npt.NDArray[np.float32]:
        """Draw exact samples, where the density has them.

        Parameters
        ----------
        count : int
            How many.
        seed : int, default 1
            Same seed, same bits.

        Returns
        -------
        ndarray
            float32 [count, dimension].

        Raises
        ------
        TightropeError
            If the density has no exact samples.
        """
        out = np.empty((arguments.count(count), self.dimension), dtype=np.float32)
        self._handle.sample(out, arguments.seed(seed))
        return out

    def _explain(self, error: NumericalError) -> None:
        """Say whose values the numbers of an error are."""
        error.add_note(f"the density is the Python callable '{self.name}'")

    def __repr__(self) -> str:
        return f"Density('{self.name}', dimension={self.dimension})"
