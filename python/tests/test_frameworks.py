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
    traced.clear()
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
    assert run.paths(3).coordinates[1] == "tau, unconstrained"


def test_a_discrete_variable_is_refused():
    numpyro = pytest.importorskip("numpyro")

    def coin():
        numpyro.sample("p", numpyro.distributions.Beta(2, 2))
        numpyro.sample("heads", numpyro.distributions.Bernoulli(0.5))

    with pytest.raises(tr.errors.ConfigError, match="variable 'heads' is discrete"):
        tr.Density.from_numpyro(coin)


def test_a_part_of_the_data_is_refused():
    numpyro = pytest.importorskip("numpyro")

    def model(y):
        mean = numpyro.sample("mean", numpyro.distributions.Normal(0, 1))
        with numpyro.plate("rows", len(y), subsample_size=2) as rows:
            numpyro.sample("y", numpyro.distributions.Normal(mean, 1), obs=y[rows])

    with pytest.raises(tr.errors.ConfigError, match="plate 'rows' takes a part of the data"):
        tr.Density.from_numpyro(model, np.zeros(5))
    with pytest.raises(tr.errors.ConfigError, match="model: expected a callable"):
        tr.Density.from_numpyro("model")


def test_pictures_tables_and_chains_have_the_variables_of_a_model(tiny):
    numpyro = pytest.importorskip("numpyro")
    pytest.importorskip("matplotlib").use("agg")

    def model():
        numpyro.sample("scale", numpyro.distributions.HalfNormal(3))

    density = tr.Density.from_numpyro(model)
    draws = tr.train(density, **tiny).sample(50)
    axes = tr.plot.marginals(draws, dimensions=["scale"]).axes[0]
    assert axes.get_xlabel() == "scale"
    assert min(bar.get_x() for bar in axes.patches[:60]) > 0
    chains = tr.mcmc(density, chains=2, draws=10, warm_up=10)
    np.testing.assert_allclose(chains.columns()["scale"], np.exp(chains.points[:, 0]), rtol=1e-5)
    wide = tr.densities.Affine(density, scale=2.0)
    np.testing.assert_allclose(wide.constrain([[2.0]])["scale"], np.exp(1), rtol=1e-6)


def test_jax_functions_of_another_shape_are_refused_at_once():
    numpy = pytest.importorskip("jax.numpy")
    with pytest.raises(tr.errors.ShapeError, match=r"a real number for one point \[2\], got float"):
        tr.Density.from_jax(lambda x: -(x**2), 2)
    with pytest.raises(tr.errors.ShapeError, match="got NoneType"):
        tr.Density.from_jax(lambda x: None, 2)
    with pytest.raises(Exception, match="axis 1") as raised:
        tr.Density.from_jax(lambda x: -numpy.sum(x**2, axis=1), 2)
    assert any("was given one point" in note for note in raised.value.__notes__)
    with pytest.raises(tr.errors.ConfigError, match="function: expected a callable"):
        tr.Density.from_jax(3, 2)


def test_torch_functions_without_a_gradient_are_refused():
    torch = pytest.importorskip("torch")
    detached = tr.Density.from_torch(lambda x: -(x.detach() ** 2).sum(1), 2)
    with pytest.raises(tr.errors.ConfigError, match="do not depend on the points"):
        detached.score(X)
    other = tr.Density.from_torch(lambda x: -(x.numpy() ** 2).sum(1), 2)
    with pytest.raises(tr.errors.DtypeError, match="expected a tensor, got ndarray"):
        other.log_density(X)
    with pytest.raises(tr.errors.ShapeError, match=r"shape \[3\] for 3 points, got \[\]"):
        tr.Density.from_torch(lambda x: -(x**2).sum(), 2).score(X)
    assert torch.is_grad_enabled()
