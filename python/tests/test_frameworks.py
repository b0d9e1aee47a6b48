"""Densities from JAX and PyTorch functions, where these are installed."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import tightrope as tr

X = np.array([[1.0, 2.0], [0.5, -1.0], [0.0, 0.0]])


def test_jax_gives_batches_and_gradients(tiny):
    numpy = pytest.importorskip("jax.numpy")
    density = tr.Density.from_jax(lambda x: -0.5 * numpy.sum(x**2), 2)
    np.testing.assert_allclose(density.log_density(X), -0.5 * np.sum(X**2, axis=1))
    np.testing.assert_allclose(density.score(X), -X)
    assert tr.train(density, **tiny).step == tiny["steps"]


def test_torch_gives_gradients(tiny):
    pytest.importorskip("torch")
    density = tr.Density.from_torch(lambda x: -0.5 * (x**2).sum(dim=1), 2)
    np.testing.assert_allclose(density.log_density(X), -0.5 * np.sum(X**2, axis=1))
    np.testing.assert_allclose(density.score(X), -X)
    assert tr.train(density, **tiny).step == tiny["steps"]


@pytest.mark.parametrize("framework", ["jax", "torch"])
def test_a_missing_framework_is_named(framework, monkeypatch):
    monkeypatch.setitem(sys.modules, framework, None)
    with pytest.raises(tr.errors.MissingDependencyError, match=rf"tightrope\[{framework}\]"):
        getattr(tr.Density, f"from_{framework}")(lambda x: x, 2)


def test_jax_compiles_for_few_batch_sizes():
    numpy = pytest.importorskip("jax.numpy")
    traced = []

    def log_density(x):
        traced.append(1)
        return -0.5 * numpy.sum(x**2)

    density = tr.Density.from_jax(log_density, 2)
    points = np.random.default_rng(0).normal(size=(1000, 2)).astype(np.float32)
    for count in range(513, 1000, 7):
        values = density.log_density(points[:count])
        np.testing.assert_allclose(values, -0.5 * np.sum(points[:count] ** 2, axis=1), rtol=1e-5)
    assert len(traced) <= 8


def test_a_numpyro_model_is_a_density_on_the_whole_space(tiny):
    numpyro = pytest.importorskip("numpyro")
    stats = pytest.importorskip("scipy.stats")
    dist = numpyro.distributions

    def school(deviation, y=None):
        mu = numpyro.sample("mu", dist.Normal(0, 5))
        tau = numpyro.sample("tau", dist.HalfCauchy(5))
        numpyro.deterministic("twice", 2 * mu)
        with numpyro.plate("schools", 3):
            theta = numpyro.sample("theta", dist.Normal(mu, tau))
            numpyro.sample("y", dist.Normal(theta, deviation), obs=y)

    y, deviation = np.array([28.0, 8.0, -3.0]), np.array([15.0, 10.0, 16.0])
    density = tr.Density.from_numpyro(school, deviation, y=y)
    assert density.coordinates == ["mu", "tau", "theta[0]", "theta[1]", "theta[2]"]
    x = np.random.default_rng(1).normal(size=(6, 5)).astype(np.float32)
    v = density.constrain(x)
    assert (v["tau"] > 0).all()
    np.testing.assert_allclose(v["twice"], 2 * v["mu"])
    norm = stats.norm.logpdf
    expected = norm(v["mu"], 0, 5) + stats.halfcauchy.logpdf(v["tau"], 0, 5) + np.log(v["tau"])
    expected += norm(v["theta"], v["mu"][:, None], v["tau"][:, None]).sum(axis=1)
    expected += norm(y, v["theta"], deviation).sum(axis=1)
    np.testing.assert_allclose(density.log_density(x), expected, rtol=1e-4)
    run = tr.train(density, **tiny)
    assert run.sample(10).variables()["theta"].shape == (10, 3)


def test_a_discrete_variable_is_refused():
    numpyro = pytest.importorskip("numpyro")

    def coin():
        numpyro.sample("p", numpyro.distributions.Beta(2, 2))
        numpyro.sample("heads", numpyro.distributions.Bernoulli(0.5))

    with pytest.raises(Exception, match=r"discrete|enumerat|funsor"):
        tr.Density.from_numpyro(coin)
