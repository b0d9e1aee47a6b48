"""Sweeps over seeds and settings."""

from __future__ import annotations

import pytest

import tightrope as tr

GRID = {"network.width": [8, 16]}
SMALL = {"steps": 5, "batch_size": 30, "process": {"steps": 10}}


def log_density(x):
    return -0.5 * (x**2).sum(axis=1)


def test_a_sweep_is_the_runs_one_by_one():
    table = tr.sweep("gaussian", GRID, seeds=[3, 4], processes=0, samples=100, **SMALL)
    assert [(t.settings["network.width"], t.seed) for t in table] == [
        (8, 3), (8, 4), (16, 3), (16, 4),
    ]  # fmt: skip
    for trial in table:
        width = {"width": trial.settings["network.width"]}
        run = tr.train("gaussian", seed=trial.seed, network=width, **SMALL)
        assert trial.checksum == run.checksum
        assert trial.figures["elbo"] == run.evaluate(samples=100)["elbo"].value
    best = table.best("elbo")
    assert best.figures["elbo"] == max(trial.figures["elbo"] for trial in table)
    assert "network.width" in str(table)
    assert "<table>" in table._repr_html_()


def test_processes_change_nothing(tmp_path):
    here = tr.sweep("gaussian", GRID, seeds=1, processes=0, samples=100, **SMALL)
    there = tr.sweep("gaussian", GRID, seeds=1, processes=2, samples=100, out=tmp_path, **SMALL)
    assert [t.checksum for t in here] == [t.checksum for t in there]
    assert there.load(there[1]).checksum == there[1].checksum
    with pytest.raises(tr.errors.ConfigError, match="name a folder"):
        here.load(here[0])


def test_a_folder_is_not_worked_through_twice(tmp_path):
    first = tr.sweep("gaussian", seeds=2, processes=0, samples=100, out=tmp_path, **SMALL)
    again = tr.sweep("gaussian", seeds=2, processes=0, samples=100, out=tmp_path, **SMALL)
    assert [t.seconds for t in first] == [t.seconds for t in again]
    with pytest.raises(tr.errors.ConfigError, match="other settings"):
        tr.sweep("gaussian", seeds=2, processes=0, samples=200, out=tmp_path, **SMALL)


def test_a_failure_is_a_row():
    grid = [{"objective": "log-variance"}, {"objective": "no-such"}]
    table = tr.sweep(log_density, grid, dimension=2, seeds=1, processes=0, samples=100, **SMALL)
    assert [trial.verdict == "error" for trial in table] == [False, True]
    assert "ConfigError" in table[1].error
    assert "no-such" in str(table)


def test_pandas_gets_a_row_for_each_trial():
    pytest.importorskip("pandas")
    table = tr.sweep("gaussian", GRID, seeds=1, processes=0, samples=100, **SMALL).to_pandas()
    assert table["network.width"].tolist() == [8, 16]
    assert "elbo" in table


def test_what_cannot_go_to_another_process_is_named(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "cloudpickle", None)
    with pytest.raises(tr.errors.ConfigError, match="cannot go to another process"):
        tr.sweep(lambda x: log_density(x), dimension=2, seeds=1, processes=2, **SMALL)


@pytest.mark.parametrize(
    "given",
    [
        {"grid": {"network.width": 8}},
        {"grid": {"objective": "log-variance"}},
        {"seeds": 0},
        {"seeds": []},
        {"processes": -1},
        {"samples": 0},
    ],
)
def test_a_sweep_of_nothing_is_refused(given):
    with pytest.raises(tr.errors.ConfigError, match=next(iter(given))):
        tr.sweep("gaussian", **{"seeds": 1, "processes": 0, **given}, **SMALL)
