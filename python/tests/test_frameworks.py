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
