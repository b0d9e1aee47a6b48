"""Limits of callables: batches, budgets, memory, time, and what failures mean."""

from __future__ import annotations

import pickle
import threading

import numpy as np
import pytest

import tightrope as tr

X = np.arange(20.0, dtype=np.float32).reshape(10, 2)


def plain(x):
    return -0.5 * np.sum(x**2, axis=1)


def fails_beyond_five(x):
    if (x > 5).any():
        raise ValueError("beyond five")
    return plain(x)


def limited(function, *, score=None, **limits):
    return tr.Density(function, score, dimension=2, limits=tr.Limits(**limits))


def test_batches_are_cut_up():
    sizes = []

    def watched(x):
        sizes.append(len(x))
        return plain(x)

    density = limited(watched, score=lambda x: -x, batch=4)
    np.testing.assert_array_equal(density.log_density(X), plain(X))
    np.testing.assert_array_equal(density.score(X), -X)
    assert sizes == [4, 4, 2, 4, 4, 2]
    assert density.usage == tr.Usage(points=20, calls=6)


def test_what_is_cut_up_trains_alike(tiny):
    whole = tr.train(tr.Density(plain, dimension=2), **tiny)
    assert tr.train(limited(plain, batch=7), **tiny).checksum == whole.checksum


def test_a_budget_ends_training_and_can_be_raised(tiny):
    density = limited(plain, calls=100)
    run = tr.train(density, **tiny)
    assert run.step == 3
    assert "100 points" in run.stopped
    with pytest.raises(tr.errors.BudgetError):
        run.sample(50)
    density.grant(1000)
    run.train()
    assert run.step == tiny["steps"]
    assert run.stopped is None
    assert run.checksum == tr.train(tr.Density(plain, dimension=2), **tiny).checksum


def test_only_a_limited_density_takes_more():
    with pytest.raises(tr.errors.ConfigError, match="no limit"):
        tr.Density(plain, dimension=2).grant(3)


def test_known_points_are_answered_from_memory():
    density = limited(plain, score=lambda x: -x, cache=6)
    density.log_density(X[:6])
    np.testing.assert_array_equal(density.log_density(X[:6]), plain(X[:6]))
    assert density.usage == tr.Usage(points=6, calls=1, cached=6)
    np.testing.assert_array_equal(density.score(X[:6]), -X[:6])  # not known yet
    np.testing.assert_array_equal(density.score(X[:6]), -X[:6])
    assert density.usage.points == 12
    density.log_density(X[6:])  # drives the first four out
    density.log_density(X[:4])
    assert density.usage.points == 20


def test_memory_trains_alike(tiny):
    whole = tr.train(tr.Density(plain, dimension=2), **tiny)
    assert tr.train(limited(plain, cache=50), **tiny).checksum == whole.checksum


def test_failures_are_raised_unless_told_otherwise():
    with pytest.raises(ValueError, match="beyond five"):
        limited(fails_beyond_five, batch=3).log_density(X)


def test_failing_points_are_found_and_rejected():
    density = limited(fails_beyond_five, failure="reject")
    values = density.log_density(X)
    np.testing.assert_array_equal(values[:3], plain(X[:3]))
    assert (values[3:] == -np.inf).all()
    assert density.usage.failures == 7


def test_failing_points_can_have_a_value():
    density = limited(fails_beyond_five, score=lambda x: -x, failure=-1e3)
    assert (density.log_density(X)[3:] == -1e3).all()
    scores = density.score(X)
    np.testing.assert_array_equal(scores[:3], -X[:3])
    assert not scores[3:].any()


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_values_that_are_none_fail_too(value):
    density = limited(lambda x: np.where(x[:, 0] > 5, value, 1.0), failure="reject")
    values = density.log_density(X)
    assert (values[:3] == 1).all()
    assert (values[3:] == -np.inf).all()


def test_a_run_leaves_rejected_points_out(tiny):
    def fails_far_out(x):
        if (np.abs(x) > 2.5).any():
            raise ArithmeticError
        return plain(x)

    density = limited(fails_far_out, failure="reject")
    run = tr.train(density, **tiny)
    assert run.config["non_finite"] == "reject"
    assert 0 < run.history[-1]["rejected"] == density.usage.failures
    draws = run.sample(200)
    assert np.isneginf(draws.log_weights).any()
    assert np.isfinite(draws.weights).all()


def test_an_interrupt_is_no_failure():
    def interrupted(x):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        limited(interrupted, failure="reject").log_density(X)


def test_what_takes_too_long_is_a_failure():
    release = threading.Event()

    def slow(x):
        if (x > 5).any():
            release.wait(60)
        return plain(x)

    try:
        with pytest.raises(tr.errors.CallTimeoutError, match=r"'slow' took more than 0\.05 s"):
            limited(slow, timeout=0.05).log_density(X)
        density = limited(slow, timeout=0.05, failure="reject", batch=5)
        assert np.isneginf(density.log_density(X[:4])).tolist() == [False, False, False, True]
        assert density.usage.timeouts == 3
    finally:
        release.set()


@pytest.mark.parametrize(
    "limits",
    [{"batch": 0}, {"calls": 0}, {"cache": -1}, {"timeout": 0}, {"failure": "x"},
     {"failure": np.nan}],
)  # fmt: skip
def test_limits_that_make_no_sense_are_named(limits):
    with pytest.raises(tr.errors.ConfigError, match=f"limits.{next(iter(limits))}"):
        tr.Limits(**limits)


def test_densities_go_to_other_processes():
    limits = tr.Limits(batch=4)
    densities = [
        tr.Density(plain, dimension=2, name="mine", limits=limits),
        tr.densities.ManyWell(dimension=4),
        tr.densities.Tempered(tr.Density(plain, dimension=2), inverse_temperature=0.5),
        tr.densities.open("25gmm"),
    ]
    for density in densities:
        copy = pickle.loads(pickle.dumps(density))
        x = np.ones((3, density.dimension), dtype=np.float32)
        assert copy.name == density.name
        np.testing.assert_array_equal(copy.log_density(x), density.log_density(x))


def test_limits_of_another_type_are_named(normal):
    with pytest.raises(tr.errors.ConfigError, match=r"limits: expected tightrope\.Limits"):
        tr.Density(normal, dimension=2, limits={"calls": 3})
    assert tr.Limits(calls=1e5).calls == 100_000
