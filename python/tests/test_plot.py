"""Pictures: they are drawn, and Matplotlib is named when it is missing."""

from __future__ import annotations

import sys

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
