"""Metrics and objectives on arrays, against SciPy, NumPy and differences."""

from __future__ import annotations

import functools

import numpy as np
import pytest

import tightrope as tr

RANDOM = np.random.default_rng(0)


def balance(log_pf, log_pb, log_reward, log_z):
    """Trajectory balance in two lines of NumPy."""
    residual = log_z + log_pf.sum(1) - log_reward - log_pb.sum(1)
    return 0.5 * np.mean(residual**2)


def paths(batch=5, steps=4, log_z=()):
    shapes = ((batch, steps), (batch, steps), (batch,), log_z)
    return tuple(np.asarray(RANDOM.normal(size=shape)) for shape in shapes)


@pytest.mark.parametrize("log_z", [(), (5,)], ids=["one", "of each condition"])
def test_trajectory_balance_is_its_formula(log_z):
    arrays = paths(log_z=log_z)
    assert tr.objectives.trajectory_balance(*arrays).loss == pytest.approx(balance(*arrays))


@pytest.mark.parametrize("log_z", [(), (5,)], ids=["one", "of each condition"])
def test_trajectory_balance_has_its_gradients(log_z):
    arrays = paths(log_z=log_z)
    _, *gradients = tr.objectives.trajectory_balance(*arrays)
    for position, gradient in zip((0, 1, 3), gradients, strict=True):
        assert np.shape(gradient) == arrays[position].shape
        differences = np.zeros_like(arrays[position])
        for index in np.ndindex(differences.shape):
            shifted = [np.array(array) for array in arrays]
            values = []
            for step in (1e-5, -1e-5):
                shifted[position][index] = arrays[position][index] + step
                values.append(balance(*shifted))
            differences[index] = (values[0] - values[1]) / 2e-5
        np.testing.assert_allclose(gradient, differences, rtol=1e-6, atol=1e-8)


def variance(log_pf, log_pb, log_reward):
    """VarGrad in one line of NumPy."""
    return 0.5 * np.var(log_pf.sum(1) - log_reward - log_pb.sum(1))


def pairs(log_pf, log_pb, log_reward, log_flow, weight):
    """Squared residuals of all pairs of states, weighted, by their definition."""
    flow = np.concatenate([log_flow, log_reward[:, None]], axis=1)
    sums = np.concatenate([np.zeros((len(flow), 1)), np.cumsum(log_pf - log_pb, axis=1)], axis=1)
    steps = log_pf.shape[1]
    both = [(i, j) for i in range(steps) for j in range(i + 1, steps + 1)]
    weights = np.array([weight(j - i) for i, j in both])
    squares = [(flow[:, i] - flow[:, j] + sums[:, j] - sums[:, i]) ** 2 for i, j in both]
    return weights, np.mean(squares, axis=1)


def detailed(*arrays):
    """Detailed balance: pairs one step apart."""
    weights, squares = pairs(*arrays, lambda n: n == 1)
    return 0.5 * (weights * squares).sum()


def sub_trajectory(*arrays, lambda_=2.0):
    """Sub-trajectory balance: all pairs, powers of lambda as weights."""
    weights, squares = pairs(*arrays, lambda n: lambda_**n)
    return (weights * squares).sum() / weights.sum()


def flow_paths(batch=5, steps=4):
    log_pf, log_pb, log_reward, _ = paths(batch, steps)
    return log_pf, log_pb, log_reward, np.asarray(RANDOM.normal(size=(batch, steps)))


OBJECTIVES = {
    "log_variance": (variance, lambda: paths()[:3]),
    "detailed_balance": (detailed, flow_paths),
    "sub_trajectory_balance": (sub_trajectory, flow_paths),
}


@pytest.mark.parametrize("name", OBJECTIVES)
def test_an_objective_is_its_formula_and_has_its_gradients(name):
    formula, make = OBJECTIVES[name]
    arrays = make()
    loss, *gradients = getattr(tr.objectives, name)(*arrays)
    assert loss == pytest.approx(formula(*arrays), rel=1e-12)
    for position, gradient in zip((0, 1, 3), gradients, strict=False):
        differences = np.zeros_like(arrays[position])
        for index in np.ndindex(differences.shape):
            shifted = [np.array(array) for array in arrays]
            values = []
            for step in (1e-5, -1e-5):
                shifted[position][index] = arrays[position][index] + step
                values.append(formula(*shifted))
            differences[index] = (values[0] - values[1]) / 2e-5
        np.testing.assert_allclose(gradient, differences, rtol=1e-6, atol=1e-8)


def relative(log_q, log_p, log_reward, log_z=None, beta=1.0, hinge=0.0, group=None):
    """Relative trajectory balance, or its log-variance form in groups, from the definition."""
    ratio = log_q.sum(1) - log_p.sum(1) - beta * log_reward
    if log_z is None:
        groups = ratio.reshape(-1, group or len(ratio))
        residual = (groups - groups.mean(1, keepdims=True)).ravel()
    else:
        residual = ratio + log_z
    return 0.5 * np.maximum(residual**2 - hinge, 0).mean()


@pytest.mark.parametrize(
    ("log_z", "beta", "hinge", "group"),
    [(0.3, 1.0, 0.0, 0), (0.3, 0.5, 2.0, 0), (None, 2.0, 0.0, 0), (None, 1.0, 0.0, 3)],
)
def test_relative_trajectory_balance_is_its_formula_and_has_its_gradients(
    log_z, beta, hinge, group
):
    log_q, log_p, log_reward, _ = paths(6, 4)
    settings = {"inverse_temperature": beta, "hinge": hinge, "group_size": group}
    evaluate = tr.objectives.relative_trajectory_balance
    loss, d_log_q, d_log_z = evaluate(log_q, log_p, log_reward, log_z, **settings)
    formula = functools.partial(relative, beta=beta, hinge=hinge, group=group)
    assert loss == pytest.approx(formula(log_q, log_p, log_reward, log_z), rel=1e-12)
    for index in np.ndindex(log_q.shape):
        step = np.zeros_like(log_q)
        step[index] = 1e-5
        above, below = (formula(log_q + s * step, log_p, log_reward, log_z) for s in (1, -1))
        assert d_log_q[index] == pytest.approx((above - below) / 2e-5, rel=1e-6, abs=1e-9)
    if log_z is not None:
        above, below = (formula(log_q, log_p, log_reward, log_z + s) for s in (1e-5, -1e-5))
        assert d_log_z == pytest.approx((above - below) / 2e-5, rel=1e-6)
        each = evaluate(log_q, log_p, log_reward, np.full(6, log_z), **settings)
        assert each.d_log_z.sum() == pytest.approx(d_log_z)


def test_relative_trajectory_balance_with_some_steps_has_the_gradient_of_all_in_the_mean():
    log_q, log_p, log_reward, log_z = paths(3, 4)
    evaluate = tr.objectives.relative_trajectory_balance
    loss, whole, d_log_z = evaluate(log_q, log_p, log_reward, log_z)
    total = np.zeros_like(whole)
    for step in range(4):
        mask = np.zeros((3, 4), dtype=bool)
        mask[:, step] = True
        some = evaluate(log_q, log_p, log_reward, log_z, mask=mask)
        assert some.loss == loss
        assert some.d_log_z == d_log_z
        assert not some.d_log_q[~mask].any()
        total += some.d_log_q / 4
    np.testing.assert_allclose(total, whole)
    with pytest.raises(tr.errors.ShapeError):
        evaluate(log_q, log_p, log_reward, log_z, mask=np.ones((3, 5)))
    with pytest.raises(tr.errors.ConfigError, match="hinge"):
        evaluate(log_q, log_p, log_reward, log_z, hinge=-1)


@pytest.mark.parametrize("lambda_", [0.5, 1.0, 3.0])
def test_sub_trajectory_balance_with_another_base(lambda_):
    arrays = flow_paths(3, 7)
    loss, *_ = tr.objectives.sub_trajectory_balance(*arrays, lambda_=lambda_)
    assert loss == pytest.approx(sub_trajectory(*arrays, lambda_=lambda_), rel=1e-12)
    with pytest.raises(tr.errors.ConfigError, match="lambda"):
        tr.objectives.sub_trajectory_balance(*arrays, lambda_=-lambda_)
    with pytest.raises(tr.errors.ShapeError):
        tr.objectives.sub_trajectory_balance(*arrays[:3], arrays[3][:, 1:])


def test_trajectory_balance_takes_sums():
    log_pf, log_pb, log_reward, log_z = paths()
    full = tr.objectives.trajectory_balance(log_pf, log_pb, log_reward, log_z)
    sums = tr.objectives.trajectory_balance(log_pf.sum(1), log_pb.sum(1), log_reward, log_z)
    assert sums.loss == pytest.approx(full.loss)
    assert sums.d_log_pf.shape == (5,)
    np.testing.assert_allclose(sums.d_log_pf, full.d_log_pf[:, 0])


def test_float32_and_strided_inputs_will_do():
    log_pf, log_pb, log_reward, log_z = paths()
    loss, *_ = tr.objectives.trajectory_balance(
        np.asfortranarray(log_pf), np.repeat(log_pb, 2, axis=1)[:, ::2], log_reward, float(log_z)
    )
    assert loss == pytest.approx(balance(log_pf, log_pb, log_reward, log_z))


def test_shapes_that_do_not_fit_are_refused():
    log_pf, log_pb, log_reward, log_z = paths()
    with pytest.raises(tr.errors.ShapeError):
        tr.objectives.trajectory_balance(log_pf, log_pb, log_reward[:-1], log_z)
    with pytest.raises(tr.errors.ShapeError):
        tr.objectives.trajectory_balance(log_pf, log_pb[:-1], log_reward, log_z)
    with pytest.raises(tr.errors.ShapeError, match=r"log_z .*\[5\], not \[4\]"):
        tr.objectives.trajectory_balance(log_pf, log_pb, log_reward, [0.0] * 4)


def test_the_effective_sample_size_is_kish():
    log_weights = 3 * RANDOM.normal(size=500)
    weights = np.exp(log_weights)
    expected = weights.sum() ** 2 / np.sum(weights**2)
    assert tr.metrics.effective_sample_size(log_weights) == pytest.approx(expected)
    assert tr.metrics.effective_sample_size(log_weights - 1e4) == pytest.approx(expected)


def test_the_log_normalizer_is_the_log_of_the_mean_weight():
    log_weights = RANDOM.normal(size=500)
    expected = np.log(np.mean(np.exp(log_weights)))
    assert tr.metrics.log_normalizer(log_weights) == pytest.approx(expected)
    assert tr.metrics.log_normalizer(log_weights + 1e4) == pytest.approx(expected + 1e4)


@pytest.mark.parametrize("function", ["effective_sample_size", "log_normalizer"])
def test_no_weights_are_refused(function):
    with pytest.raises(tr.errors.ShapeError):
        getattr(tr.metrics, function)([])


@pytest.mark.parametrize(("count", "dimension"), [(1, 1), (40, 2), (64, 5)])
def test_wasserstein_is_the_best_assignment(count, dimension):
    optimize = pytest.importorskip("scipy.optimize")
    x, y = RANDOM.normal(size=(2, count, dimension))
    cost = np.sum((x[:, None] - y[None]) ** 2, axis=-1)
    expected = np.sqrt(cost[optimize.linear_sum_assignment(cost)].mean())
    assert tr.metrics.wasserstein_2(x, y) == pytest.approx(expected, rel=1e-6)


def test_wasserstein_wants_equal_shapes():
    with pytest.raises(tr.errors.ShapeError):
        tr.metrics.wasserstein_2(np.zeros((3, 2)), np.zeros((3, 1)))


def test_an_unknown_function_is_named():
    from tightrope import functions

    with pytest.raises(tr.errors.ConfigError, match=r"metrics\.luck"):
        functions.call("metrics.luck", (), ())
