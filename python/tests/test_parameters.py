"""Parameters outside of runs: safetensors files, and the same network in PyTorch."""

from __future__ import annotations

import importlib.util
import json

import numpy as np
import pytest

import tightrope as tr
from conftest import ROOT


def test_parameters_are_named_arrays(tiny):
    run = tr.train("25gmm", **tiny)
    parameters = run.parameters()
    assert parameters["state.weight"].shape == (2, 16)
    assert sum(array.size for array in parameters.values()) == run.describe()["parameter_count"]


def test_the_official_package_reads_exports_and_runs(tiny, tmp_path):
    safetensors = pytest.importorskip("safetensors")
    run = tr.train("25gmm", **tiny)
    run.export(tmp_path / "parameters.safetensors")
    with safetensors.safe_open(tmp_path / "parameters.safetensors", "np") as file:
        assert json.loads(file.metadata()["config"])["network"]["width"] == 16
        for name, array in run.parameters().items():
            np.testing.assert_array_equal(file.get_tensor(name), array)
    run.save(tmp_path / "run.safetensors")
    with safetensors.safe_open(tmp_path / "run.safetensors", "np") as file:
        expected = run.parameters()["state.bias"]
        np.testing.assert_array_equal(file.get_tensor("parameters.state.bias"), expected)


def test_a_place_that_cannot_be_written_is_named(tiny, tmp_path):
    with pytest.raises(tr.errors.StorageError, match="cannot write"):
        tr.train("25gmm", **tiny).export(tmp_path / "nowhere" / "x.safetensors")


@pytest.mark.parametrize("langevin", ["auto", "off"])
def test_pytorch_draws_the_same_points(langevin, tiny, tmp_path):
    """The noise is the only thing that differs between the two: both get zeros here."""
    torch = pytest.importorskip("torch")
    pytest.importorskip("safetensors")
    place = ROOT / "examples" / "load_in_pytorch.py"
    spec = importlib.util.spec_from_file_location("load_in_pytorch", place)
    example = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(example)
    run = tr.train("25gmm", **{**tiny, "network": {"width": 16, "langevin": langevin}})
    run.export(tmp_path / "p.safetensors")
    density = tr.densities.GaussianMixture25()
    network = example.load(tmp_path / "p.safetensors")
    score = lambda x: torch.from_numpy(density.score(x.numpy()))  # noqa: E731
    # Many draws have the same moments: means within four standard errors of each other.
    theirs = example.sample(network, 4000, score, seed=1).numpy()
    ours = run.sample(4000, seed=1).x
    error = np.sqrt((theirs.var(axis=0) + ours.var(axis=0)) / 4000)
    assert (abs(theirs.mean(axis=0) - ours.mean(axis=0)) < 4 * error).all()
    np.testing.assert_allclose(theirs.std(axis=0), ours.std(axis=0), rtol=0.08)
