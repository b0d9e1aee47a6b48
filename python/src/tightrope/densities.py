"""Densities: what to sample from. Built-in ones by name, or any function of a batch of points.

>>> import tightrope as tr
>>> density = tr.densities.GaussianMixture25()
>>> density.dimension
2
>>> density.log_density([[0.0, 0.0]]).shape
(1,)
"""

from __future__ import annotations

import json
from typing import Any, ClassVar

from tightrope import _native, arguments
from tightrope.callables import Function
from tightrope.density import Density
from tightrope.errors import ConfigError, NumericalError

__all__ = [
    "BuiltIn",
    "Density",
    "EasyFunnel",
    "Funnel",
    "Gaussian",
    "GaussianMixture",
    "GaussianMixture9",
    "GaussianMixture25",
    "ManyWell",
    "describe",
    "names",
    "open",
]


class BuiltIn(Density):
    """A density of the catalogue; keyword arguments are the keys of its configuration."""

    key: ClassVar[str]

    def __init_subclass__(cls, key: str, **options: Any) -> None:
        """Note the name in the catalogue."""
        super().__init_subclass__(**options)
        cls.key = key

    def __init__(self, **config: Any) -> None:
        self._open(self.key, config)

    def _open(self, key: str, config: dict[str, Any]) -> None:
        self._handle = _native.density_open(key, arguments.json_text(config))
        self.name = key

    def _explain(self, error: NumericalError) -> None:
        pass


class Gaussian(BuiltIn, key="gaussian"):
    """A Gaussian; keyword arguments as in `describe("gaussian")["config"]`."""


class GaussianMixture9(BuiltIn, key="9gmm"):
    """Nine equal Gaussians on a 3 by 3 grid in the plane; log Z is 0."""


class GaussianMixture25(BuiltIn, key="25gmm"):
    """Twenty-five equal Gaussians on a 5 by 5 grid in the plane; log Z is 0."""


class GaussianMixture(BuiltIn, key="gaussian-mixture"):
    """Gaussians at given points, with given weights and one common standard deviation.

    Examples
    --------
    >>> GaussianMixture(means=[[-3, 0], [3, 0]], weights=[1, 2]).dimension
    2
    """


class ManyWell(BuiltIn, key="many-well"):
    """A product of double wells, two coordinates each; 0.15569 of the mass is in each left well.

    Examples
    --------
    >>> round(ManyWell(dimension=32).log_normalizer, 4)
    164.6957
    """


class Funnel(BuiltIn, key="funnel"):
    """Neal's funnel: the first coordinate, of standard deviation 3, decides how wide the rest are.

    Examples
    --------
    >>> Funnel(dimension=4, standard_deviation=2).dimension
    4
    """


class EasyFunnel(BuiltIn, key="easy-funnel"):
    """The funnel with standard deviation 1 along its axis."""


_CLASSES: dict[str, type[BuiltIn]] = {
    cls.key: cls
    for cls in (
        EasyFunnel,
        Funnel,
        Gaussian,
        GaussianMixture,
        GaussianMixture9,
        GaussianMixture25,
        ManyWell,
    )
}


def names() -> list[str]:
    """Return the names of the built-in densities."""
    return json.loads(_native.names("densities"))


def describe(name: str) -> dict[str, Any]:
    """Return the catalogue's entry: summary, default configuration, dimension, references.

    Raises
    ------
    ConfigError
        If there is no density of this name.
    """
    return json.loads(_native.describe("densities", name))


def open(name: str, **config: Any) -> Density:
    """Open a built-in density by its name.

    Parameters
    ----------
    name : str
        One of `names()`.
    **config
        Keys of its configuration.

    Returns
    -------
    Density
        Ready to evaluate and to train on.

    Raises
    ------
    ConfigError
        If there is no such density, or no such key, or a value does not fit.
    """
    cls = _CLASSES.get(name, BuiltIn)
    density = cls.__new__(cls)
    density._open(name, config)
    return density


def as_density(density: Density | str | Function, dimension: int | None = None) -> Density:
    """Return a density, its name, or a plain function of a batch as a Density.

    Raises
    ------
    ConfigError
        If it is none of these, or a function comes without its dimension.
    """
    if isinstance(density, Density):
        return density
    if isinstance(density, str):
        return open(density)
    if not callable(density):
        raise ConfigError(f"density: expected a Density, a name or a callable, got {density!r}")
    if dimension is None:
        raise ConfigError("dimension: needed with a plain callable, for example dimension=10")
    return Density(density, dimension=dimension)
