"""Chains and particles, diagnostics, exact draws, expectations."""

from __future__ import annotations

import numpy as np
import pytest

import tightrope as tr
from conftest import TINY

METHODS = ["hmc", "mala", "random-walk", "stretch", "parallel-tempering", "smc", "ais"]


def half_square(x):
    return -0.5 * np.sum(x**2, axis=1)


def minus(x):
    return -x


def settings(method):
    if method in ("smc", "ais"):
        return {"draws": 300}
    return {"draws": 300, "warm_up": 300, "chains": 6}


@pytest.mark.parametrize("method", METHODS)
def test_every_method_samples_functions_and_built_in_densities(method):
    function = tr.Density(half_square, minus, dimension=3)
    mine = tr.mcmc(function, method=method, seed=3, **settings(method))
    ours = tr.mcmc(tr.densities.Gaussian(dimension=3), method=method, seed=3, **settings(method))
    for draws in (mine, ours):
        assert draws.x.ndim == 3
        assert draws.x.shape[2] == 3
        assert draws.method == method
        assert draws.energy_calls > 0
        figures = tr.metrics.chain_diagnostics(draws.x)
        assert np.all(np.abs(figures.mean) < 5 * figures.standard_error)
        assert draws.report["r_hat"] == pytest.approx(figures.r_hat.tolist())
    assert mine.acceptance == pytest.approx(ours.acceptance, abs=0.05)


def test_values_are_enough_for_the_methods_that_need_no_gradient():
    for method in ("random-walk", "stretch", "parallel-tempering", "smc", "ais"):
        draws = tr.mcmc(half_square, dimension=2, method=method, **settings(method))
        assert draws.gradient_calls == 0
    for method in ("hmc", "mala"):
        with pytest.raises(tr.errors.ConfigError, match="score"):
            tr.mcmc(half_square, dimension=2, method=method)
    assert tr.mcmc(half_square, dimension=2).method == "random-walk"


def test_budgets_are_kept_and_counted_by_the_callable_itself():
    seen = 0

    def counting(x):
        nonlocal seen
        seen += len(x)
        return half_square(x)

    draws = tr.mcmc(tr.Density(counting, minus, dimension=2), method="hmc", energy_calls=5000)
    assert seen == draws.energy_calls
    assert 4500 < seen <= 5000


def test_the_same_seed_gives_the_same_bits():
    first, second, other = (tr.mcmc("banana", draws=50, warm_up=50, seed=s) for s in (1, 1, 2))
    assert first.checksum == second.checksum != other.checksum


def test_particles_know_log_z():
    for method in ("smc", "ais"):
        figure = tr.mcmc("25gmm", method=method, start_deviation=10).log_normalizer
        assert figure.low - 0.1 < 0 < figure.high + 0.1
    assert tr.mcmc("gaussian", draws=50, warm_up=50).log_normalizer is None


def test_mistakes_are_refused():
    for wrong in ({"method": "hcm"}, {"chians": 3}, {"draws": 0}, {"sweeps": 3}, {"jitter": 2}):
        with pytest.raises(tr.errors.ConfigError):
            tr.mcmc("gaussian", **wrong)
    with pytest.raises(tr.errors.NumericalError):
        tr.mcmc(lambda x: np.full(len(x), -np.inf), dimension=1)
    with pytest.raises(ZeroDivisionError):
        tr.mcmc(lambda x: 1 / 0, dimension=1)


def test_diagnostics_agree_with_arviz():
    arviz = pytest.importorskip("arviz")
    random = np.random.default_rng(5)
    noise = random.normal(size=(4, 501, 4))
    x = noise.copy()
    for i in range(1, x.shape[1]):
        x[:, i] = [0, 0.5, 0.95, -0.5] * x[:, i - 1] + noise[:, i]
    x[0, :, 1] += 0.3
    x[:, :, 3] = np.round(x[:, :, 3], 1)
    ours = tr.metrics.chain_diagnostics(x)
    for j in range(4):
        column = x[:, :, j]
        expected = [
            arviz.rhat(column, method="rank"),
            arviz.ess(column, method="bulk"),
            arviz.ess(column, method="tail", prob=(0.05, 0.95)),
            column.mean(),
            arviz.mcse(column, method="mean"),
        ]
        np.testing.assert_allclose(
            [float(figure[j]) for figure in ours],
            [np.asarray(v).item() for v in expected],
            rtol=1e-6,
        )


def test_diagnostics_refuse_what_is_no_chain():
    for wrong in (np.zeros(3), np.zeros((2, 0, 1)), np.zeros((1, 2, 3, 4))):
        with pytest.raises(tr.errors.ShapeError):
            tr.metrics.chain_diagnostics(wrong)


def test_what_cannot_be_told_is_no_number():
    draws = tr.mcmc("gaussian", draws=3, warm_up=0)
    assert all(np.isnan(value) for value in draws.report["r_hat"])
    assert draws.evaluation["r-hat"].verdict == "fail"
    assert "nan" in str(draws.evaluation)


@pytest.fixture(scope="module")
def run():
    return tr.train("gaussian", **{**TINY, "steps": 200})


@pytest.mark.parametrize("method", ["importance", "independence", "smc", "chains"])
def test_runs_are_made_exact(run, method):
    draws = run.refine(2000, method, seed=5)
    assert draws.x.size == 2 * 2000
    assert draws.checksum == run.refine(2000, method, seed=5).checksum
    assert np.abs(draws.points.mean(axis=0)).max() < 0.2
    assert np.abs(draws.points.std(axis=0) - 1).max() < 0.2


def test_chains_from_draws_count_their_calls(run):
    short, long = (run.refine(50, "chains", seed=5, moves=moves) for moves in (9, 19))
    assert long.energy_calls == short.energy_calls + 50 * 10
    assert long.gradient_calls == short.gradient_calls + 50 * 10
    assert run.refine(50, "chains", moves=9, kernel="hmc").energy_calls > short.energy_calls
    with pytest.raises(tr.errors.ConfigError, match="moves"):
        run.refine(50, "chains", moves=0)
    with pytest.raises(tr.errors.TightropeError, match="kernel"):
        run.refine(50, "chains", kernel="wish")


def test_weights_that_are_too_heavy_are_refused():
    raw = tr.Run("many-well", **TINY)
    for method in ("importance", "independence", "smc"):
        with pytest.raises(tr.errors.NumericalError, match="Pareto k"):
            raw.refine(1000, method)
    with pytest.raises(tr.errors.NumericalError, match="Pareto k"):
        raw.expect(lambda x: x, 1000)
    with pytest.raises(tr.errors.ConfigError):
        raw.refine(1000, "metropolis")
    with pytest.raises(tr.errors.ConfigError):
        raw.refine(2)


def test_expectations_hold_their_truth(run):
    mean = run.expect(lambda x: x)
    square = run.expect(lambda x: np.sum(x**2, axis=1))
    assert mean.value.shape == (2,)
    assert np.all(np.abs(mean.value) < 4 * mean.standard_error)
    assert abs(square.value - 2) < 4 * square.standard_error
    assert square.low < square.value < square.high
    with pytest.raises(tr.errors.ShapeError):
        run.expect(lambda x: x[:-1])
