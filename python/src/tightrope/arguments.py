"""What users pass, as the core takes it: arrays, seeds, configurations, optional packages."""

from __future__ import annotations

import difflib
import importlib
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import numpy.typing as npt

from tightrope.errors import (
    ConfigError,
    DtypeError,
    MissingDependencyError,
    ShapeError,
    StorageError,
)

Config = dict[str, Any]
ConfigSource = Mapping[str, Any] | str | os.PathLike[str] | None


def real_array(values: Any, dtype: npt.DTypeLike, name: str) -> npt.NDArray[Any]:
    """Return values as a C-contiguous array of real numbers.

    Parameters
    ----------
    values : array_like
        Integers or real numbers. Borrowed if dtype and layout fit already, else copied once.
    dtype : dtype
        The type of the result.
    name : str
        What the error message calls the values.

    Returns
    -------
    ndarray
        The values, of any shape.

    Raises
    ------
    DtypeError
        If the elements are not integers or real numbers.
    """
    array = np.asarray(values)
    if array.dtype.kind not in "iuf":
        given = type(values).__name__ if array.dtype.kind == "O" else f"dtype {array.dtype}"
        raise DtypeError(f"{name}: expected an array of real numbers, got {given}")
    with np.errstate(over="ignore"):  # an infinity is reported by the core, with its row
        return np.asarray(array, dtype=dtype, order="C")


def points(x: Any, dimension: int) -> npt.NDArray[np.float32]:
    """Return x as float32 points [n, dimension]; a single point [dimension] becomes [1, dimension].

    Raises
    ------
    ShapeError
        If x is not a batch of points of this dimension.
    """
    array = real_array(x, np.float32, "x")
    if array.ndim == 1 and array.shape[0] == dimension:
        array = array.reshape(1, dimension)
    if array.ndim != 2 or array.shape[1] != dimension:
        raise ShapeError(f"x: expected shape [n, {dimension}], got {list(array.shape)}")
    return array


def table(values: Any, name: str) -> list[list[float]]:
    """Return values, [n, columns], as lists.

    Raises
    ------
    ShapeError
        If they are no table with rows.
    """
    array = real_array(values, np.float64, name)
    if array.ndim != 2 or len(array) < 1:
        raise ShapeError(
            f"{name}: expected [n, columns] with n at least 1, got {list(array.shape)}"
        )
    if not np.isfinite(array).all():
        raise ConfigError(f"{name}: expected finite numbers")
    return array.tolist()


def whole_number(value: Any, name: str, low: int, high: int) -> int:
    """Return value as an int between low and high, both included; 1e4 is an integer, too.

    Raises
    ------
    ConfigError
        If it is not an integer, or out of range.
    """
    whole: Any = int(value) if isinstance(value, float) and value.is_integer() else value
    try:
        number = whole.__index__()
    except AttributeError:
        raise ConfigError(f"{name}: expected an integer, got {value!r}") from None
    if not low <= number <= high:
        bounds = f"of at least {low}" if number < low else f"from {low} to {high}"
        raise ConfigError(f"{name}: expected an integer {bounds}, got {number}")
    return number


def positive(value: Any, name: str) -> float:
    """Return value as a finite number above 0.

    Raises
    ------
    ConfigError
        If it is none.
    """
    if isinstance(value, int | float | np.number) and 0 < value < float("inf"):
        return float(value)
    raise ConfigError(f"{name}: expected a number above 0, got {value!r}")


def unknown(name: object, names: Iterable[str]) -> str:
    """Return what to say of a name that there is not: the nearest one, or all."""
    known = list(names)
    near = difflib.get_close_matches(str(name), known, n=1)
    hint = f"did you mean '{near[0]}'?" if near else f"there are {', '.join(known) or 'none'}"
    return f"there is no '{name}': {hint}"


def seed(value: Any) -> int:
    """Return value as a seed: an integer from 0 to 2**64 - 1."""
    return whole_number(value, "seed", 0, 2**64 - 1)


def count(value: Any, name: str = "count") -> int:
    """Return value as a number of points: at least 1."""
    return whole_number(value, name, 1, 2**62)


def read_config(source: ConfigSource) -> Config:
    """Return a configuration: a mapping as it is, a .toml or .json file read.

    Raises
    ------
    ConfigError
        If the file is neither, or not well formed.
    StorageError
        If it cannot be read.
    """
    if source is None:
        return {}
    if isinstance(source, Mapping):
        return dict(source)
    path = Path(source)
    if path.suffix not in {".toml", ".json"}:
        raise ConfigError(f"config: expected a .toml or .json file, got '{path}'")
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise StorageError(f"config: cannot read '{path}': {error.strerror}") from error
    import tomllib  # brings much along

    try:
        return dict(tomllib.loads(text) if path.suffix == ".toml" else json.loads(text))
    except ValueError as error:
        raise ConfigError(f"config: '{path}' is not well formed: {error}") from error


def overlay(base: Mapping[str, Any], changes: Mapping[str, Any]) -> Config:
    """Return base with changes laid over it; tables inside are merged, not replaced.

    A key of the changes may be a path into tables: "network.width".
    """
    result = dict(base)
    for path, given in changes.items():
        key, _, rest = path.partition(".")
        value = {rest: given} if rest else given
        old = result.get(key)
        is_table = isinstance(value, Mapping)
        result[key] = overlay(old if isinstance(old, Mapping) else {}, value) if is_table else value
    return result


def nested(config: Mapping[str, Any]) -> Config:
    """Return a configuration whose paths of keys, "network.width", have become tables."""
    return overlay({}, config)


def _plain(value: Any) -> Any:
    """Return what JSON can hold: NumPy numbers and paths become plain ones."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError


def json_text(config: Mapping[str, Any]) -> str:
    """Return a configuration as JSON text.

    Raises
    ------
    ConfigError
        If a value has no place in JSON; the message names its key.
    """
    for key, value in config.items():
        try:
            json.dumps(value, default=_plain, allow_nan=False)
        except (TypeError, ValueError):
            kind = type(value).__name__
            raise ConfigError(
                f"{key}: expected a number, text, list or table, got {kind}"
            ) from None
    return json.dumps(config, default=_plain, allow_nan=False)


def optional(module: str, extra: str) -> ModuleType:
    """Import an optional package, or say which extra of this library brings it.

    Raises
    ------
    MissingDependencyError
        If the package is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        package = module.partition(".")[0]
        raise MissingDependencyError(
            f"this needs {package}, which is not installed: pip install 'tightrope[{extra}]'"
        ) from error
