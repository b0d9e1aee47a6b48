"""Densities: values, scores, samples, and what is refused."""

from __future__ import annotations

import json
import runpy

import numpy as np
import pytest

import tightrope as tr
from conftest import ROOT

NAMES = tr.densities.names()
WITHOUT_SCORE = {"actions", "captioned-shapes", "texts", "text-ending"}


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
    if density.name in WITHOUT_SCORE or density.name == "class-likelihood":
        return  # The score of a classifier jumps at the kinks of its rectifiers.
    x = np.random.default_rng(0).normal(size=(20, density.dimension)).astype(np.float32)
    if "oscillator" in tr.densities.describe(density.name)["config"]:
        x *= 4  # Particles must not be so close that differences say nothing of derivatives.
        x = x[np.abs(density.log_density(x)) < 1e4]
        assert len(x) > 0
    score = density.score(x)
    step = np.float32(1e-2)
    # Values are rounded to 32 bits before their difference is divided.
    rounding = np.spacing(np.max(np.abs(density.log_density(x)))) / step
    for axis in range(min(density.dimension, 40)):
        shift = np.zeros_like(x)
        shift[:, axis] = step
        rise = density.log_density(x + shift) - density.log_density(x - shift)
        atol = 2e-2 + 2 * rounding
        np.testing.assert_allclose(score[:, axis], rise / (2 * step), atol=atol, rtol=2e-2)


def test_every_sample_is_repeatable(density):
    if not density.describe()["has_samples"]:
        with pytest.raises(tr.errors.TightropeError, match="no exact samples"):
            density.sample(50)
        return
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


def test_every_density_of_the_catalogue_has_a_class():
    sizes = {"many-well-64", "many-well-128", "many-well-512"}
    classes = {getattr(tr.densities, name) for name in tr.densities.__all__ if name[0].isupper()}
    keys = {cls.key for cls in classes - {tr.densities.Density, tr.densities.BuiltIn}}
    assert set(NAMES) - sizes == keys - {""}


def test_the_forty_gaussians_and_the_double_wells():
    density = tr.densities.GaussianMixture40()
    words = np.random.MT19937(0)
    words._legacy_seeding(0)
    units = (words.random_raw(80) & 0xFFFFFF).astype(np.float32) / np.float32(2**24)
    means = ((units - np.float32(0.5)) * 80).reshape(40, 2)
    x = density.sample(200, seed=2)
    squares = np.sum((x[:, None] - means) ** 2, axis=-1, dtype=float)
    variance = np.log1p(np.e) ** 2
    terms = np.exp(-0.5 * squares / variance) / (2 * np.pi * variance)
    np.testing.assert_allclose(density.log_density(x), np.log(terms.mean(axis=1)), atol=2e-5)

    wells = tr.densities.DoubleWells(dimension=3, wells=2, separation=4)
    x = np.array([[1.0, 2.0, 3.0]])
    np.testing.assert_allclose(wells.log_density(x), [-9 - 0 - 4.5])
    assert wells.describe()["factors"] == 2


def test_the_logistic_regression_has_the_numbers_of_scikit_learn():
    datasets = pytest.importorskip("sklearn.datasets", reason="scikit-learn is not installed")
    data = datasets.load_breast_cancer()
    features = (data.data - data.data.mean(axis=0)) / data.data.std(axis=0)
    design = np.hstack([np.ones((len(features), 1)), features])
    w = np.random.default_rng(0).normal(size=(7, 31))
    margins = (2 * data.target - 1) * (w @ design.T)
    prior = -0.5 * np.sum(w**2, axis=1) / 100 - 31 * (np.log(10) + 0.5 * np.log(2 * np.pi))
    expected = prior - np.logaddexp(0, -margins).sum(axis=1)
    density = tr.densities.LogisticRegression()
    np.testing.assert_allclose(density.log_density(w), expected, rtol=1e-5)
    # One weight at a time sees one column to the last bit that 32 bits hold.
    units = np.eye(31)
    margins = (2 * data.target - 1) * (units @ design.T)
    slopes = (((2 * data.target - 1) / (1 + np.exp(margins))) @ design) - units / 100
    np.testing.assert_allclose(density.score(units), slopes, atol=1e-3)


def test_the_logistic_regression_of_a_file(tmp_path):
    rng = np.random.default_rng(3)
    features, labels = rng.normal(size=(50, 3)), rng.integers(1, 3, size=(50, 1))
    table = np.hstack([features, labels])
    np.save(tmp_path / "data.npy", table)
    np.savetxt(tmp_path / "data.csv", table, delimiter=",", header="a,b,c,label", comments="")
    w = rng.normal(size=(5, 4))
    design = np.hstack([np.ones((50, 1)), (features - features.mean(0)) / features.std(0)])
    expected = -np.logaddexp(0, -(2 * labels[:, 0] - 3) * (w @ design.T)).sum(axis=1)
    for name in ("data.npy", "data.csv"):
        density = tr.densities.LogisticRegression(
            data="file", path=str(tmp_path / name), prior_standard_deviation=None
        )
        np.testing.assert_allclose(density.log_density(w), expected, rtol=1e-5)


def test_the_digits_are_packed_as_the_tool_packs_them():
    pytest.importorskip("sklearn.datasets", reason="scikit-learn is not installed")
    tool = runpy.run_path(str(ROOT / "python/tools/embed_digits.py"))
    assert tool["TARGET"].read_text(encoding="utf-8") == tool["render"]()


def write_safetensors(path, arrays):
    header, data = {}, b""
    for name, array in arrays.items():
        part = np.ascontiguousarray(array, dtype="<f4").tobytes()
        offsets = [len(data), len(data) + len(part)]
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": offsets}
        data += part
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)


def test_the_code_of_a_digit_has_the_numbers_of_scikit_learn(tmp_path):
    datasets = pytest.importorskip("sklearn.datasets", reason="scikit-learn is not installed")
    images = datasets.load_digits().data / 16
    rng = np.random.default_rng(0)
    w1, b1 = rng.normal(size=(40, 5)), rng.normal(size=40)
    w2, b2 = rng.normal(size=(64, 40)), rng.normal(size=64)
    decoder = tmp_path / "decoder.safetensors"
    arrays = {"fc3.weight": w1, "fc3.bias": b1, "fc4.weight": w2, "fc4.bias": b2}
    write_safetensors(decoder, arrays)
    z = rng.normal(size=(50, 5))
    logits = np.maximum(z @ w1.T + b1, 0) @ w2.T + b2
    q = np.clip(1 / (1 + np.exp(-logits)), 1e-5, 1 - 1e-5)
    prior = -0.5 * np.sum(z**2, axis=1) - 2.5 * np.log(2 * np.pi)
    for image in (0, 1, 900, 1696, 1796):
        density = tr.densities.VAEPosterior(image=image, decoder=str(decoder))
        x = images[image]
        expected = prior + np.log(q) @ x + np.log1p(-q) @ (1 - x)
        np.testing.assert_allclose(density.log_density(z), expected, rtol=1e-5)


def test_a_decoder_is_kept_in_a_file(tmp_path):
    trained = tr.densities.VAEPosterior(training={"latent": 3, "hidden": 8, "epochs": 1})
    path = tmp_path / "decoder.safetensors"
    trained.save_model(path)
    z = np.random.default_rng(0).normal(size=(20, 3))
    read = tr.densities.VAEPosterior(decoder=str(path))
    np.testing.assert_array_equal(read.log_density(z), trained.log_density(z))
    with pytest.raises(tr.errors.StorageError, match="nowhere"):
        trained.save_model(tmp_path / "nowhere" / "decoder.safetensors")
    with pytest.raises(tr.errors.ConfigError, match="25gmm"):
        tr.densities.open("25gmm").save_model(path)


def test_wrappers_take_names_and_densities():
    x = np.array([[0.5, -1.0], [3.0, 2.0]])
    base = tr.densities.GaussianMixture9(standard_deviation=1)
    moved = tr.densities.Affine(base, shift=[1.0, 2.0], scale=[2.0])
    expected = base.log_density((x - [1.0, 2.0]) / 2) - np.log(4)
    np.testing.assert_allclose(moved.log_density(x), expected, rtol=1e-5)
    assert moved.log_normalizer == 0.0
    config = moved.describe()["config"]
    assert config["base"] == "9gmm"
    assert config["base_settings"]["standard_deviation"] == 1
    by_name = tr.densities.open(
        "affine", base="9gmm", base_settings={"standard_deviation": 1}, shift=[1, 2], scale=[2]
    )
    np.testing.assert_array_equal(by_name.log_density(x), moved.log_density(x))
    nested = tr.densities.Tempered(moved, inverse_temperature=0.5)
    np.testing.assert_allclose(nested.log_density(x), 0.5 * moved.log_density(x), rtol=1e-6)


def test_wrappers_of_a_callable():
    def log_density(x):
        return 2 * np.log(x[:, 0]) - x[:, 0]

    gamma = tr.Density(log_density, lambda x: 2 / x - 1, dimension=1)
    density = tr.densities.Positive(gamma)
    y = np.linspace(-2, 2, 5)[:, None]
    np.testing.assert_allclose(
        density.log_density(y), (3 * y - np.exp(y))[:, 0], rtol=1e-5, atol=1e-6
    )
    np.testing.assert_allclose(density.score(y), 3 - np.exp(y), rtol=1e-5, atol=1e-5)
    assert density.log_normalizer is None
    value_only = tr.densities.Affine(tr.Density(log_density, dimension=1), shift=[1.0])
    assert not value_only.describe()["has_score"]
    run = tr.train(density, steps=2, progress=False)
    assert run.sample(4, seed=1).x.shape == (4, 1)


def test_a_callable_that_fails_inside_a_wrapper_is_heard():
    def fails(x):
        raise KeyError("inside")

    density = tr.densities.Tempered(tr.Density(fails, dimension=1), inverse_temperature=0.5)
    with pytest.raises(KeyError, match="inside"):
        density.log_density([[0.0]])


def test_whitened_by_samples():
    base = tr.densities.Banana()
    samples = base.sample(5000, seed=4)
    y = tr.densities.Whitened(base, samples=samples).sample(5000, seed=4)
    # The same streams: the samples themselves in the new coordinates.
    assert np.abs(y.mean(axis=0)).max() < 0.1
    np.testing.assert_allclose(np.cov(y, rowvar=False), np.eye(2), atol=0.15)
    with pytest.raises(tr.errors.ConfigError, match="samples"):
        tr.densities.Whitened(base, samples=[1.0, 2.0])


@pytest.mark.parametrize(
    ("name", "config", "key"),
    [
        ("Affine", {"base": "gausian"}, "base"),
        (
            "Affine",
            {"base": "funnel", "base_settings": {"dimension": 0}},
            "base_settings.dimension",
        ),
        ("Affine", {"base": "25gmm", "matrix": [[1, 2], [2, 4]]}, "matrix"),
        ("Positive", {"base": "25gmm", "coordinates": [2]}, "coordinates"),
        ("Tempered", {"base": "25gmm", "inverse_temperature": -1}, "inverse_temperature"),
        ("LogGaussianCox", {"grid": 7}, "grid"),
        ("LogisticRegression", {"data": "iris"}, "data"),
        ("VAEPosterior", {"data": "/no/such/file"}, "data"),
        ("VAEPosteriors", {"training": {"latent": 0}}, "training.latent"),
    ],
)
def test_a_setting_that_makes_no_sense_is_named(name, config, key):
    with pytest.raises(tr.errors.ConfigError, match=key):
        getattr(tr.densities, name)(**config)


def test_what_points_of_a_wrapper_stand_for():
    y = np.array([[1.0, 2.0], [-1.0, 0.5]], dtype=np.float32)
    affine = tr.densities.Affine("25gmm", shift=[1.0, 0.0], scale=2.0)
    np.testing.assert_allclose(affine.constrain(y)["x"], (y - [1, 0]) / 2)
    positive = tr.densities.Positive(tr.Density(lambda x: -x.sum(axis=1), dimension=2))
    np.testing.assert_allclose(positive.constrain(y)["x"], np.exp(y), rtol=1e-6)
    both = tr.densities.Tempered(positive, inverse_temperature=0.5)
    np.testing.assert_allclose(both.constrain(y)["x"], np.exp(y), rtol=1e-6)
    points = tr.densities.Gaussian().sample(50) * [3, 2] + 1
    white = tr.densities.Whitened("gaussian", samples=points)
    assert white.constrain(np.zeros((1, 2)))["x"] == pytest.approx(points.mean(axis=0)[None])
    draws = tr.mcmc(positive, chains=2, draws=20, warm_up=20)
    assert all((column > 0).all() for column in draws.columns().values())
