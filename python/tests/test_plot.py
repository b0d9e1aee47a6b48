"""Pictures: they are drawn, and Matplotlib is named when it is missing."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import tightrope as tr


@pytest.fixture
def pyplot():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    from matplotlib import pyplot

    yield pyplot
    pyplot.close("all")


@pytest.fixture
def run(tiny):
    return tr.train("25gmm", **tiny)


def test_every_picture_is_drawn(pyplot, run, tmp_path):
    draws = run.sample(300)
    picture = tr.plot.marginals(draws)
    assert len(picture.axes) == 2
    picture.savefig(tmp_path / "marginals.png")
    axes = tr.plot.samples(draws, run.density)
    assert len(axes.collections) > 1
    axes.figure.savefig(tmp_path / "samples.png")
    tr.plot.training_curve(run).figure.savefig(tmp_path / "curve.png")
    assert all((tmp_path / f"{name}.png").exists() for name in ("marginals", "samples", "curve"))


def test_pictures_compare_with_a_reference(pyplot, run, tmp_path):
    draws, exact = run.sample(300), run.density.sample(300)
    assert len(tr.plot.marginals(draws, reference=exact).axes) == 2
    pairs = tr.plot.pairs(draws, reference=exact)
    assert [axes.get_visible() for axes in pairs.axes] == [True] * 4
    assert not tr.plot.pairs(draws.x).axes[1].get_visible()
    assert "Pareto k" in tr.plot.weights(draws).get_suptitle()
    assert len(tr.plot.training(run).axes) == 4
    pairs.savefig(tmp_path / "pairs.png")


def test_paths_are_a_picture_and_an_animation(pyplot, run, tmp_path):
    paths = run.paths(50)
    tr.plot.paths(paths, dimension=1).savefig(tmp_path / "paths.png")
    tr.plot.animate(paths, run.density).save(tmp_path / "paths.gif", writer="pillow", dpi=40)
    assert (tmp_path / "paths.gif").stat().st_size > 1000


def test_distances_are_those_of_all_pairs(pyplot):
    square = np.array([[0.0, 0, 1, 0, 1, 1, 0, 1]])
    lengths = np.sort(tr.plot.distances(square, 4))
    np.testing.assert_allclose(lengths, [1, 1, 1, 1, 2**0.5, 2**0.5])
    with pytest.raises(tr.errors.ShapeError, match="3 particles"):
        tr.plot.distances(square, 3)
    chains = tr.mcmc("dw4", draws=20, warm_up=20)
    axes = tr.plot.particle_distances(chains, 4, reference=chains.points)
    assert len(axes.get_legend().get_texts()) == 2


def test_images_make_a_grid(pyplot):
    assert len(tr.plot.image_grid(np.random.rand(10, 64)).axes) == 16
    assert len(tr.plot.image_grid(np.random.rand(3, 4, 5, 3)).axes) == 3
    with pytest.raises(tr.errors.ShapeError, match="square"):
        tr.plot.image_grid(np.zeros((2, 10)))


def test_a_picture_can_be_part_of_another(pyplot, run):
    _, (left, right) = pyplot.subplots(1, 2)
    assert tr.plot.samples(run.sample(50), axes=left) is left
    assert tr.plot.training_curve(run.history, axes=right) is right


def test_contours_want_the_plane(pyplot, run, normal):
    with pytest.raises(tr.errors.ShapeError, match="dimension 2"):
        tr.plot.samples(run.sample(50), tr.Density(normal, dimension=3))


def test_matplotlib_is_named_when_missing(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(ImportError, match=r"pip install 'tightrope\[plot\]'"):
        tr.plot.marginals(run.sample(50))


def test_what_cannot_be_drawn_is_named(pyplot, run):
    draws = run.sample(50)
    with pytest.raises(tr.errors.ConfigError, match="dimensions: expected an integer from 0 to 1"):
        tr.plot.marginals(draws, dimensions=[7])
    with pytest.raises(tr.errors.ConfigError, match="dimensions: there is no 'y'"):
        tr.plot.pairs(draws, dimensions=["y"])
    with pytest.raises(tr.errors.ShapeError, match="reference: expected 2 columns, got 3"):
        tr.plot.marginals(draws, reference=np.zeros((5, 3)))
    with pytest.raises(tr.errors.ConfigError, match="no 'ebo': did you mean 'elbo'"):
        tr.plot.training_curve(run, quantity="ebo")
    with pytest.raises(tr.errors.DtypeError, match="draws: expected an array of real numbers"):
        tr.plot.weights(run)


def test_columns_are_chosen_by_name(pyplot, run):
    shown = tr.plot.marginals(run.sample(50), dimensions=["x1"])
    assert [axes.get_xlabel() for axes in shown.axes] == ["x1"]
