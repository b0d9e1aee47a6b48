"""The density: what to sample from, known by its logarithm up to a constant."""

from __future__ import annotations

import json
import os
from typing import Any

import numpy as np
import numpy.typing as npt

from tightrope import _native, arguments, differentiation, foreign, numpyro_model
from tightrope.callables import BatchFunction, Function, JointFunction, PairFunction, title
from tightrope.errors import ConfigError, NumericalError, ShapeError
from tightrope.limits import Limits, Usage


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
    limits : Limits, optional
        How the callable may be used: batch size, number of evaluations, memory, time, failures.

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
        limits: Limits | None = None,
    ) -> None:
        _require_callables(log_density, score)
        size = arguments.count(dimension, "dimension")
        self._set(BatchFunction(log_density, score, size, limits), score is not None, name)
        self._recipe = (Density, (log_density, score), {"dimension": size, "limits": limits})

    _function: BatchFunction | None = None
    _limits: Limits | None = None
    """Those that the core keeps to, for a C function."""

    _recipe: tuple[Any, tuple[Any, ...], dict[str, Any]] | None = None

    def _set(self, function: BatchFunction, has_score: bool, name: str | None) -> None:
        self._function = function
        self._handle = _native.density_from_callback(function.dimension, function, has_score)
        self.name = name or title(function.log_density)

    @classmethod
    def _from_function(cls, function: BatchFunction, name: str | None) -> Density:
        density = cls.__new__(cls)
        density._set(function, True, name)
        return density

    def __reduce__(self) -> Any:
        """Say how another process makes this density."""
        if self._recipe is None:
            raise TypeError(f"{self!r} cannot go to another process")
        maker, given, named = self._recipe
        return _remade, (maker, given, named, self.name)

    @classmethod
    def from_value_and_score(
        cls,
        function: JointFunction,
        dimension: int,
        *,
        name: str | None = None,
        limits: Limits | None = None,
    ) -> Density:
        """Make a density of a callable that gives value and score in one call.

        Parameters
        ----------
        function : callable
            Points, float32 [n, dimension], to the pair (log rho [n] in nats, its gradient
            [n, dimension]). It is called for values alone too.
        dimension : int
            Of the points.
        name : str, optional
            For messages and tables; the callable's own name if not given.
        limits : Limits, optional
            How the callable may be used: batch size, number of evaluations, memory, time, failures.

        Returns
        -------
        Density
            With a score.

        Raises
        ------
        ConfigError
            If the function is not callable, or the dimension is below 1.

        Examples
        --------
        >>> import numpy as np, tightrope as tr
        >>> def normal(x):
        ...     return -0.5 * np.sum(x**2, axis=1), -x
        >>> tr.Density.from_value_and_score(normal, 3).score(np.ones((1, 3)))
        array([[-1., -1., -1.]], dtype=float32)
        """
        _require_callables(function, None)
        size = arguments.count(dimension, "dimension")
        density = cls._from_function(PairFunction(function, size, limits), name)
        density._recipe = (cls.from_value_and_score, (function, size), {"limits": limits})
        return density

    @classmethod
    def from_jax(
        cls,
        function: Any,
        dimension: int,
        *,
        name: str | None = None,
        limits: Limits | None = None,
    ) -> Density:
        """Make a density of a JAX function of one point; JAX batches, compiles, differentiates.

        Parameters
        ----------
        function : callable
            One point [dimension] to log rho, a scalar, in nats.
        dimension : int
            Of the points.
        name : str, optional
            For messages and tables.
        limits : Limits, optional
            How the callable may be used: batch size, number of evaluations, memory, time, failures.

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
        density = cls._from_function(differentiation.from_jax(function, size, limits), name)
        density._recipe = (cls.from_jax, (function, size), {"limits": limits})
        return density

    @classmethod
    def from_torch(
        cls,
        function: Any,
        dimension: int,
        *,
        name: str | None = None,
        limits: Limits | None = None,
    ) -> Density:
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
        limits : Limits, optional
            How the callable may be used: batch size, number of evaluations, memory, time, failures.

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
        density = cls._from_function(differentiation.from_torch(function, size, limits), name)
        density._recipe = (cls.from_torch, (function, size), {"limits": limits})
        return density

    @classmethod
    def from_numpyro(
        cls,
        model: Any,
        *args: Any,
        name: str | None = None,
        limits: Limits | None = None,
        **kwargs: Any,
    ) -> Density:
        """Make a density of the posterior of a NumPyro model.

        Its points are the latent variables, each taken to the whole real line and laid end to end
        in the order of their names; the volume that this changes is accounted for. `constrain`
        takes points back to the variables.

        Parameters
        ----------
        model : callable
            The model, without discrete latent variables.
        *args, **kwargs
            Of the model: its data.
        name : str, optional
            For messages and tables.
        limits : Limits, optional
            How the model may be used.

        Returns
        -------
        Density
            With a score, `coordinates` and `constrain`.

        Raises
        ------
        MissingDependencyError
            If JAX or NumPyro is not installed.
        ConfigError
            If the model has no latent variables, or discrete ones.
        """
        opened = numpyro_model.Model(model, args, kwargs, limits)
        density = cls._from_function(opened.function, name or title(model))
        density._model = opened
        density._recipe = (cls.from_numpyro, (model, *args), {"limits": limits, **kwargs})
        return density

    _model: numpyro_model.Model | None = None

    @classmethod
    def from_address(
        cls,
        function: Any,
        dimension: int,
        *,
        has_score: bool = False,
        payload: int = 0,
        concurrent: bool = True,
        name: str | None = None,
        limits: Limits | None = None,
    ) -> Density:
        """Make a density of a C function, which is called without Python.

        Parameters
        ----------
        function : int, ctypes or cffi function, or numba.cfunc
            Of type `int32_t (const float *x, size_t count, float *log_density, float *score,
            void *payload)`: it writes log rho of `count` points x [count, dimension] in nats to
            `log_density` [count] and, where `score` is not null, the gradient to `score`
            [count, dimension]; it returns 0, or a number that ends the run. Nothing is checked:
            a function of another type ends the process. What is given is kept alive; for a mere
            address that is yours to do.
        dimension : int
            Of the points.
        has_score : bool, default False
            Whether it fills `score`.
        payload : int, default 0
            The address that is passed to it.
        concurrent : bool, default True
            Whether threads call it at the same time, each with points of its own. It must then
            keep no state, and what it says of a point must not depend on the others.
        name : str, optional
            For messages and tables.
        limits : Limits, optional
            How the function may be used. The core itself keeps to them, without Python.

        Returns
        -------
        Density
            With a score if it fills one.

        Raises
        ------
        ConfigError
            If `function` has no address.
        """
        size = arguments.count(dimension, "dimension")
        density = cls.__new__(cls)
        density._handle = foreign.density_handle(
            function, size, payload, has_score, concurrent, limits
        )
        density.name = name or foreign.name_of(function)
        density._limits = limits
        return density

    @classmethod
    def from_numba(
        cls,
        function: Any,
        dimension: int,
        *,
        score: Any = None,
        name: str | None = None,
        limits: Limits | None = None,
    ) -> Density:
        """Make a density of a function of one point that Numba compiles; all threads call it.

        Parameters
        ----------
        function : callable
            One point, float32 [dimension], to log rho in nats; what Numba's nopython mode takes.
        dimension : int
            Of the points.
        score : callable, optional
            (point, out): writes the gradient at a point to `out`, float32 [dimension].
        name : str, optional
            For messages and tables.
        limits : Limits, optional
            How the function may be used.

        Returns
        -------
        Density
            With a score if there is one.

        Raises
        ------
        MissingDependencyError
            If Numba is not installed.
        """
        size = arguments.count(dimension, "dimension")
        compiled = foreign.compiled(function, score, size)
        density = cls.from_address(
            compiled,
            size,
            has_score=score is not None,
            name=name or title(function),
            limits=limits,
        )
        density._recipe = (cls.from_numba, (function, size), {"score": score, "limits": limits})
        return density

    @property
    def dimension(self) -> int:
        """Of the points."""
        return self._handle.dimension

    @property
    def log_normalizer(self) -> float | None:
        """The logarithm of the integral of rho, in nats, where it is known."""
        return self.describe().get("log_normalizer")

    @property
    def coordinates(self) -> list[str]:
        """A name for each coordinate: "x0", "x1", ..., or those of a model's variables."""
        if self._model is not None:
            return list(self._model.coordinates)
        return [f"x{index}" for index in range(self.dimension)]

    @property
    def unconstrained_coordinates(self) -> list[str]:
        """Names for points as they are: of a model's variable, "tau, unconstrained"."""
        if self._model is None:
            return self.coordinates
        return [f"{name}, unconstrained" for name in self.coordinates]

    def constrain(self, x: npt.ArrayLike) -> dict[str, npt.NDArray[Any]]:
        """Return the variables that points stand for.

        Parameters
        ----------
        x : array_like
            Points [n, dimension].

        Returns
        -------
        dict
            Arrays [n, ...] by name: those of the model behind the density, or the points as "x". Of
            a density in other coordinates (`tightrope.densities.Affine` and its like), those of the
            density that it is made of.
        """
        batch = arguments.points(x, self.dimension)
        return {"x": batch} if self._model is None else self._model.constrain(batch)

    @property
    def usage(self) -> Usage | None:
        """What a callable was asked so far; None for one without `limits`."""
        if self._limits is not None:
            return Usage(**json.loads(self._handle.usage()))
        return None if self._function is None else self._function.usage

    def grant(self, calls: int) -> None:
        """Allow a callable to be evaluated at so many more points than its limits say.

        Raises
        ------
        ConfigError
            If the density has no limit of calls.
        """
        more = arguments.count(calls, "calls")
        if self._limits is not None:
            return self._handle.grant(more)
        limiter = None if self._function is None else self._function.limiter
        if limiter is None or limiter.budget is None:
            raise ConfigError("calls: this density has no limit of calls")
        limiter.budget += more

    @property
    def _rejects(self) -> bool:
        """Whether failures are to be left out by runs."""
        limiter = None if self._function is None else self._function.limiter
        limits = self._limits if limiter is None else limiter.limits
        return limits is not None and limits.failure == "reject"

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

    def save_model(self, path: str | os.PathLike[str]) -> None:
        """Write the trained model that the density has in it to a safetensors file.

        Codes of images have a decoder in them, likelihoods of texts a language model, and each
        process trains it again unless the setting `decoder`, or `model`, names such a file. What is
        computed with it has the same bits as without. One that waits to be asked for is trained
        first.

        Raises
        ------
        ConfigError
            If the density has no such model.
        StorageError
            If the file cannot be written; an older file of the name is then left as it was.
        """
        self._handle.save_model(path)

    def _explain(self, error: NumericalError) -> None:
        """Say whose values the numbers of an error are."""
        kind = "C function" if self._function is None else "Python callable"
        error.add_note(f"the density is the {kind} '{self.name}'")

    def __repr__(self) -> str:
        return f"Density('{self.name}', dimension={self.dimension})"


class ConditionalDensity(Density):
    """Densities rho(x | c) of many conditions c, which one sampler learns at once.

    Parameters
    ----------
    log_density : callable
        (x, c): points, float32 [n, dimension], and the features of each one's condition, float32
        [n, features], to log rho(x | c), [n], in nats and up to a constant for each condition.
    features : array_like
        Numbers that say what a condition is, one row for each: [conditions, features].
    score : callable, optional
        (x, c) to the gradient by x, [n, dimension].
    dimension : int
        Of the points.
    training : int, optional
        How many conditions, the first ones, to learn from; the others are for evaluation. All of
        them unless given.
    name : str, optional
        For messages and tables; the callable's own name if not given.
    limits : Limits, optional
        How the callable may be used.

    Raises
    ------
    ConfigError, ShapeError
        If an argument does not fit.

    Examples
    --------
    >>> import numpy as np, tightrope as tr
    >>> shift = np.linspace(-1, 1, 20).reshape(20, 1)
    >>> density = tr.ConditionalDensity(
    ...     lambda x, c: -0.5 * np.sum((x - c) ** 2, axis=1), shift, dimension=3)
    >>> density.log_density(np.zeros((2, 3)), conditions=[0, 19])
    array([-1.5, -1.5], dtype=float32)
    """

    def __init__(
        self,
        log_density: Function,
        features: npt.ArrayLike,
        score: Function | None = None,
        *,
        dimension: int,
        training: int | None = None,
        name: str | None = None,
        limits: Limits | None = None,
    ) -> None:
        _require_callables(log_density, score)
        size = arguments.count(dimension, "dimension")
        table = arguments.real_array(features, np.float32, "features").copy()
        if table.ndim != 2 or not table.size:
            raise ShapeError(f"features: expected [conditions, features], got {list(table.shape)}")
        learned = arguments.whole_number(
            len(table) if training is None else training, "training", 1, len(table)
        )
        self._function = BatchFunction(log_density, score, size, limits, table)
        self._handle = _native.density_from_conditional(
            size, self._function, score is not None, table, learned
        )
        self.name = name or title(log_density)
        self.features = table
        self._recipe = (
            ConditionalDensity,
            (log_density, table, score),
            {"dimension": size, "training": learned, "limits": limits},
        )

    def log_density(
        self, x: npt.ArrayLike, conditions: npt.ArrayLike = 0
    ) -> npt.NDArray[np.float32]:
        """Evaluate log rho(x | c).

        Parameters
        ----------
        x : array_like
            Points [n, dimension].
        conditions : array_like of int, default 0
            The number of each point's condition, [n], or one for all.

        Returns
        -------
        ndarray
            float32 [n], nats.

        Raises
        ------
        ShapeError, DtypeError
            If x is no batch of points of this dimension, or there is no such condition.
        """
        batch = arguments.points(x, self.dimension)
        out = np.empty(len(batch), dtype=np.float32)
        self._handle.evaluate(out, None, batch, _numbers(conditions, len(batch)))
        return out

    def score(self, x: npt.ArrayLike, conditions: npt.ArrayLike = 0) -> npt.NDArray[np.float32]:
        """Evaluate the gradient of log rho(x | c) by x; see `log_density`."""
        batch = arguments.points(x, self.dimension)
        out, values = np.empty_like(batch), np.empty(len(batch), dtype=np.float32)
        self._handle.evaluate(values, out, batch, _numbers(conditions, len(batch)))
        return out


def _numbers(conditions: npt.ArrayLike, count: int) -> npt.NDArray[np.int32]:
    array = np.asarray(conditions)
    if array.dtype.kind not in "iu" or array.shape not in ((), (count,)):
        raise ShapeError(
            f"conditions: expected a whole number, or {count} of them, got {conditions!r}"
        )
    return np.ascontiguousarray(np.broadcast_to(array, count), dtype=np.int32)


def _require_callables(log_density: object, score: object) -> None:
    for role, function in (("log_density", log_density), ("score", score)):
        if not callable(function) and (function is not None or role == "log_density"):
            raise ConfigError(f"{role}: expected a callable, got {function!r}")


def _remade(maker: Any, given: tuple[Any, ...], named: dict[str, Any], name: str) -> Density:
    """Make a density in another process."""
    density = maker(*given, **named)
    density.name = name
    return density
