"""Densities of many conditions that are functions of the user's."""

from __future__ import annotations

import numpy as np
import pytest

import tightrope as tr

FEATURES = np.linspace(-2, 2, 12).reshape(12, 1)


def shifted(x, c):
    assert c.shape == (len(x), 1)
    assert c.dtype == np.float32
    return -0.5 * np.sum((x - c) ** 2, axis=1)


def density(**options):
    return tr.ConditionalDensity(shifted, FEATURES, dimension=2, **options)


def test_values_and_scores_are_of_the_condition():
    made = density(score=lambda x, c: c - x)
    x = np.ones((3, 2), dtype=np.float32)
    c = FEATURES[[0, 5, 11]].astype(np.float32)
    np.testing.assert_allclose(made.log_density(x, [0, 5, 11]), shifted(x, c), rtol=1e-6)
    np.testing.assert_allclose(made.score(x, [0, 5, 11]), c - x, rtol=1e-6)
    np.testing.assert_allclose(made.log_density(x, 11), [-1.0] * 3)
    np.testing.assert_allclose(made.log_density(x), [-9.0] * 3)
    assert made.describe()["conditions"] == 12


def test_a_run_learns_all_and_is_judged_on_the_others(tiny):
    run = tr.train(density(training=10), **tiny)
    assert run.sample(5).conditions.tolist() == [10, 11, 10, 11, 10]
    assert run.sample(4, conditions=[3, 4]).conditions.tolist() == [3, 4, 3, 4]


def test_it_learns_what_the_features_say():
    run = tr.train(
        density(score=lambda x, c: c - x), steps=250, batch_size=60, network={"width": 32},
        process={"steps": 20}, report_every=250, seed=0,
    )  # fmt: skip
    ends = run.sample(400, conditions=[0, 11]).x.mean(axis=1)
    assert ends[0::2].mean() < -1.4
    assert ends[1::2].mean() > 1.4


def test_chains_draw_from_one_condition():
    made = density(score=lambda x, c: c - x)
    chains = tr.mcmc(made, condition=11, draws=200, warm_up=200)
    assert abs(chains.points.mean() - 2) < 0.2
    with pytest.raises(tr.errors.ConfigError, match="12 conditions"):
        tr.mcmc(made)


def test_memory_tells_conditions_apart():
    made = density(limits=tr.Limits(cache=10))
    x = np.ones((2, 2))
    np.testing.assert_allclose(made.log_density(x, [0, 11]), [-9.0, -1.0])


def test_conditions_that_are_not_there_are_named():
    with pytest.raises(tr.errors.ShapeError, match="no condition 12 for point 1"):
        density().log_density(np.ones((2, 2)), [0, 12])
    with pytest.raises(tr.errors.ShapeError, match="conditions: expected"):
        density().log_density(np.ones((2, 2)), [0, 1, 2])


@pytest.mark.parametrize("training", [0, 13])
def test_a_wrong_training_count_is_named(training):
    with pytest.raises(tr.errors.ConfigError, match="training"):
        density(training=training)


@pytest.mark.parametrize("features", [np.zeros(3), np.zeros((0, 2))])
def test_wrong_features_are_named(features):
    with pytest.raises(tr.errors.ShapeError, match="features"):
        tr.ConditionalDensity(shifted, features, dimension=2)


def test_features_must_be_numbers():
    with pytest.raises(tr.errors.TightropeError, match="features"):
        tr.ConditionalDensity(shifted, [[np.nan]], dimension=2)


def test_a_sampler_draws_at_conditions_that_it_has_not_seen(tiny, tmp_path):
    def of(features):
        def log_density(x, c):
            return -0.5 * np.sum((x - c) ** 2, axis=1)

        return tr.ConditionalDensity(log_density, features, dimension=1)

    run = tr.train(of([[-1.0], [1.0]]), **tiny)
    run.save(tmp_path / "run.safetensors")
    other = tr.load(tmp_path / "run.safetensors", of([[0.3]]))
    assert other.checksum == run.checksum
    assert set(other.sample(5).conditions) == {0}
    assert set(run.sample(5, conditions=1).conditions) == {1}
