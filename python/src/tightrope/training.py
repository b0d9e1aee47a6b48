"""Training in one call, and loading what was saved.

>>> import tightrope as tr
>>> run = tr.train("gaussian", steps=20, batch_size=30)
>>> run.sample(100, seed=1).x.shape
(100, 2)
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tightrope import densities
from tightrope.arguments import ConfigSource, read_config
from tightrope.callables import Function
from tightrope.callbacks import Callback
from tightrope.densities import as_density
from tightrope.density import Density
from tightrope.errors import ConfigError
from tightrope.run import Run

Prior = str | os.PathLike[str] | Run | Mapping[str, Any]


def train(
    density: Density | str | Function | None = None,
    *,
    objective: str | None = None,
    steps: int | None = None,
    seed: int | None = None,
    out: str | os.PathLike[str] | None = None,
    resume: bool | None = None,
    prior: Prior | None = None,
    dimension: int | None = None,
    progress: bool = False,
    callbacks: Sequence[Callback] | Callback = (),
    energy_calls: int | None = None,
    seconds: float | None = None,
    config: ConfigSource = None,
    **overrides: Any,
) -> Run:
    """Train a sampler on a density.

    Parameters
    ----------
    density : Density, str or callable, optional
        What to sample from: a density, the name of a built-in one, or a function of a float32
        batch [n, dimension] to log rho [n] in nats, together with `dimension`. That of `config`
        unless given.
    objective : str, optional
        How to learn; "trajectory-balance" unless the configuration says otherwise.
    steps : int, optional
        How many steps of training.
    seed : int, optional
        0 unless the configuration says otherwise. Same settings and seed, same bits, for any
        number of threads and any processor.
    out : path, optional
        A folder for checkpoints and metrics.
    resume : bool, optional
        Go on from what `out` holds, if it exists.
    prior : path, Run or mapping, optional
        A trained sampler p, of which the run then learns the posterior p(x) r(x) / Z with the
        density as the constraint r: `prior="runs/prior"`, or with the settings of the table
        `prior`, `prior={"run": "runs/prior", "initialize": "lora", "inverse_temperature": 2}`.
        What is saved of the posterior holds the prior too.
    dimension : int, optional
        Of the points; needed when `density` is a plain function.
    progress : bool, default False
        Show a bar (on a terminal or in a notebook, with tqdm) or lines on standard error; nothing
        where the environment variable CI is set.
    callbacks : sequence, function or object
        Functions that are called with every event, a dict, or objects with `record(event)`; see
        `tightrope.callbacks` for trackers and early stopping.
    energy_calls : int, optional
        Stop after the step in which so many density evaluations are reached; `run.stopped` then
        says so. To spend none beyond a number there is `Limits.calls`.
    seconds : float, optional
        Stop after so many seconds; the step that is under way is left undone.
    config : mapping or path, optional
        Settings by key, or a .toml or .json file of them, as `tightrope train --print-config`
        prints it; named arguments go over it.
    **overrides
        Any further setting, tables as mappings: `network={"width": 128}`, or
        `**{"network.width": 128}`, or how to learn
        altogether: `method="idem", energy_matching={"samples": 500}`.

    Returns
    -------
    Run
        Trained.

    Raises
    ------
    ConfigError
        If a key is unknown, or a value does not fit; the message names the key.
    NumericalError
        If the density, the loss or a gradient is not finite and `non_finite` is "stop".
    KeyboardInterrupt
        On Ctrl-C, within a second; with `out`, call again with resume=True to go on.
    """
    named = {"objective": objective, "steps": steps, "seed": seed, "out": out, "resume": resume}
    given = {key: value for key, value in named.items() if value is not None}
    settings = read_config(config)
    configured = settings.pop("density", None)
    opened = _configured(configured) if density is None else as_density(density, dimension)
    with _prior_settings(prior) as table:
        run = Run(opened, settings, **overrides, **given, **table)
    return run.train(
        progress=progress, callbacks=callbacks, energy_calls=energy_calls, seconds=seconds
    )


def _configured(setting: Any) -> Density:
    """Return the density that a configuration names, or has as a table with its settings."""
    if isinstance(setting, str):
        return densities.open(setting)
    if isinstance(setting, Mapping) and isinstance(setting.get("name"), str):
        return densities.open(**setting)
    raise ConfigError("density: expected a Density, a name or a callable, here or in the config")


@contextmanager
def _prior_settings(prior: Prior | None) -> Iterator[dict[str, Any]]:
    """Yield the settings that name a prior; a run in memory has a file meanwhile."""
    if prior is None:
        yield {}
        return
    table: dict[str, Any] = dict(prior) if isinstance(prior, Mapping) else {"run": prior}
    run = table.get("run", "")
    if not isinstance(run, Run):
        yield {"prior": {**table, "run": os.fspath(run)}}
        return
    import tempfile  # brings much along

    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "prior.safetensors")
        run.save(path)
        yield {"prior": {**table, "run": path}}


def load(
    path: str | os.PathLike[str],
    density: Density | str | Function | None = None,
    **overrides: Any,
) -> Run:
    """Load a saved run.

    Parameters
    ----------
    path : path
        A file of `Run.save`, or the folder given as `out`.
    density : Density, str or callable, optional
        Needed when the run was trained on a function of yours. One of other conditions, described
        by as many numbers, draws at these.
    **overrides
        Settings that do not change the meaning of what was saved: `steps`, for example.

    Returns
    -------
    Run
        As it was saved.

    Raises
    ------
    StorageError
        If the file is missing, damaged or foreign.
    ConfigError, ShapeError
        If the density is missing, or is another one.
    """
    return Run.load(path, density, **overrides)
