"""The run: a sampler in training, and what comes out of it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from tightrope import _native, arguments, densities
from tightrope.arguments import Config, ConfigSource
from tightrope.callables import Function
from tightrope.callbacks import Callback, Callbacks, StopTraining
from tightrope.chains import ChainDraws
from tightrope.densities import as_density
from tightrope.density import Density
from tightrope.draws import Draws
from tightrope.errors import BudgetError, NumericalError
from tightrope.evaluation import Evaluation
from tightrope.expectation import Expectation
from tightrope.markup import escaped
from tightrope.parameters import run_parameters, saved_dimension, write_tensors
from tightrope.paths import Paths
from tightrope.progress import Event, display
from tightrope.provenance import provenance


class Run:
    """A sampler for a density: configuration, networks, optimiser, history.

    Parameters
    ----------
    density : Density or str
        What to sample from; a text is the name of a built-in density.
    config : mapping or path, optional
        Settings by key, or a .toml or .json file of them.
    **overrides
        Further settings, over those of `config`; tables as mappings: `network={"width": 128}`.

    Raises
    ------
    ConfigError
        If a key is unknown or a value does not fit.

    Attributes
    ----------
    density : Density
        What the run learns to sample.
    stopped : str or None
        Why the last training ended before its last step; None if it did not.
    """

    density: Density
    stopped: str | None = None

    def __init__(
        self, density: Density | str, config: ConfigSource = None, **overrides: Any
    ) -> None:
        self.density = as_density(density)
        settings = arguments.overlay(arguments.nested(arguments.read_config(config)), overrides)
        if self.density._rejects:
            settings.setdefault("non_finite", "reject")
        self._handle = _native.run_open(self.density._handle, arguments.json_text(settings))

    @classmethod
    def load(
        cls,
        path: str | os.PathLike[str],
        density: Density | str | Function | None = None,
        **overrides: Any,
    ) -> Run:
        """Load a saved run; see `tightrope.load`."""
        run = cls.__new__(cls)
        if density is not None:
            known = isinstance(density, Density | str)
            run.density = as_density(density, None if known else saved_dimension(path))
        handle = run.density._handle if density is not None else None
        run._handle = _native.run_load(path, handle, arguments.json_text(overrides))
        if density is None:
            saved = run.describe()["density"]
            run.density = densities.open(saved["name"], **saved["config"])
        return run

    def train(
        self,
        steps: int | None = None,
        *,
        progress: bool = False,
        callbacks: Sequence[Callback] | Callback = (),
        energy_calls: int | None = None,
        seconds: float | None = None,
    ) -> Run:
        """Train up to the configured number of steps, or up to `steps` in all.

        Interrupted (Ctrl-C, or an exception of yours), the run holds its last whole step; call
        `train` again to go on, with the same bits as if it had never stopped.

        Parameters
        ----------
        steps : int, optional
            A new total; the run goes on from the step it has reached.
        progress : bool, default False
            Show a bar (on a terminal or in a notebook, with tqdm) or lines on standard error;
            nothing where the environment variable CI is set.
        callbacks : sequence, function or object
            Functions that are called with every event, a dict such as {"event": "step",
            "step": 10, "loss": 3.1, ...}, or objects with `record(event)`; see
            `tightrope.callbacks`. `StopTraining` ends training; any other exception does too, and
            arrives as itself.
        energy_calls : int, optional
            Stop after the step in which so many density evaluations are reached, those of earlier
            training included. To spend none beyond a number there is `Limits.calls`.
        seconds : float, optional
            Stop after so many seconds of this call; the step that is under way is left undone.

        Returns
        -------
        Run
            This run. `stopped` says why where it ended before its last step.

        Raises
        ------
        NumericalError
            If the density, the loss or a gradient is not finite and `non_finite` is "stop".
        StorageError
            If a checkpoint cannot be written.
        """
        if steps is not None:
            self._handle.extend(arguments.count(steps, "steps"))
        total = int(self.config["steps"])
        budget = _budget(energy_calls, seconds)
        listeners = Callbacks(callbacks)
        shown = display(progress, self.step, total)

        def listen(text: str) -> None:
            event = json.loads(text)
            shown.update(event)
            listeners.record(event)

        self.stopped = None
        listeners.begin(self)
        try:
            self._handle.train(budget, listen if progress or listeners else None)
        except (StopTraining, BudgetError) as stop:
            self.stopped = str(stop) or type(stop).__name__
        except NumericalError as error:
            self.density._explain(error)
            if self.config["non_finite"] == "stop":
                error.add_note("with non_finite='reject' training goes on without such points")
            raise
        finally:
            shown.close()
            listeners.end(self)
        return self

    def sample(
        self,
        count: int,
        seed: int = 1,
        *,
        steps: int | None = None,
        conditions: int | Sequence[int] = (),
        features: npt.ArrayLike | None = None,
    ) -> Draws:
        """Draw independent points.

        Parameters
        ----------
        count : int
            How many.
        seed : int, default 1
            Same seed, same bits.
        steps : int, optional
            Of a path; as many as in training unless given.
        conditions : int or sequence of int, optional
            Of a conditional density, the conditions that points go with, by turns; by default
            those that the sampler is judged on.
        features : array_like, optional
            Instead of them, conditions that a density of decisions does not have, by what
            describes them: states as they are observed, [n, s].

        Returns
        -------
        Draws
            .x [count, dimension], .log_weights [count], .log_density [count].

        Raises
        ------
        ConfigError
            If the density has no conditions, or not this one.
        """
        numbers = [conditions] if isinstance(conditions, int) else conditions
        config: dict[str, Any] = {"conditions": [int(index) for index in numbers]}
        if features is not None:
            config["features"] = arguments.table(features, "features")
        if steps is not None:
            config["steps"] = arguments.count(steps, "steps")
        text = arguments.json_text(config)
        handle = self._handle.sample(arguments.count(count), arguments.seed(seed), text, None)
        return Draws(handle, self.density)

    def paths(self, count: int, seed: int = 1, *, steps: int | None = None) -> Paths:
        """Follow points on their way from noise to the density.

        Parameters
        ----------
        count : int
            How many.
        seed : int, default 1
            At time 1 the points are those of `sample` with this seed.
        steps : int, optional
            Of a path; as many as in training unless given.

        Returns
        -------
        Paths
            .times [t], .x [t, count, dimension].

        Raises
        ------
        ConfigError
            If the run has no paths (energy matching), or its density has conditions.
        """
        config = {} if steps is None else {"steps": arguments.count(steps, "steps")}
        text = arguments.json_text(config)
        handle = self._handle.paths(arguments.count(count), arguments.seed(seed), text, None)
        times = np.array(json.loads(handle.report)["times"])
        x = np.asarray(handle.x).reshape(len(times), -1, self.density.dimension)
        return Paths(times, x, self.density.unconstrained_coordinates)

    def expect(
        self,
        function: Callable[[npt.NDArray[np.float32]], npt.ArrayLike],
        count: int = 10_000,
        seed: int = 1,
    ) -> Expectation:
        """Average a function under the density itself, whatever the run has not learned.

        Parameters
        ----------
        function : callable
            Points [n, dimension] to values [n, ...].
        count : int, default 10,000
            Of draws, which are weighted.
        seed : int, default 1
            Same seed, same bits.

        Returns
        -------
        Expectation
            .value with .standard_error, .low and .high.

        Raises
        ------
        NumericalError
            If Pareto k of the weights is 0.7 or more.
        """
        return self.sample(count, seed).expect(function)

    def refine(
        self,
        count: int,
        method: str = "importance",
        seed: int = 1,
        *,
        chains: int | None = None,
        proposals: int | None = None,
        steps: int | None = None,
        effective_share: float | None = None,
        moves: int | None = None,
        kernel: str | None = None,
    ) -> ChainDraws:
        """Draw points that have the density as their limit, whatever the run has not learned.

        A mode that the run never visits is beyond all methods.

        Parameters
        ----------
        count : int
            Points to keep, of all chains together.
        method : {"importance", "independence", "smc", "chains"}
            Keep draws by weight; make chains with draws as proposals; weight and resample paths
            on their way from noise to the density; or move each draw on by a Markov chain of its
            own, which needs no weights and counts as so many energy calls.
        seed : int, default 1
            Same seed, same bits.
        chains : int, optional
            Chains, or repeats of "smc"; 4 unless given.
        proposals : int, optional
            Draws for each that "importance" keeps; 4 unless given.
        steps : int, optional
            Of a path; as many as in training unless given.
        effective_share : float, optional
            Below which "smc" resamples; 0.5 unless given.
        moves : int, optional
            Steps of each draw's chain in "chains"; 1000 unless given.
        kernel : str, optional
            Of these chains, such as "hmc"; "mala" unless given, or "random-walk" without a score.

        Returns
        -------
        ChainDraws
            .x [chains, draws, dimension], .evaluation, .log_normalizer.

        Raises
        ------
        NumericalError
            If Pareto k of the weights is 0.7 or more.
        """
        named = {
            "method": method,
            "chains": chains,
            "proposals": proposals,
            "steps": steps,
            "effective_share": effective_share,
            "moves": moves,
            "kernel": kernel,
        }
        config = {key: value for key, value in named.items() if value is not None}
        text = arguments.json_text(config)
        return ChainDraws(
            self._handle.refine(arguments.count(count), arguments.seed(seed), text, None)
        )

    def evaluate(
        self, samples: int | None = None, seed: int | None = None, **config: Any
    ) -> Evaluation:
        """Evaluate the run: every figure with its interval, truth or noise floor, and verdict.

        Parameters
        ----------
        samples : int, optional
            How many draws the figures rest on; 10,000 unless given.
        seed : int, optional
            Of the draws; 1 unless given.
        **config
            Further settings: `transport_samples`, the number of draws for transport distances, and
            `floor_repeats`, the pairs of exact sample sets behind their noise floor; `steps` of a
            path, as many as in training unless given.

        Returns
        -------
        Evaluation
            Print it for a table; `evaluation["elbo"].value` is one figure.
        """
        if samples is not None:
            config["samples"] = samples
        if seed is not None:
            config["seed"] = arguments.seed(seed)
        text = self._handle.evaluate(arguments.json_text(config), None)
        return Evaluation(json.loads(text))

    def likelihood(self, points: npt.ArrayLike | None = None, **config: Any) -> Evaluation:
        """Tell how likely points are under the sampler, by a flow with a density.

        Paths have no likelihood of their ends that can be told. So a flow is fitted to draws of the
        sampler by conditional flow matching (arXiv:2302.00482), or, with `flow="own"`, the
        probability flow of energy matching is taken.

        Parameters
        ----------
        points : array_like, optional
            Points of the density, [n, dimension], such as reference draws; exact samples unless
            given, if the density has any.
        **config
            `flow`: "matched" or "own"; `draws` that a flow is fitted to; `samples` to judge;
            `divergence`: "exact" or "hutchinson"; `tolerance`; `maximum_steps`; `seed`; `matching`,
            a mapping of how the flow is fitted: `steps`, `batch_size`, `noise_deviation`,
            `pairing` ("independent" or "transport"), `network`, `optimizer`.

        Returns
        -------
        Evaluation
            `negative-log-likelihood` in nats, where there are points, and the figures of the
            importance weights of the flow's own draws.

        Raises
        ------
        ConfigError
            If a setting does not fit.
        ShapeError
            If `points` are not [n, dimension] with n at least 1, or not finite.
        NumericalError
            If the flow cannot be integrated.
        """
        rows = None if points is None else arguments.points(points, self.density.dimension)
        text = self._handle.likelihood(rows, arguments.json_text(config), None)
        return Evaluation(json.loads(text))

    def report(
        self,
        path: str | os.PathLike[str],
        samples: int | None = None,
        seed: int | None = None,
        **config: Any,
    ) -> None:
        """Write one HTML page about the run that needs no other file and no network.

        It holds the verdicts in words, the curves of training, what is drawn beside exact samples
        where there are any, modes, importance weights, configuration and checksums.

        Parameters
        ----------
        path : path
            The page; an older file of the name is replaced as a whole.
        samples, seed, **config
            As in `evaluate`, whose figures it shows.

        Raises
        ------
        StorageError
            If the file cannot be written.
        """
        if samples is not None:
            config["samples"] = samples
        if seed is not None:
            config["seed"] = arguments.seed(seed)
        self._handle.report(path, arguments.json_text(config), json.dumps(provenance()))

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write everything needed to sample and to go on training to one safetensors file.

        Raises
        ------
        StorageError
            If the file cannot be written; an older file of the name is then left as it was.
        """
        self._handle.save(path)

    def parameters(self) -> dict[str, npt.NDArray[np.float32]]:
        """Return the parameters of the networks by name: weights [inputs, outputs], and biases."""
        import tempfile  # brings much along

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "run.safetensors"
            self.save(path)
            return run_parameters(path)

    def export(self, path: str | os.PathLike[str]) -> None:
        """Write the parameters to a safetensors file, and the configuration into its metadata.

        Any library that reads safetensors takes it; `examples/load_in_pytorch.py` makes a PyTorch
        module of it. To go on with the run here, use `save`.

        Raises
        ------
        StorageError
            If the file cannot be written.
        """
        facts = self.describe()
        metadata = {key: json.dumps(facts[key]) for key in ("config", "density", "step")}
        write_tensors(path, self.parameters(), metadata)

    def describe(self) -> dict[str, Any]:
        """Return the run's configuration, steps done, checksum and counts."""
        return json.loads(self._handle.describe())

    @property
    def config(self) -> Config:
        """The resolved configuration: every key, with its value in this run."""
        return self.describe()["config"]

    @property
    def step(self) -> int:
        """How many steps of training are done."""
        return self.describe()["step"]

    @property
    def checksum(self) -> str:
        """16 hexadecimal digits over the parameters: equal bits, equal checksum."""
        return self.describe()["checksum"]

    @property
    def history(self) -> list[Event]:
        """The recorded step events, in order."""
        return json.loads(self._handle.history())

    def _repr_html_(self) -> str:
        facts = self.describe()
        rows = [
            ["density", self.density.name],
            ["learned by", _way(facts["config"])],
            ["steps", f"{facts['step']:,} of {facts['config']['steps']:,}"],
            ["parameters", f"{facts['parameter_count']:,}"],
            ["energy calls", f"{facts['energy_calls']:,}"],
            ["checksum", facts["checksum"]],
        ]
        if self.stopped:
            rows.append(["stopped", self.stopped])
        cells = "".join(f"<tr><th>{escaped(a)}</th><td>{escaped(b)}</td></tr>" for a, b in rows)
        return f"<table><tbody>{cells}</tbody></table>"

    def __repr__(self) -> str:
        facts = self.describe()
        steps = f"{facts['step']:,} of {facts['config']['steps']:,} steps"
        way = _way(facts["config"])
        return f"Run({self.density.name}, {way}, {steps}, checksum {facts['checksum']})"


def _budget(energy_calls: int | None, seconds: float | None) -> str | None:
    """Return what training may spend, as the core takes it."""
    budget: dict[str, Any] = {}
    if energy_calls is not None:
        budget["energy_calls"] = arguments.count(energy_calls, "energy_calls")
    if seconds is not None:
        budget["seconds"] = arguments.positive(seconds, "seconds")
    return json.dumps(budget) if budget else None


def _way(config: Config) -> str:
    """Return how a run learns: by an objective on paths, or by a method that has none."""
    has_objective = config["method"] == "paths" or config["prior"]["run"]
    return config["objective"] if has_objective else config["method"]
