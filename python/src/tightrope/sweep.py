"""Many runs: over seeds and settings, in processes of their own.

>>> import tightrope as tr
>>> tiny = {"steps": 20, "batch_size": 30, "process": {"steps": 10}}
>>> grid = {"network.width": [8, 16]}
>>> table = tr.sweep("gaussian", grid, seeds=2, processes=0, samples=100, **tiny)
>>> len(table)
4
>>> table.best("elbo").settings["network.width"] in (8, 16)
True
"""

from __future__ import annotations

import importlib
import itertools
import json
import math
import os
import pickle
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, overload

import numpy as np

from tightrope import arguments
from tightrope.callables import Function
from tightrope.densities import as_density
from tightrope.density import Density
from tightrope.errors import ConfigError, TightropeError
from tightrope.evaluation import number, table
from tightrope.markup import html_table
from tightrope.run import Run

Grid = Mapping[str, Sequence[Any]] | Sequence[Mapping[str, Any]]
BETTER_HIGH = ("elbo", "effective-sample-share", "mode-coverage")


@dataclass(frozen=True)
class Trial:
    """One run of a sweep.

    Attributes
    ----------
    settings : dict
        What was varied, by dotted key.
    seed : int
        Of training.
    figures : dict
        The values of its evaluation by name; none where it failed.
    verdict : str
        "ok", "warn" or "fail"; "error" where it failed.
    energy_calls : int
        Of training.
    seconds : float
        Of training.
    checksum : str
        Of its parameters.
    path : str
        Its saved run, if the sweep has a folder.
    error : str
        Why it failed, if it did.
    """

    settings: dict[str, Any]
    seed: int
    figures: dict[str, float] = field(default_factory=dict)
    verdict: str = "error"
    energy_calls: int = 0
    seconds: float = 0.0
    checksum: str = ""
    path: str = ""
    error: str = ""


class Sweep(Sequence[Trial]):
    """The trials of a sweep, in order; printing it shows means over seeds."""

    def __init__(self, trials: Sequence[Trial], density: Density) -> None:
        self._trials = list(trials)
        self._density = density

    @overload
    def __getitem__(self, index: int) -> Trial: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[Trial]: ...
    def __getitem__(self, index: int | slice) -> Trial | Sequence[Trial]:
        """Return one trial, or some."""
        return self._trials[index]

    def __len__(self) -> int:
        return len(self._trials)

    def best(self, figure: str = "elbo", *, highest: bool | None = None) -> Trial:
        """Return the trial with the best value of a figure.

        Parameters
        ----------
        figure : str, default "elbo"
            Of the evaluations.
        highest : bool, optional
            Whether the highest is best; known for the elbo and a few others.

        Raises
        ------
        ConfigError
            If no trial has the figure.
        """
        rated = [trial for trial in self if not math.isnan(trial.figures.get(figure, math.nan))]
        if not rated:
            raise ConfigError(f"figure: no trial has '{figure}'; there are {self._figures()}")
        up = figure in BETTER_HIGH if highest is None else highest
        return (max if up else min)(rated, key=lambda trial: trial.figures[figure])

    def load(self, trial: Trial) -> Run:
        """Load the saved run of a trial.

        Raises
        ------
        ConfigError
            If the sweep had no folder, or the trial failed.
        """
        if not trial.path:
            raise ConfigError("out: the sweep kept no runs; name a folder")
        custom = self._density if self._density.describe()["name"] == "custom" else None
        return Run.load(trial.path, custom)

    def to_pandas(self) -> Any:
        """Return a pandas DataFrame with a row for each trial.

        Raises
        ------
        MissingDependencyError
            If pandas is not installed.
        """
        pandas = arguments.optional("pandas", "pandas")
        rows = []
        for trial in self:
            facts = asdict(trial)
            rows.append({**facts.pop("settings"), **facts.pop("figures"), **facts})
        return pandas.DataFrame(rows)

    def _figures(self) -> list[str]:
        return list(dict.fromkeys(name for trial in self for name in trial.figures))

    def _rows(self) -> list[list[str]]:
        groups: dict[str, list[Trial]] = {}
        for trial in self:
            groups.setdefault(json.dumps(trial.settings, default=str), []).append(trial)
        keys = list(dict.fromkeys(key for trial in self for key in trial.settings))
        names = [name for name in ("elbo", "effective-sample-share") if name in self._figures()]
        header = [*keys, "seeds", *names, "verdicts", "energy calls", "seconds"]
        rows = [[str(cell) for cell in header]]
        for trials in groups.values():
            cells = [str(trials[0].settings.get(key, "")) for key in keys]
            cells += [str(len(trials)), *(_spread(trials, name) for name in names)]
            verdicts = [trial.verdict for trial in trials]
            counts = [f"{verdicts.count(word)} {word}" for word in dict.fromkeys(verdicts)]
            calls = np.mean([trial.energy_calls for trial in trials])
            seconds = np.mean([trial.seconds for trial in trials])
            rows.append([*cells, ", ".join(counts), f"{calls:,.0f}", f"{seconds:.1f}"])
        return rows

    def __str__(self) -> str:
        errors = [f"seed {trial.seed}: {trial.error}" for trial in self if trial.error]
        return "\n".join([table(self._rows()), *errors])

    def __repr__(self) -> str:
        return f"Sweep({len(self)} trials)\n{self}"

    def _repr_html_(self) -> str:
        return html_table(self._rows(), "means over seeds, and their standard deviations")


def _spread(trials: Sequence[Trial], name: str) -> str:
    values = [trial.figures[name] for trial in trials if name in trial.figures]
    if not values:
        return "-"
    if len(values) == 1:
        return number(values[0])
    return f"{number(float(np.mean(values)))} ± {float(np.std(values, ddof=1)):.2g}"


def sweep(
    density: Density | str | Function,
    grid: Grid = (),
    *,
    seeds: int | Iterable[int] = 3,
    processes: int | None = None,
    threads: int = 1,
    samples: int = 2000,
    out: str | os.PathLike[str] | None = None,
    dimension: int | None = None,
    **settings: Any,
) -> Sweep:
    """Train and evaluate a sampler for every combination of settings and seed.

    Parameters
    ----------
    density : Density, str or callable
        What to sample from. To go to other processes, a density of functions of yours must consist
        of functions at the top level of a module, or cloudpickle must be installed.
    grid : mapping or sequence of mappings
        Lists of values by dotted key, such as {"network.width": [32, 64]}, of which all
        combinations are tried; or the combinations themselves.
    seeds : int or iterable of int, default 3
        How many, from 0, or which.
    processes : int, optional
        At work at the same time; by default one for each `threads` processors. 0 for none: all
        happens here, one after the other.
    threads : int, default 1
        Of each process. Results do not depend on it.
    samples : int, default 2000
        Draws that an evaluation rests on.
    out : path, optional
        A folder for the trained runs. Trials that it holds already are not repeated.
    dimension : int, optional
        Of the points; needed when `density` is a plain function.
    **settings
        Of all runs, as of `train`: `steps=500, objective="log-variance", ...`.

    Returns
    -------
    Sweep
        Print it for a table; `best("elbo")`, `load(trial)`, `to_pandas()`.

    Raises
    ------
    ConfigError
        If the density cannot go to another process. A trial that fails does not stop the others:
        its error is in the table.

    Notes
    -----
    As with all of `multiprocessing`, a script that calls this must do so below
    `if __name__ == "__main__":`.
    """
    opened = as_density(density, dimension)
    folder = None if out is None else Path(out)
    numbers = range(arguments.count(seeds, "seeds")) if isinstance(seeds, int) else list(seeds)
    jobs = [
        _Job(varied, arguments.seed(seed), settings, arguments.count(samples, "samples"), folder)
        for varied in _combinations(grid)
        for seed in numbers
    ]
    if not jobs:
        raise ConfigError("seeds, grid: expected at least one seed and one combination")
    width = arguments.whole_number(threads, "threads", 1, 1024)
    by_default = max(1, (os.cpu_count() or 1) // width)
    given = by_default if processes is None else processes
    workers = arguments.whole_number(given, "processes", 0, 1024)
    if workers == 0:
        return Sweep([_trial(opened, job) for job in jobs], opened)
    # Imported here, for they take long, and few need them.
    import concurrent.futures
    import multiprocessing

    payload = _packed(opened)
    context = multiprocessing.get_context("spawn")
    with concurrent.futures.ProcessPoolExecutor(
        max(1, min(workers, len(jobs))), context, _prepare, (width,)
    ) as pool:
        return Sweep(list(pool.map(_remote_trial, itertools.repeat(payload), jobs)), opened)


@dataclass(frozen=True)
class _Job:
    varied: dict[str, Any]
    seed: int
    settings: dict[str, Any]
    samples: int
    folder: Path | None

    @property
    def name(self) -> str:
        parts = [f"{key}={value}" for key, value in self.varied.items()]
        text = "-".join([*parts, f"seed={self.seed}"])
        return "".join(c if c.isalnum() or c in "=._-" else "_" for c in text)

    @property
    def key(self) -> dict[str, Any]:
        return {"settings": {**self.settings, **self.varied}, "samples": self.samples}


def _combinations(grid: Grid) -> list[dict[str, Any]]:
    if isinstance(grid, Mapping):
        for key, row in grid.items():
            if isinstance(row, str) or not isinstance(row, Iterable):
                raise ConfigError(f"grid: expected a list of values of '{key}', got {row!r}")
        values = itertools.product(*grid.values())
        return [dict(zip(grid, row, strict=True)) for row in values]
    return [dict(entry) for entry in grid] or [{}]


def _trial(density: Density, job: _Job) -> Trial:
    """Train, evaluate and keep one run, or find it done."""
    place = None if job.folder is None else job.folder / job.name
    known = _known(place, job)
    if known is not None:
        return known
    try:
        config = arguments.overlay(arguments.nested(job.settings), job.varied)
        run = Run(density, config, seed=job.seed)
        start = time.monotonic()
        run.train()
        seconds = time.monotonic() - start
        evaluation = run.evaluate(samples=job.samples)
    except (TightropeError, ArithmeticError, ValueError) as error:
        return Trial(job.varied, job.seed, error=f"{type(error).__name__}: {error}")
    trial = Trial(
        job.varied,
        job.seed,
        {name: figure.value for name, figure in evaluation.items()},
        evaluation.verdict,
        run.describe()["energy_calls"],
        seconds,
        run.checksum,
        "" if place is None else str(place / "run.safetensors"),
    )
    if place is not None:
        place.mkdir(parents=True, exist_ok=True)
        run.save(trial.path)
        record = {"key": job.key, "trial": asdict(trial)}
        (place / "trial.json").write_text(json.dumps(record, default=str), encoding="utf-8")
    return trial


def _known(place: Path | None, job: _Job) -> Trial | None:
    if place is None or not (place / "trial.json").exists():
        return None
    record = json.loads((place / "trial.json").read_text(encoding="utf-8"))
    if record["key"] != json.loads(json.dumps(job.key, default=str)):
        raise ConfigError(f"out: '{place}' holds a trial of other settings; name another folder")
    return Trial(**record["trial"])


def _prepare(threads: int) -> None:
    """Begin a process; the core reads this at its first call."""
    os.environ["TIGHTROPE_NUM_THREADS"] = str(threads)


def _packed(density: Density) -> bytes:
    try:
        return pickle.dumps(density)
    except (TypeError, AttributeError, pickle.PicklingError):
        pass
    try:
        cloudpickle = importlib.import_module("cloudpickle")
        return cloudpickle.dumps(density)
    except (ImportError, TypeError, AttributeError, pickle.PicklingError):
        raise ConfigError(
            f"density: {density!r} cannot go to another process: use functions at the top level "
            "of a module, install cloudpickle, or set processes=0"
        ) from None


def _remote_trial(payload: bytes, job: _Job) -> Trial:
    return _trial(pickle.loads(payload), job)
