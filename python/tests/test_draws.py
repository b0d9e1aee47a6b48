"""Draws: views, weights, ArviZ."""

from __future__ import annotations

import gc
import sys

import numpy as np
import pytest

import tightrope as tr


@pytest.fixture
def draws(tiny):
    return tr.train("25gmm", **tiny).sample(200, seed=3)


def test_the_arrays_have_their_shapes(draws):
    assert draws.x.shape == (200, 2)
    assert draws.x.dtype == np.float32
    assert draws.log_weights.shape == draws.log_density.shape == (200,)
    assert draws.log_weights.dtype == draws.log_density.dtype == np.float64
    assert len(draws) == 200
    assert draws.checksum in repr(draws)


def test_the_log_density_is_that_of_the_points(draws):
    expected = tr.densities.open("25gmm").log_density(draws.x)
    np.testing.assert_allclose(draws.log_density, expected, rtol=1e-5, atol=1e-4)


def test_the_arrays_outlive_the_draws(draws):
    x, copy = draws.x, draws.x.copy()
    del draws
    gc.collect()
    np.testing.assert_array_equal(x, copy)


def test_the_arrays_are_views_that_cannot_be_changed(draws):
    assert draws.x.base is not None
    with pytest.raises(ValueError, match="read-only"):
        draws.x[0] = 0


def test_weights_sum_to_one(draws):
    assert draws.weights.sum() == pytest.approx(1.0)
    assert 1 <= draws.effective_sample_size <= 200
    assert 1 / np.sum(draws.weights**2) == pytest.approx(draws.effective_sample_size)


def test_the_seed_decides(tiny):
    run = tr.train("25gmm", **tiny)
    assert run.sample(20, seed=1).checksum == run.sample(20, seed=1).checksum
    assert run.sample(20, seed=1).checksum != run.sample(20, seed=2).checksum


@pytest.mark.parametrize("count", [0, -3, 1.5])
def test_a_wrong_count_is_named(count, tiny):
    with pytest.raises(tr.errors.ConfigError, match="count: expected an integer"):
        tr.Run("25gmm", tiny).sample(count)


@pytest.mark.filterwarnings("ignore")
def test_arviz_takes_the_draws(draws):
    pytest.importorskip("arviz")
    data = draws.to_arviz()
    assert data["posterior"]["x"].shape == (1, 200, 2)
    np.testing.assert_array_equal(data["sample_stats"]["log_weight"][0], draws.log_weights)


def test_arviz_is_named_when_missing(draws, monkeypatch):
    monkeypatch.setitem(sys.modules, "arviz", None)
    with pytest.raises(ImportError, match=r"pip install 'tightrope\[arviz\]'"):
        draws.to_arviz()
