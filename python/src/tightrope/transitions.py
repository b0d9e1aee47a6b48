"""Decisions that someone made: to collect in an environment, to write and to read.

The densities `Actions` and `ActionValue` read what `save` writes: an .npz file with `observations`,
`actions`, `rewards`, `next_observations` and `terminals`. A policy here is a function from
observations [n, s] to actions [n, a]. Environments are those of gymnasium, or any with its `reset`
and `step`; gymnasium itself is not needed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from tightrope import arguments
from tightrope.errors import ConfigError, ShapeError, StorageError

Policy = Callable[[npt.NDArray[np.float32]], npt.ArrayLike]
Arrays = dict[str, npt.NDArray[Any]]

_NAMES = ("observations", "actions", "rewards", "next_observations", "terminals")


def save(path: str | os.PathLike[str], **arrays: npt.ArrayLike) -> None:
    """Write transitions to an .npz file.

    Parameters
    ----------
    path : path
        Where to; it ends in .npz.
    **arrays : array_like
        `observations` and `next_observations`, [n, s]; `actions`, [n, a]; `rewards` and
        `terminals`, [n], the latter true where nothing follows.

    Raises
    ------
    ConfigError
        If an array is missing, or there is another one, or the path has another ending.
    ShapeError
        If they are not of one length.

    Examples
    --------
    >>> import tempfile
    >>> import tightrope as tr
    >>> path = tempfile.mkdtemp() + "/steps.npz"
    >>> x = np.arange(6.0).reshape(3, 2)
    >>> save(path, observations=x, actions=x, rewards=[0, 0, 1], next_observations=x + 2,
    ...      terminals=[False, False, True])
    >>> tr.densities.Actions(decisions={"data": path}).dimension
    2
    """
    if not os.fspath(path).endswith(".npz"):
        raise ConfigError(f"path: expected a name that ends in .npz, got {os.fspath(path)!r}")
    if set(arrays) != set(_NAMES):
        raise ConfigError(f"arrays: expected {', '.join(_NAMES)}, got {', '.join(arrays)}")
    checked = {name: _checked(name, np.asarray(array)) for name, array in arrays.items()}
    lengths = {name: len(array) for name, array in checked.items()}
    if len(set(lengths.values())) != 1 or min(lengths.values()) < 1:
        raise ShapeError(f"arrays: expected as many rows in each, got {lengths}")
    write: Any = np.savez  # whose types take any array for a flag
    write(path, **checked)


def _checked(name: str, array: npt.NDArray[Any]) -> npt.NDArray[Any]:
    axes = 2 if name in ("observations", "actions", "next_observations") else 1
    if array.ndim != axes:
        raise ShapeError(f"{name}: expected {axes} axes, got the shape {list(array.shape)}")
    if name == "terminals":
        return array.astype(np.uint8)
    return arguments.real_array(array, np.float32, name)


def read_hdf5(path: str | os.PathLike[str]) -> Arrays:
    """Read an HDF5 file in the format of D4RL, with h5py.

    Where the file has no `next_observations`, they are the observations of the next row, and the
    last step of each episode is left out, unless it ended in a terminal state.

    Parameters
    ----------
    path : path
        A file with `observations`, `actions`, `rewards`, `terminals` and perhaps `timeouts`.

    Returns
    -------
    dict
        What `save` takes.

    Raises
    ------
    MissingDependencyError
        If h5py is not installed.
    StorageError
        If the file cannot be read or lacks an array.
    """
    h5py = arguments.optional("h5py", "hdf5")
    try:
        with h5py.File(path, "r") as file:
            arrays = {
                name: np.asarray(file[name]) for name in (*_NAMES, "timeouts") if name in file
            }
    except OSError as error:
        raise StorageError(f"cannot read {os.fspath(path)!r}: {error}") from error
    for name in ("observations", "actions", "rewards", "terminals"):
        if name not in arrays:
            raise StorageError(f"{os.fspath(path)!r} has no array {name!r}")
    timeouts = arrays.pop("timeouts", np.zeros(len(arrays["terminals"]))).astype(bool)
    if "next_observations" in arrays:
        return arrays
    arrays["next_observations"] = np.roll(arrays["observations"], -1, axis=0)
    ends = arrays["terminals"].astype(bool)
    follows = ends | ~timeouts
    follows[-1] = ends[-1]
    return {name: array[follows] for name, array in arrays.items()}


def collect(environment: Any, policy: Policy, count: int, seed: int = 0) -> Arrays:
    """Follow a policy in an environment for some steps.

    Parameters
    ----------
    environment : gymnasium.Env
        With numbers as observations and actions.
    policy : callable
        From observations [1, s] to actions [1, a]; where it has a method `begin`, that is called
        before each episode.
    count : int
        Steps.
    seed : int, default 0
        Of the first episode; the next ones have the next seeds.

    Returns
    -------
    dict
        What `save` takes.
    """
    begin = getattr(policy, "begin", lambda: None)
    rows: dict[str, list[Any]] = {name: [] for name in _NAMES}
    episode, state = seed, None
    for _ in range(arguments.count(count)):
        if state is None:
            state, _ = environment.reset(seed=episode)
            episode += 1
            begin()
        action = np.asarray(policy(np.asarray(state, np.float32)[None]), np.float32)[0]
        after, reward, terminated, truncated, _ = environment.step(action)
        for name, value in zip(_NAMES, (state, action, reward, after, terminated), strict=True):
            rows[name].append(value)
        state = None if terminated or truncated else after
    types = {"terminals": np.uint8}
    return {name: np.asarray(row, types.get(name, np.float32)) for name, row in rows.items()}


def returns(environments: Sequence[Any], policy: Policy, seed: int = 0) -> npt.NDArray[np.float64]:
    """Return what a policy earns in an episode of each environment, without discount.

    Parameters
    ----------
    environments : sequence of gymnasium.Env
        Followed together, so that the policy is asked once for all.
    policy : callable
        From observations [n, s] to actions [n, a].
    seed : int, default 0
        The first environment begins from it, the others from the next ones.

    Returns
    -------
    ndarray
        [environments].
    """
    states = [
        np.asarray(environment.reset(seed=seed + index)[0], np.float32)
        for index, environment in enumerate(environments)
    ]
    total, alive = np.zeros(len(states)), np.ones(len(states), bool)
    while alive.any():
        actions = np.asarray(policy(np.stack(states)), np.float32)
        for index in np.flatnonzero(alive).tolist():
            after, reward, terminated, truncated, _ = environments[index].step(actions[index])
            states[index] = np.asarray(after, np.float32)
            total[index] += float(reward)
            alive[index] = not (terminated or truncated)
    return total
