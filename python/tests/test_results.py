"""Draws as tables, for pandas, ArviZ and notebooks."""

from __future__ import annotations

import numpy as np
import pytest

import tightrope as tr
from tightrope.summary import summarize


@pytest.fixture(scope="module")
def draws():
    settings = {"steps": 24, "batch_size": 30, "process": {"steps": 10}, "network": {"width": 16}}
    return tr.train("25gmm", **settings).sample(400, seed=1)


def test_draws_are_an_array(draws):
    np.testing.assert_array_equal(np.asarray(draws), draws.x)
    assert np.array(draws, dtype=np.float64).dtype == np.float64
    assert draws.coordinates == ["x0", "x1"]


def test_a_summary_is_of_the_density_or_of_the_sampler():
    values = np.array([[0.0], [1.0], [2.0], [3.0]])
    weights = np.log([0.1, 0.2, 0.3, 0.4])
    weighted = summarize(["x"], values, weights, weighted=True)["x"]
    assert weighted["mean"] == pytest.approx(2.0)
    assert weighted["deviation"] == pytest.approx(1.0)
    assert [weighted[key] for key in ("5%", "50%", "95%")] == [0.0, 2.0, 3.0]
    plain = summarize(["x"], values, weights, weighted=False)["x"]
    assert plain["mean"] == pytest.approx(1.5)
    assert plain["error"] == pytest.approx(plain["deviation"] / 2)


def test_a_mean_lies_within_its_error():
    """The error is that of repeated experiments: 4 of 100 may miss by three of them (p < 1e-4)."""
    random = np.random.default_rng(0)
    misses = 0
    for _ in range(100):
        x = random.normal(size=(1000, 1))
        row = summarize(["x"], x, 0.4 * x[:, 0], weighted=True)["x"]  # of the normal around 0.4
        misses += abs(row["mean"] - 0.4) > 3 * row["error"]
    assert misses <= 4


def test_a_summary_can_be_read(draws):
    summary = draws.summary()
    assert "weighted, worth" in str(summary)
    assert summary.names == ["x0", "x1"]
    assert "<table>" in summary._repr_html_()
    assert "unweighted" in str(draws.summary(weighted=False))


def test_many_rows_are_cut_off():
    summary = summarize([f"x{i}" for i in range(30)], np.zeros((5, 30)), np.zeros(5), weighted=True)
    assert "6 more rows" in str(summary)
    assert summary.figures.shape == (30, 6)


def test_resampled_points_have_the_density():
    draws = tr.train("gaussian", steps=2, batch_size=30, process={"steps": 10}).sample(4000)
    picked = draws.resample(8000, seed=3)
    np.testing.assert_array_equal(picked, draws.resample(8000, seed=3))
    weighted = draws.weights @ draws.x
    np.testing.assert_allclose(picked.mean(axis=0), weighted, atol=0.02)


def test_pandas_gets_a_row_for_each_point(draws):
    pytest.importorskip("pandas")
    frame = draws.to_pandas()
    assert list(frame.columns) == ["x0", "x1", "log_weight", "log_density"]
    assert len(frame) == 400
    table = draws.summary().to_pandas()
    assert table.loc["x1", "mean"] == draws.summary()["x1"]["mean"]


def test_arviz_gets_runs_as_chains(draws):
    pytest.importorskip("arviz")
    data = tr.to_arviz([draws, draws])
    assert data["posterior"]["x"].shape == (2, 400, 2)
    np.testing.assert_array_equal(data["posterior"]["x"].values[1], draws.x)
    assert data["sample_stats"]["log_weight"].shape == (2, 400)
    assert draws.to_arviz()["posterior"]["x"].shape == (1, 400, 2)
    picked = draws.to_arviz(resample=True, seed=5)
    np.testing.assert_array_equal(picked["posterior"]["x"].values[0], draws.resample(seed=5))


def test_arviz_gets_one_run_alone(draws):
    pytest.importorskip("arviz")
    assert tr.to_arviz(draws)["posterior"]["x"].values.shape == (1, *draws.x.shape)


def test_a_row_that_there_is_not_is_named(draws):
    with pytest.raises(KeyError, match="there is no 'x7'"):
        draws.summary()["x7"]


def test_chains_of_other_lengths_do_not_match(draws):
    pytest.importorskip("arviz")
    with pytest.raises(tr.errors.ShapeError, match="expected some of one shape"):
        tr.to_arviz([])


def test_a_notebook_shows_tables(tiny):
    run = tr.train("25gmm", **tiny)
    assert "<th>checksum</th>" in run._repr_html_()
    assert "Draws(50 points" in run.sample(50)._repr_html_()
    assert "<table>" in run.evaluate(samples=100)._repr_html_()


def test_a_figure_and_a_run_say_what_they_are(tiny):
    run = tr.train("25gmm", **tiny)
    assert repr(run).startswith("Run(25gmm, trajectory-balance, 24 of 24 steps, checksum ")
    denoising = tr.train("25gmm", **tiny, method="denoising")
    assert repr(denoising).startswith("Run(25gmm, denoising, ")
    figure = tr.Figure("elbo", -0.51234, -0.6, -0.4, truth=0.0, verdict="warn", reason="too low")
    assert str(figure) == "-0.5123 [-0.6, -0.4], truth 0: warn, too low"
    share = tr.metrics.effective_sample_share([0.0, 0.0, -1.0])
    assert str(share) == f"{share.value:.4g} [{share.low:.4g}, {share.high:.4g}]"


def test_paths_end_where_draws_are(tiny):
    run = tr.train("25gmm", **tiny)
    paths = run.paths(40, seed=3)
    np.testing.assert_array_equal(paths.x[-1], run.sample(40, seed=3).x)
    assert not paths.x[0].any()
    assert paths.times[0] == 0
    assert paths.times[-1] == 1
    assert (np.diff(paths.times) > 0).all()
    assert run.paths(5, steps=100).x.shape == (26, 5, 2)
    assert "26 times" in repr(run.paths(5, steps=100))


def test_energy_matching_has_no_paths():
    tiny = {"steps": 2, "batch_size": 30, "network": {"width": 16}}
    with pytest.raises(tr.errors.ConfigError, match="paths"):
        tr.train("gaussian", method="pdem", **tiny).paths(3)
