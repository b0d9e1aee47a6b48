"""Calibration by simulation: true posteriors pass, wrong ones do not."""

from __future__ import annotations

import numpy as np
import pytest

import tightrope as tr


def conjugate(simulations, draws, *, width=1.0, shift=0.0, correlation=0.0, seed=0):
    """Theta ~ N(0, 1), y ~ N(theta, 1): theta | y ~ N(y / 2, 1 / 2), in two coordinates."""
    random = np.random.default_rng(seed)
    truths = random.normal(size=(simulations, 2))
    data = truths + random.normal(size=truths.shape)
    noise = random.normal(size=(simulations, draws, 2))
    noise[..., 1] = correlation * noise[..., 0] + np.sqrt(1 - correlation**2) * noise[..., 1]
    center = data[:, None] / 2
    found = center + shift + width * np.sqrt(0.5) * noise
    logs = [-np.sum((x - c) ** 2, axis=-1) for x, c in ((truths, data / 2), (found, center))]
    return truths, found, tuple(logs)


def verdict(**wrong):
    truths, draws, logs = conjugate(300, 63, **wrong)
    return tr.calibration.check(truths, draws, log_densities=logs)


def test_a_true_posterior_passes():
    result = verdict()
    assert result.verdict == "ok"
    assert [check.name for check in result.checks] == ["x0", "x1", "distance", "density"]
    assert "95% hold" in str(result)
    for check in result.checks:
        assert check.coverage[0.95] == pytest.approx(0.95, abs=0.04)
        assert np.all((check.curve >= check.lower) & (check.curve <= check.upper))


def test_posteriors_that_are_narrow_or_wide_or_moved_fail():
    for wrong in ({"width": 0.7}, {"width": 1.5}, {"shift": 0.3}):
        assert verdict(**wrong).verdict == "fail"
    assert verdict(width=0.7)["x0"].coverage[0.95] < 0.88


def test_a_dependence_that_is_not_there_shows_in_distances_only():
    result = tr.calibration.check(*conjugate(1500, 63, correlation=0.95)[:2])
    assert result["x0"].verdict == "ok"
    assert result["distance"].verdict == "fail"


def test_one_in_twenty_uniform_curves_leaves_the_band():
    random = np.random.default_rng(1)
    left = probable = 0
    for _ in range(100):
        ranks = random.integers(0, 32, size=100)
        probability, curve, lower, upper = tr.calibration.uniformity(ranks, 31)
        outside = bool(np.any((curve < lower) | (curve > upper)))
        assert outside == (probability < 0.05) or abs(probability - 0.05) < 0.005
        left += outside
        probable += probability > 0.5
    assert left <= 12
    assert 35 < probable < 65


def test_what_does_not_go_together_is_refused():
    truths, draws, (own, others) = conjugate(10, 5)
    with pytest.raises(tr.errors.ShapeError):
        tr.calibration.ranks(truths, draws[:9])
    with pytest.raises(tr.errors.ShapeError):
        tr.calibration.ranks(truths[:, 0], draws)
    with pytest.raises(tr.errors.ShapeError):
        tr.calibration.check(truths, draws, log_densities=(own, others[:, :3]))
    with pytest.raises(tr.errors.ShapeError):
        tr.calibration.uniformity([0.0, 9.0], 5)
