"""Numerical trouble: a finite result, or a failure that says what, where and how to replay it."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

import tightrope as tr

TINY = {"steps": 3, "batch_size": 16, "process": {"steps": 4}, "network": {"width": 8}}


def trained(log_density, dimension=2, score=None, **changes):
    settings = {**TINY, **changes}
    return tr.train(tr.Density(log_density, score=score, dimension=dimension), **settings)


def is_finite(run):
    draws = run.sample(8)
    return np.isfinite(draws.x).all() and np.isfinite(draws.log_weights).all()


@pytest.mark.parametrize("scale", [1e30, -1e30])
@pytest.mark.parametrize("objective", ["trajectory-balance", "log-variance"])
def test_log_densities_of_any_size_end_or_are_refused(scale, objective):
    try:
        run = trained(lambda x: scale * np.ones(len(x)), objective=objective)
    except tr.errors.NumericalError as error:
        assert "step 1" in str(error) and "clip_norm" in str(error)
    else:
        assert is_finite(run)


def test_clipping_bounds_gradients_of_any_size():
    run = trained(lambda x: 1e30 * x[:, 0], optimizer={"clip_norm": 1.0}, objective="log-variance")
    assert np.isfinite(run.sample(8).x).all()


def test_steep_tails_are_learned_with_the_defaults():
    run = tr.train(
        lambda x: -np.sum((x**2 - 1) ** 2, axis=1),
        dimension=2,
        steps=1000,
        batch_size=60,
        process={"steps": 20},
    )
    grid = np.linspace(-4, 4, 8001)
    log_z = 2 * np.log(np.sum(np.exp(-((grid**2 - 1) ** 2))) * (grid[1] - grid[0]))
    figures = run.evaluate(samples=1000)
    assert log_z - 0.3 < figures["elbo"].value < log_z


@pytest.mark.parametrize("variance", [1e-12, 1e12])
def test_variances_from_tiny_to_huge(variance):
    def log_density(x):
        return -0.5 * np.sum(x.astype(np.float64) ** 2, axis=1) / variance

    settings = {"process": {"steps": 4, "variance": variance}, "optimizer": {"clip_norm": 1.0}}
    assert is_finite(trained(log_density, **settings))


@pytest.mark.parametrize("dimension", [1, 5000])
def test_dimensions_from_one_to_thousands(dimension, normal):
    assert is_finite(trained(normal, dimension=dimension))


def test_one_step_and_one_path(normal):
    run = trained(normal, batch_size=1, process={"steps": 1})
    assert is_finite(run)


def test_a_constant_density_is_learned(normal):
    assert is_finite(trained(lambda x: np.zeros(len(x))))


def test_weights_that_are_all_zero_are_stated():
    run = trained(lambda x: np.zeros(len(x)))
    draws = run.sample(8)
    nothing = tr.metrics.effective_sample_share(np.full(len(draws.x), -np.inf))
    assert nothing.verdict == "fail" and float(nothing) == 0


def test_a_learning_rate_that_explodes_is_stated_and_replayed(tmp_path):
    folder = tmp_path / "it's a run"
    with pytest.raises(tr.errors.NumericalError, match="step") as failure:
        tr.train("25gmm", out=folder, optimizer={"learning_rate": 1e38}, **{**TINY, "steps": 20})
    noted = json.loads((folder / "failure.json").read_text())
    assert noted["error"] in str(failure.value)
    words = [sys.executable, "-m", "tightrope", "train"]
    assert noted["replay"].startswith("tightrope train ")
    again = subprocess.run(
        ["sh", "-c", '"$0" -m tightrope ' + noted["replay"].removeprefix("tightrope "), words[0]],
        capture_output=True,
        text=True,
    )
    assert again.returncode != 0
    assert noted["error"] in again.stderr.replace("\n", " ")


def test_the_first_bad_point_is_kept(tmp_path):
    def hole(x):
        return np.where(x[:, 0] > 0, np.nan, -0.5 * np.sum(x**2, axis=1))

    with pytest.raises(tr.errors.NumericalError):
        tr.train(hole, dimension=2, out=tmp_path / "run", **TINY)
    noted = json.loads((tmp_path / "run" / "failure.json").read_text())
    assert noted["point"][0] > 0 and noted["place"] == "step 1"
    assert noted["replay"] is None
