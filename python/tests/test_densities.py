"""Densities: values, scores, samples, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest

import tightrope as tr

NAMES = tr.densities.names()


@pytest.fixture(params=NAMES)
def density(request):
    return tr.densities.open(request.param)


def test_the_names_are_those_of_the_classes():
    classes = (tr.densities.Gaussian, tr.densities.GaussianMixture9, tr.densities.GaussianMixture25)
    assert {cls.key for cls in classes} <= set(NAMES)


def test_every_density_describes_itself(density):
    entry = tr.densities.describe(density.name)
    assert entry["name"] == density.name
    assert entry["summary"]
    assert density.describe()["dimension"] == density.dimension
    assert repr(density).startswith(f"Density('{density.name}'")


def test_every_score_is_the_gradient(density):
    x = np.random.default_rng(0).normal(size=(20, density.dimension)).astype(np.float32)
    score = density.score(x)
    step = np.float32(1e-2)
    for axis in range(density.dimension):
        shift = np.zeros_like(x)
        shift[:, axis] = step
        rise = density.log_density(x + shift) - density.log_density(x - shift)
        np.testing.assert_allclose(score[:, axis], rise / (2 * step), atol=2e-2, rtol=2e-2)


def test_every_sample_is_repeatable(density):
    first = density.sample(50, seed=3)
    assert first.shape == (50, density.dimension)
    assert first.dtype == np.float32
    np.testing.assert_array_equal(first, density.sample(50, seed=3))
    assert not np.array_equal(first, density.sample(50, seed=4))


def test_the_many_well_of_any_even_dimension():
    density = tr.densities.ManyWell(dimension=32)
    assert density.dimension == 32
    assert density.log_normalizer == pytest.approx(164.695675, abs=1e-6)
    assert tr.densities.open("many-well-64").dimension == 64
    x = np.random.default_rng(1).normal(size=(10, 32)).astype(np.float32)
    a, b = x[:, ::2].astype(float), x[:, 1::2].astype(float)
    expected = np.sum(-(a**4) + 6 * a**2 + a / 2 - b**2 / 2, axis=1)
    np.testing.assert_allclose(density.log_density(x), expected, rtol=1e-5)
    left = np.mean(density.sample(2000, seed=0)[:, ::2] < 0)
    assert left == pytest.approx(0.15569, abs=0.01)
    with pytest.raises(tr.errors.ConfigError, match="dimension"):
        tr.densities.ManyWell(dimension=33)


@pytest.mark.parametrize(("cls", "deviation"), [("Funnel", 3.0), ("EasyFunnel", 1.0)])
def test_the_funnels(cls, deviation):
    density = getattr(tr.densities, cls)()
    x = np.random.default_rng(1).normal(size=(10, 10)).astype(np.float32)
    first, rest = x[:, 0].astype(float), x[:, 1:].astype(float)
    expected = -0.5 * (first / deviation) ** 2 - np.log(deviation) - 5 * np.log(2 * np.pi)
    expected -= 0.5 * np.sum(rest**2 * np.exp(-first)[:, None] + first[:, None], axis=1)
    np.testing.assert_allclose(density.log_density(x), expected, rtol=1e-5)
    assert density.log_normalizer == 0.0


def test_the_mixture_is_normalised():
    density = tr.densities.GaussianMixture25()
    line = np.linspace(-18, 18, 721)
    grid = np.stack(np.meshgrid(line, line), axis=-1).reshape(-1, 2)
    total = np.exp(density.log_density(grid).astype(float)).sum() * (line[1] - line[0]) ** 2
    assert total == pytest.approx(1.0, abs=1e-3)
    assert density.log_normalizer == 0.0


@pytest.mark.parametrize(
    "convert",
    [
        np.float32,
        np.float64,
        lambda x: np.asfortranarray(x, dtype=np.float32),
        lambda x: np.repeat(x, 2, axis=0)[::2],
        lambda x: x.tolist(),
    ],
)
def test_any_layout_of_the_points_gives_the_same(convert):
    density = tr.densities.open("25gmm")
    x = np.arange(-6, 6, dtype=np.float64).reshape(6, 2)
    expected = density.log_density(x)
    np.testing.assert_array_equal(density.log_density(convert(x)), expected)


def test_integers_are_numbers():
    assert tr.densities.open("25gmm").log_density([[0, 0]]).shape == (1,)


def test_an_empty_batch_has_empty_values():
    density = tr.densities.open("25gmm")
    assert density.log_density(np.empty((0, 2))).shape == (0,)
    assert density.score(np.empty((0, 2))).shape == (0, 2)


def test_one_point_is_a_batch():
    assert tr.densities.open("25gmm").log_density([1.0, 2.0]).shape == (1,)


@pytest.mark.parametrize("x", [np.zeros((3, 5)), np.zeros((2, 2, 2)), 1.0])
def test_a_wrong_shape_is_named(x):
    with pytest.raises(tr.errors.ShapeError, match=r"x: expected shape \[n, 2\], got"):
        tr.densities.open("25gmm").log_density(x)


@pytest.mark.parametrize("x", [[["a", "b"]], [[1j, 0]], [[None, None]]])
def test_a_wrong_dtype_is_named(x):
    with pytest.raises(tr.errors.DtypeError, match="x: expected an array of real numbers"):
        tr.densities.open("25gmm").log_density(x)


def test_an_unknown_name_is_named():
    with pytest.raises(tr.errors.ConfigError, match="24gmm"):
        tr.densities.open("24gmm")
    with pytest.raises(tr.errors.ConfigError, match="24gmm"):
        tr.densities.describe("24gmm")


def test_an_unknown_key_is_named():
    with pytest.raises(tr.errors.ConfigError, match="wings"):
        tr.densities.GaussianMixture25(wings=2)


def test_a_value_that_json_cannot_hold_is_named():
    with pytest.raises(tr.errors.ConfigError, match="dimension: expected a number"):
        tr.densities.Gaussian(dimension=object())


@pytest.mark.parametrize("seed", [-1, 2**64, 0.5, "1"])
def test_a_wrong_seed_is_named(seed):
    with pytest.raises(tr.errors.ConfigError, match="seed: expected an integer"):
        tr.densities.open("25gmm").sample(10, seed=seed)
