"""Runs: configuration, events, saving, resuming, evaluating."""

from __future__ import annotations

import json
import re
import sys
import threading

import numpy as np
import pytest

import tightrope as tr


def test_a_value_only_callable_trains(normal, tiny):
    run = tr.train(normal, dimension=2, **tiny)
    assert run.step == tiny["steps"]
    assert len(run.checksum) == 16
    assert run.sample(50).x.shape == (50, 2)


def test_events_and_history_agree(tiny):
    events = []
    run = tr.train("25gmm", callbacks=[events.append], **tiny)
    steps = [event for event in events if event["event"] == "step"]
    assert [event["step"] for event in steps] == [event["step"] for event in run.history]
    assert steps[-1]["step"] == tiny["steps"]
    assert all("loss" in event for event in steps)


@pytest.fixture
def watched(monkeypatch):
    """As if a person watched: without the variable that keeps progress quiet on test servers."""
    monkeypatch.delenv("CI", raising=False)


def test_listening_changes_nothing(tiny, capsys, watched):
    quiet = tr.train("25gmm", **tiny)
    assert capsys.readouterr() == ("", "")
    shown = tr.train("25gmm", progress=True, **tiny)
    assert capsys.readouterr().err
    assert quiet.checksum == shown.checksum


def test_progress_on_a_terminal_is_a_bar(tiny, capsys, monkeypatch, watched):
    pytest.importorskip("tqdm")
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    tr.train("25gmm", progress=True, **tiny)
    assert f"{tiny['steps']}/{tiny['steps']}" in capsys.readouterr().err


def test_progress_without_tqdm_is_lines(tiny, capsys, monkeypatch, watched):
    monkeypatch.setitem(sys.modules, "tqdm.auto", None)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    tr.train("25gmm", progress=True, **tiny)
    lines = capsys.readouterr().err.splitlines()
    assert lines[-1].startswith(f"step {tiny['steps']:>6} of {tiny['steps']}")


def test_an_exception_of_a_callback_arrives_and_the_run_goes_on(tiny):
    error = RuntimeError("enough")

    def stop(event):
        if event.get("step") == 7:
            raise error

    run = tr.Run("25gmm", tiny)
    with pytest.raises(RuntimeError) as caught:
        run.train(callbacks=[stop])
    assert caught.value is error
    assert 0 < run.step < tiny["steps"]
    assert run.train().checksum == tr.train("25gmm", **tiny).checksum


def test_arguments_go_over_the_configuration(tiny, tmp_path):
    path = tmp_path / "config.json"
    path.write_text(json.dumps({**tiny, "seed": 5}))
    run = tr.Run("25gmm", path, network={"width": 32}, seed=6)
    assert run.config["seed"] == 6
    assert run.config["network"]["width"] == 32
    assert run.config["process"]["steps"] == tiny["process"]["steps"]
    toml = tmp_path / "config.toml"
    toml.write_text("steps = 12\n[network]\nwidth = 8\n")
    assert tr.Run("25gmm", toml).config["network"]["width"] == 8


def test_numpy_numbers_are_numbers(tiny):
    run = tr.Run("25gmm", tiny, seed=np.int64(3), steps=np.int32(9))
    assert (run.config["seed"], run.config["steps"]) == (3, 9)


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"stepz": 3}, "stepz"),
        ({"network": {"wdth": 3}}, "network.wdth"),
        ({"steps": "many"}, "steps"),
        ({"objective": "guessing"}, "guessing"),
        ({"network": {"width": object()}}, "network"),
        ({"batch_size": float("nan")}, "batch_size"),
    ],
)
def test_a_wrong_setting_is_named(settings, named):
    with pytest.raises(tr.errors.ConfigError, match=named):
        tr.Run("25gmm", **settings)


@pytest.mark.parametrize("density", [3, None, ["25gmm"]])
def test_what_is_no_density_is_named(density):
    with pytest.raises(tr.errors.ConfigError, match="density: expected a Density"):
        tr.train(density)


def test_a_callable_needs_its_dimension(normal):
    with pytest.raises(tr.errors.ConfigError, match="dimension"):
        tr.train(normal)


def test_a_saved_run_is_the_same_run(tiny, tmp_path):
    path = tmp_path / "run.safetensors"
    run = tr.train("25gmm", **tiny)
    run.save(path)
    loaded = tr.load(path)
    assert loaded.checksum == run.checksum
    assert loaded.config == run.config
    assert loaded.sample(40, seed=2).checksum == run.sample(40, seed=2).checksum
    assert loaded.density.name == "25gmm"
    assert repr(loaded) == repr(run)


def test_a_run_on_a_callable_needs_it_back(normal, tiny, tmp_path):
    path = tmp_path / "run.safetensors"
    density = tr.Density(normal, dimension=2)
    run = tr.train(density, **tiny)
    run.save(path)
    with pytest.raises(tr.TightropeError, match="density"):
        tr.load(path)
    assert tr.load(path, density).sample(20).checksum == run.sample(20).checksum


@pytest.mark.parametrize("folder", [None, "run"])
def test_more_steps_go_on(folder, tiny, tmp_path):
    run = tr.train("25gmm", out=folder and tmp_path / folder, **tiny)
    before = run.checksum
    run.train(steps=tiny["steps"] + 5)
    assert run.step == tiny["steps"] + 5
    assert run.checksum != before
    if folder:
        assert tr.load(tmp_path / folder).checksum == run.checksum


def test_damaged_and_missing_files_are_refused(tmp_path):
    path = tmp_path / "run.safetensors"
    with pytest.raises(tr.errors.StorageError, match=r"run\.safetensors"):
        tr.load(path)
    path.write_bytes(b"not a run at all")
    with pytest.raises(tr.errors.StorageError):
        tr.load(path)
    with pytest.raises(OSError, match="no/such"):
        tr.Run("25gmm", steps=1).save(tmp_path / "no/such/folder.safetensors")


def test_a_resumed_folder_goes_on(tiny, tmp_path):
    out = tmp_path / "run"

    def stop(event):
        if event.get("step") == 9:
            raise RuntimeError

    with pytest.raises(RuntimeError):
        tr.train("25gmm", out=out, callbacks=[stop], **tiny)
    steps = []
    run = tr.train(
        "25gmm", out=out, resume=True, callbacks=[lambda e: steps.append(e.get("step"))], **tiny
    )
    assert min(step for step in steps if step) >= 9
    assert run.checksum == tr.train("25gmm", **tiny).checksum


def test_a_run_serves_one_call_at_a_time(tiny):
    run = tr.Run("25gmm", tiny)
    seen = []

    def ask(event):
        with pytest.raises(tr.TightropeError, match="at work"):
            run.sample(10)
        seen.append(event)

    run.train(callbacks=[ask])
    assert seen


def test_training_works_on_any_thread(tiny):
    sums = []
    threads = [
        threading.Thread(target=lambda: sums.append(tr.train("25gmm", **tiny).checksum))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sums) == 3
    assert len(set(sums)) == 1


def test_evaluations_are_tables_and_data(tiny):
    evaluation = tr.train("25gmm", **tiny).evaluate(samples=100, seed=2)
    elbo = evaluation["elbo"]
    assert elbo.truth == 0.0
    assert elbo.verdict in {"ok", "warn", "fail"}
    assert str(evaluation).splitlines()[0].split()[:2] == ["figure", "value"]
    data = json.loads(json.dumps(evaluation.to_dict()))
    assert [figure["name"] for figure in data["metrics"]] == list(evaluation)
    with pytest.raises(tr.errors.ConfigError, match="wings"):
        tr.train("25gmm", **tiny).evaluate(samples=100, wings=1)


def test_learns_from_paths_of_given_ends(tmp_path):
    samples = np.random.default_rng(0).normal(size=(50, 2)).astype(np.float32)
    np.save(tmp_path / "samples.npy", samples)
    run = tr.train(
        tr.Density(lambda x: -0.5 * np.square(x).sum(axis=1), dimension=2),
        objective="maximum-likelihood",
        steps=3,
        batch_size=30,
        off_policy={"source": "samples", "every": 1, "samples": str(tmp_path / "samples.npy")},
    )
    assert run.history[-1]["backward_loss"] == run.history[-1]["loss"]
    with pytest.raises(tr.errors.ConfigError, match=r"off_policy\.every"):
        tr.train("gaussian", steps=1, off_policy={"source": "visited", "every": 1})


def test_samples_with_other_steps_and_for_conditions():
    run = tr.train("gaussian", steps=2, batch_size=30)
    assert run.sample(5, steps=7).x.shape == (5, 2)
    assert run.sample(5, steps=7).checksum != run.sample(5).checksum
    with pytest.raises(tr.errors.ConfigError, match="conditions"):
        run.sample(5, conditions=[0])
    posteriors = tr.train("vae-posteriors", steps=1, batch_size=30, process={"steps": 5})
    draws = posteriors.sample(4, conditions=[3, 5])
    assert draws.x.shape == (4, 20)
    assert draws.conditions.tolist() == [3, 5, 3, 5]
    assert run.sample(4).conditions is None
    with pytest.raises(tr.errors.ConfigError, match="1797"):
        posteriors.sample(4, conditions=[1797])


SAMPLES = {"source": "samples", "every": 1}
SMALL = {"steps": 5, "batch_size": 30, "process": {"steps": 8}, "network": {"langevin": "off"}}


def test_a_posterior_is_trained_from_a_prior_in_memory_or_in_a_file(tmp_path):
    prior = tr.train("9gmm", objective="maximum-likelihood", off_policy=SAMPLES, **SMALL)
    path = tmp_path / "prior.safetensors"
    prior.save(path)
    constraint = tr.densities.Gaussian(mean=4.0)
    runs = [
        tr.train(constraint, prior=given, steps=5, batch_size=30)
        for given in (prior, path, {"run": prior, "initialize": "copy"})
    ]
    assert len({run.checksum for run in runs}) == 1
    flat = tr.train(lambda x: 0 * x[:, 0], prior=prior, steps=0, dimension=2)
    np.testing.assert_array_equal(flat.sample(20).x, prior.sample(20).x)
    assert not flat.sample(20).log_weights.any()
    runs[0].save(tmp_path / "posterior.safetensors")
    path.unlink()
    assert (
        tr.load(tmp_path / "posterior.safetensors").sample(9).checksum == runs[0].sample(9).checksum
    )
    with pytest.raises(tr.errors.ConfigError, match=r"prior\.hinge"):
        tr.train(constraint, prior={"run": prior, "hinge": -1}, steps=0)
    with pytest.raises(tr.errors.StorageError):
        tr.train(constraint, prior=tmp_path / "nothing", steps=0)


def test_a_run_tells_how_likely_points_are():
    run = tr.Run("9gmm", steps=2, batch_size=30, network={"width": 8})
    run.train()
    small = {"draws": 50, "samples": 20, "tolerance": 1e-2, "matching": {"steps": 2}}
    assert run.likelihood(**small)["negative-log-likelihood"].count == 20
    given = run.likelihood(np.zeros((3, 2)), **small)
    assert given["negative-log-likelihood"].count == 3
    for points in (np.zeros(3), np.zeros((3, 1)), np.zeros((0, 2)), np.full((1, 2), np.nan)):
        with pytest.raises(tr.errors.ShapeError):
            run.likelihood(points, **small)
    with pytest.raises(tr.errors.ConfigError, match="flow"):
        run.likelihood(flow="own")


def test_a_failure_of_numbers_says_what_would_go_on(tiny):
    def log_density(x):
        return np.where(x[:, 0] > 1, np.nan, -np.sum(x**2, axis=1))

    with pytest.raises(tr.errors.NumericalError) as raised:
        tr.train(log_density, dimension=2, **tiny)
    assert any("non_finite='reject'" in note for note in raised.value.__notes__)
    assert tr.train(log_density, dimension=2, non_finite="reject", **tiny).step == tiny["steps"]


def test_settings_may_be_paths_of_keys(tiny):
    run = tr.train("25gmm", **tiny, **{"network.width": 8})
    assert run.config["network"]["width"] == 8
    run = tr.Run("25gmm", {"network.width": 8, "process.steps": 5}, steps=1)
    assert (run.config["network"]["width"], run.config["process"]["steps"]) == (8, 5)


@pytest.mark.parametrize(
    ("setting", "meant"),
    [
        ({"learning_rate": 1e-3}, "optimizer.learning_rate"),
        ({"optimizer": {"lr": 1e-3}}, "optimizer.learning_rate"),
        ({"num_steps": 5}, "steps"),
        ({"objective": "tb"}, "trajectory-balance"),
    ],
)
def test_a_setting_by_another_name_is_told_the_right_one(setting, meant):
    with pytest.raises(tr.errors.ConfigError, match=f"did you mean '{re.escape(meant)}'"):
        tr.Run("25gmm", **setting)


def test_a_setting_out_of_range_is_told_the_range():
    with pytest.raises(tr.errors.ConfigError, match="'seed' must be from 0 to 18446744073"):
        tr.Run("25gmm", seed=-1)


def test_a_configuration_names_the_density(tiny, tmp_path):
    file = tmp_path / "run.toml"
    file.write_text("[density]\nname = 'funnel'\ndimension = 3\n", encoding="utf-8")
    assert tr.train(config=file, **{**tiny, "steps": 0}).density.dimension == 3
    assert tr.train("25gmm", config=file, **{**tiny, "steps": 0}).density.name == "25gmm"
    with pytest.raises(tr.errors.ConfigError, match="density: expected"):
        tr.train(**tiny)
    with pytest.raises(tr.errors.StorageError, match="cannot read"):
        tr.train("25gmm", config=tmp_path / "missing.toml")


def test_a_dimension_that_a_density_does_not_have_is_refused():
    with pytest.raises(tr.errors.ConfigError, match="'funnel' is of dimension 10, not 3"):
        tr.train("funnel", dimension=3)
    with pytest.raises(tr.errors.ConfigError, match=r"Funnel\(\) is one"):
        tr.train(tr.densities.Funnel)


def test_a_run_takes_its_plain_function_back(normal, tiny, tmp_path):
    run = tr.train(normal, dimension=3, out=tmp_path / "folder", **tiny)
    run.save(tmp_path / "run.safetensors")
    for path in (tmp_path / "folder", tmp_path / "run.safetensors"):
        assert tr.load(path, normal).checksum == run.checksum
    with pytest.raises(tr.errors.StorageError, match="cannot open"):
        tr.load(tmp_path / "missing", normal)
    (tmp_path / "text.safetensors").write_text("hello")
    with pytest.raises(tr.errors.StorageError, match="not a saved run"):
        tr.load(tmp_path / "text.safetensors", normal)


def test_a_count_may_be_a_float_that_is_whole(tiny):
    run = tr.train("25gmm", **tiny)
    assert len(run.sample(1e2)) == 100
    with pytest.raises(tr.errors.ConfigError, match=r"expected an integer, got 1\.5"):
        run.sample(1.5)
    with pytest.raises(tr.errors.ConfigError, match="expected an integer of at least 1, got 0"):
        run.sample(0)


def test_a_figure_that_there_is_not_is_named(tiny):
    evaluation = tr.train("gaussian", **tiny).evaluate(samples=100)
    with pytest.raises(KeyError, match="did you mean 'log-normalizer'"):
        evaluation["lognormalizer"]
    assert evaluation.get("lognormalizer") is None
