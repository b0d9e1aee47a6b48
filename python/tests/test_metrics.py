"""Figures on arrays against SciPy, POT, ArviZ and their definitions."""

from __future__ import annotations

import pickle

import numpy as np
import pytest

import tightrope as tr

RANDOM = np.random.default_rng(7)

DISTANCES = {
    "wasserstein_1": tr.metrics.wasserstein_1,
    "wasserstein_2": tr.metrics.wasserstein_2,
    "transport": tr.metrics.transport,
    "sliced": tr.metrics.sliced_wasserstein_2,
    "sinkhorn": lambda x, y: tr.metrics.sinkhorn_divergence(x, y).divergence,
    "discrepancy": lambda x, y: tr.metrics.maximum_mean_discrepancy(x, y, width=1.0).squared,
}


def samples(n=60, d=3):
    return RANDOM.normal(size=(n, d)), 0.5 + 1.5 * RANDOM.normal(size=(n, d))


def turned(systems, rng):
    """Turn, mirror, move and reorder each system in its own way."""
    result = np.empty_like(systems)
    for index, system in enumerate(systems):
        rotation, _ = np.linalg.qr(rng.normal(size=(system.shape[1],) * 2))
        result[index] = rng.permutation(system) @ rotation + rng.normal(size=system.shape[1])
    return result


@pytest.mark.parametrize("name", DISTANCES)
def test_distances_are_symmetric_and_see_no_order(name):
    distance = DISTANCES[name]
    x, y = samples()
    value = float(distance(x, y))
    assert value > 0
    assert float(distance(y, x)) == pytest.approx(value, rel=1e-5)
    assert float(distance(x[::-1], y)) == pytest.approx(value, rel=1e-5)
    same = float(distance(x, x[::-1]))
    assert same == pytest.approx(0, abs=1e-5) if name != "discrepancy" else same < 0


def test_transport_is_the_assignment_of_scipy():
    optimize = pytest.importorskip("scipy.optimize")
    x, y = samples()
    squares = np.sum((x[:, None] - y[None]) ** 2, axis=-1)
    for power, cost in ((1, np.sqrt(squares)), (2, squares)):
        least = cost[optimize.linear_sum_assignment(cost)].mean() ** (1 / power)
        estimate = tr.metrics.transport(x, y, power=power)
        assert estimate.value == pytest.approx(least, rel=1e-6)
        assert estimate.low < least < estimate.high
    assert tr.metrics.wasserstein_1(x, y) == tr.metrics.transport(x, y, power=1).value


@pytest.mark.parametrize(("n", "m"), [(1, 1), (40, 40), (40, 30), (7, 20)])
def test_transport_on_a_line_is_that_of_scipy(n, m):
    stats = pytest.importorskip("scipy.stats")
    x, y = RANDOM.normal(size=n), 2 + RANDOM.normal(size=m)
    expected = stats.wasserstein_distance(x, y)
    assert tr.metrics.line_wasserstein_1(x, y).value == pytest.approx(expected)
    squared = tr.metrics.energy_wasserstein_2_squared(x, y).value
    grid = np.arange(n * m)
    steps = np.sort(x)[grid // m] - np.sort(y)[grid // n]
    assert squared == pytest.approx(np.mean(steps**2))
    assert tr.metrics.energy_wasserstein_2(x, y).value == pytest.approx(np.sqrt(squared))


def test_distances_are_those_of_pot():
    ot = pytest.importorskip("ot")
    x, y = samples()
    cost = ot.dist(x, y)
    weights = np.full(len(x), 1 / len(x))
    assert tr.metrics.wasserstein_2(x, y) ** 2 == pytest.approx(
        ot.emd2(weights, weights, cost), rel=1e-6
    )
    line = RANDOM.normal(size=(2, 50))
    assert tr.metrics.energy_wasserstein_2_squared(*line).value == pytest.approx(
        ot.emd2_1d(*line, metric="sqeuclidean")
    )

    def entropic(a, b, epsilon):
        plan = ot.sinkhorn(weights, weights, ot.dist(a, b), epsilon, stopThr=1e-12)
        entropy = np.sum(plan * np.log(np.maximum(plan, 1e-300) * len(a) * len(b)))
        return np.sum(plan * ot.dist(a, b)) + epsilon * entropy

    expected = entropic(x, y, 2.0) - 0.5 * entropic(x, x, 2.0) - 0.5 * entropic(y, y, 2.0)
    result = tr.metrics.sinkhorn_divergence(x, y, epsilon=2.0, tolerance=1e-7)
    assert result.divergence.value == pytest.approx(expected, rel=1e-5)
    assert result.epsilon == 2.0
    sliced = ot.sliced_wasserstein_distance(x, y, n_projections=4000, seed=0)
    ours = tr.metrics.sliced_wasserstein_2(x, y, directions=4000)
    assert ours.value == pytest.approx(sliced, rel=0.03)


def test_the_sinkhorn_divergence_is_that_of_its_equations():
    special = pytest.importorskip("scipy.special")
    x, y = samples(30, 2)

    def entropic(a, b, epsilon):
        cost = np.sum((a[:, None] - b[None]) ** 2, axis=-1)
        f, g = np.zeros(len(a)), np.zeros(len(b))
        for _ in range(500):
            f = -epsilon * special.logsumexp((g - cost) / epsilon - np.log(len(b)), axis=1)
            g = -epsilon * special.logsumexp((f - cost.T) / epsilon - np.log(len(a)), axis=1)
        return f.mean() + g.mean()

    for epsilon in (1.0, 3.0):
        expected = (
            entropic(x, y, epsilon) - 0.5 * entropic(x, x, epsilon) - 0.5 * entropic(y, y, epsilon)
        )
        result = tr.metrics.sinkhorn_divergence(
            x, y, epsilon=epsilon, tolerance=1e-7, iterations=100_000
        ).divergence
        assert result.value == pytest.approx(expected, rel=1e-5)
    automatic = tr.metrics.sinkhorn_divergence(x, y).epsilon
    squares = np.sum((x[:, None] - y[None]) ** 2, axis=-1)
    assert automatic == pytest.approx(0.05 * squares.mean(), rel=1e-5)


def test_the_discrepancy_is_its_definition():
    x, y = samples(40, 2)

    def kernel(a, b, width):
        squares = np.sum((a[:, None] - b[None]) ** 2, axis=-1)
        widths = width * 2.0 ** np.arange(-2, 3)
        return np.mean([np.exp(-squares / (2 * w * w)) for w in widths], axis=0)

    result = tr.metrics.maximum_mean_discrepancy(x, y)
    distances = np.sqrt(np.sum((y[:, None] - y[None]) ** 2, axis=-1))
    assert result.width == pytest.approx(np.median(distances[np.triu_indices(40, 1)]), rel=1e-6)
    own = [(kernel(a, a, result.width).sum() - 40) / (40 * 39) for a in (x, y)]
    expected = sum(own) - 2 * kernel(x, y, result.width).mean()
    assert result.squared.value == pytest.approx(expected, rel=1e-6)


def test_aligned_transport_sees_no_place_orientation_or_order():
    x = RANDOM.normal(size=(20, 5, 3))
    y = RANDOM.normal(size=(20, 5, 3))
    value = tr.metrics.aligned_wasserstein_2(x, y).value
    assert 0 < value < tr.metrics.wasserstein_2(x.reshape(20, -1), y.reshape(20, -1))
    assert tr.metrics.aligned_wasserstein_2(y, x).value == pytest.approx(value, rel=1e-5)
    moved = tr.metrics.aligned_wasserstein_2(turned(x, RANDOM), turned(y, RANDOM))
    assert moved.value == pytest.approx(value, rel=1e-5)
    copies = tr.metrics.aligned_wasserstein_2(x, turned(x, RANDOM)[::-1])
    assert copies.value == pytest.approx(0, abs=1e-3)


def test_distances_outside_the_reference_count():
    reference = RANDOM.normal(size=(200, 4, 2))
    same = tr.metrics.distance_variation(reference, reference)
    assert same.distance.value == 0 and same.outside == 0
    far = tr.metrics.distance_variation(100 * reference, reference)
    assert far.outside > 0.9 and far.distance.value > 0.9
    half = np.concatenate([reference, 1000 + 0 * reference + 1000 * RANDOM.normal(size=(1, 4, 2))])
    mixed = tr.metrics.distance_variation(half, reference)
    assert mixed.outside == pytest.approx(0.5)
    assert mixed.distance.value == pytest.approx(0.5)


def test_the_virial_is_the_dimension_for_exact_samples():
    x = RANDOM.normal(size=(2000, 3))
    exact = tr.metrics.virial(x, -x)
    assert exact.verdict == "ok" and exact.mean.low < 3 < exact.mean.high
    assert exact.mean.value == pytest.approx(np.mean(np.sum(x**2, axis=1)), rel=1e-6)
    assert tr.metrics.virial(2 * x, -2 * x).verdict == "fail"
    centred = x - x.mean(axis=1, keepdims=True)
    assert tr.metrics.virial(centred, -centred, freedom=2).verdict == "ok"
    assert tr.metrics.virial(centred, -centred).verdict == "fail"


def psis(log_weights):
    """Return Pareto k of log-weights by the definition, with loops."""
    u = np.sort(np.exp(log_weights - log_weights.max()))
    count = int(np.ceil(min(0.2 * len(u), 3 * np.sqrt(len(u)))))
    x = u[-count:] - u[-count - 1]
    points = 30 + int(np.sqrt(count))
    quartile = x[int(count / 4 + 0.5) - 1]
    steps = 1 - np.sqrt(points / (np.arange(points) + 0.5))
    theta = steps / (3 * quartile) + 1 / x[-1]
    shapes = np.mean(np.log1p(-theta[:, None] * x), axis=1)
    likelihoods = count * (np.log(-theta / shapes) - shapes - 1)
    weights = np.exp(likelihoods - likelihoods.max())
    shape = np.mean(np.log1p(-np.sum(weights * theta) / weights.sum() * x))
    return (count * shape + 5) / (count + 10)


@pytest.mark.parametrize("k", [0.1, 0.5, 0.9, 1.5])
def test_the_pareto_shape_is_its_definition(k):
    log_weights = -k * np.log(RANDOM.uniform(size=1000))
    tail = tr.metrics.pareto_tail(log_weights)
    assert tail.shape.value == pytest.approx(psis(log_weights), rel=1e-6)
    assert tail.shape.low < tail.shape.value < tail.shape.high


def arviz_psis(log_weights):
    """Return what either major of ArviZ makes of log-weights: smoothed ones and Pareto k."""
    try:
        from arviz_stats.base import array_stats
    except ImportError:
        return pytest.importorskip("arviz.stats").psislw(log_weights)
    return array_stats.psislw(-log_weights)  # it takes log-likelihoods


# Of 900 weights the tail is 90 however it is rounded; ArviZ 1.x rounds down, all others up.
@pytest.mark.parametrize("k", [0.1, 0.5, 0.9, 1.5])
def test_the_pareto_shape_and_smoothed_weights_are_those_of_arviz(k):
    log_weights = -k * np.log(RANDOM.uniform(size=900))
    smoothed, shape = arviz_psis(log_weights)
    tail = tr.metrics.pareto_tail(log_weights)
    assert tail.shape.value == pytest.approx(float(shape), rel=1e-6)
    ours = tail.log_weights - tr.metrics.log_normalizer(tail.log_weights) - np.log(900)
    np.testing.assert_allclose(ours, np.asarray(smoothed), rtol=1e-6, atol=1e-8)


def test_a_few_heavy_weights_fail():
    weights = np.full(1000, -1e4)
    weights[:2] = 0
    assert tr.metrics.pareto_tail(weights).verdict == "fail"
    assert tr.metrics.pareto_tail(weights).shape.value == np.inf
    assert tr.metrics.pareto_tail(np.zeros(1000)).verdict == "ok"


def test_bounds_and_both_log_normalizers_are_their_formulas():
    w, v = RANDOM.normal(size=400) - 0.5, RANDOM.normal(size=300) + 0.5
    assert tr.metrics.elbo(w).value == pytest.approx(w.mean())
    assert tr.metrics.evidence_gap(w, v).value == pytest.approx(v.mean() - w.mean())
    forward = tr.metrics.forward_log_normalizer(w)
    assert forward.value == pytest.approx(np.log(np.mean(np.exp(w))))
    reverse = tr.metrics.reverse_log_normalizer(v)
    assert reverse.value == pytest.approx(-np.log(np.mean(np.exp(-v))))
    share = tr.metrics.effective_sample_share(w)
    assert share.value == pytest.approx(tr.metrics.effective_sample_size(w) / 400)
    for estimate in (forward, reverse, share):
        assert estimate.low < estimate.value < estimate.high


def test_mode_shares_have_the_intervals_of_wilson():
    stats = pytest.importorskip("scipy.stats")
    hits = [0, 3, 47, 50]
    shares = tr.metrics.mode_shares(hits)
    np.testing.assert_allclose(shares.shares, np.array(hits) / 100)
    for k, hit in enumerate(hits):
        interval = stats.binomtest(hit, 100).proportion_ci(method="wilson")
        assert shares.low[k] == pytest.approx(interval.low, abs=1e-9)
        assert shares.high[k] == pytest.approx(interval.high, abs=1e-9)
    entropy = tr.metrics.mode_entropy(hits)
    assert entropy.value == pytest.approx(stats.entropy(hits) / np.log(4))
    assert entropy.low < entropy.value < entropy.high


def test_the_noise_floor_is_what_exact_samples_score():
    exact = RANDOM.normal(size=(210, 2))
    floor = tr.metrics.noise_floor(tr.metrics.transport, exact, 50)
    assert floor.shape == (2,)
    assert floor[1] == tr.metrics.wasserstein_2(exact[100:150], exact[150:200])
    with pytest.raises(tr.errors.ShapeError, match="300"):
        tr.metrics.noise_floor(tr.metrics.transport, exact, 300)


POINTS = np.zeros((4, 2))
MISTAKES = {
    "no points": lambda: tr.metrics.transport(np.zeros((0, 2)), np.zeros((0, 2))),
    "one axis": lambda: tr.metrics.wasserstein_1(np.zeros(4), np.zeros(4)),
    "other shape": lambda: tr.metrics.wasserstein_1(POINTS, np.zeros((4, 3))),
    "other dimension": lambda: tr.metrics.sliced_wasserstein_2(POINTS, np.zeros((4, 3))),
    "nan": lambda: tr.metrics.sinkhorn_divergence(POINTS, np.full((4, 2), np.nan)),
    "infinite as float32": lambda: tr.metrics.sliced_wasserstein_2(POINTS, POINTS + 1e300),
    "too many": lambda: tr.metrics.transport(np.zeros((5001, 1)), np.zeros((5001, 1))),
    "one point": lambda: tr.metrics.maximum_mean_discrepancy(POINTS[:1], POINTS),
    "four dimensions": lambda: tr.metrics.aligned_wasserstein_2(*np.zeros((2, 1, 2, 4))),
    "one particle": lambda: tr.metrics.distance_variation(*np.zeros((2, 3, 1, 2))),
    "no numbers": lambda: tr.metrics.energy_wasserstein_2([], [1.0]),
    "nan energies": lambda: tr.metrics.line_wasserstein_1([np.nan], [1.0]),
    "scores of other shape": lambda: tr.metrics.virial(POINTS, np.zeros((4, 1))),
    "no weights": lambda: tr.metrics.evidence_gap([], [1.0]),
    "half a hit": lambda: tr.metrics.mode_shares([0.5, 1]),
    "no hits": lambda: tr.metrics.mode_entropy([0, 0]),
    "one mode": lambda: tr.metrics.mode_entropy([3]),
}
SETTINGS = {
    "power": lambda: tr.metrics.transport(POINTS, POINTS, power=3),
    "directions": lambda: tr.metrics.sliced_wasserstein_2(POINTS, POINTS, directions=0),
    "epsilon": lambda: tr.metrics.sinkhorn_divergence(POINTS, POINTS, epsilon=-1.0),
    "iterations": lambda: tr.metrics.sinkhorn_divergence(*samples(), epsilon=1e-3, iterations=1),
    "width": lambda: tr.metrics.maximum_mean_discrepancy(POINTS, POINTS, width=-1.0),
    "bins": lambda: tr.metrics.distance_variation(*np.zeros((2, 3, 2, 2)), bins=0),
    "freedom": lambda: tr.metrics.virial(POINTS, POINTS, freedom=3),
    "relative_efficiency": lambda: tr.metrics.pareto_tail([0.0], relative_efficiency=0.0),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_arrays_that_cannot_be_used_are_refused(mistake):
    with pytest.raises(tr.errors.ShapeError):
        MISTAKES[mistake]()


@pytest.mark.parametrize("key", SETTINGS)
def test_settings_out_of_range_are_named(key):
    with pytest.raises(tr.errors.ConfigError, match=key):
        SETTINGS[key]()


def test_every_function_is_found_under_its_name():
    from tightrope import functions

    known = {name.replace("-", "_").removeprefix("metrics.") for name in functions.names()}
    others = ("objectives.", "calibration.", "distance_verdict")  # the last: Estimate.against
    missing = {n for n in known if not n.startswith(others)} - set(tr.metrics.__all__)
    assert missing == set()


def test_estimates_say_what_they_are_worth():
    rng = np.random.default_rng(5)
    exact = rng.normal(size=(2000, 2))
    floors = tr.metrics.noise_floor(tr.metrics.transport, exact, 100)
    near = tr.metrics.transport(rng.normal(size=(100, 2)), exact[:100])
    assert (near.count, near.floor, near.verdict) == (100, None, "warn")
    assert near.against(floors).verdict == "ok"
    assert near.against(floors).floor == pytest.approx(floors.mean())
    far = tr.metrics.transport(5 + rng.normal(size=(100, 2)), exact[:100]).against(floors)
    assert far.verdict == "fail" and "times what exact samples score" in far.reason
    value, low, high = far
    assert low < value < high and float(far) == value


def test_an_estimate_keeps_its_worth_when_copied():
    given = tr.metrics.effective_sample_share(np.zeros(50))
    copied = pickle.loads(pickle.dumps(given))
    assert copied == given and (copied.count, copied.verdict) == (50, "ok")
    assert "ok" in repr(copied)


@pytest.mark.parametrize(
    ("planted", "verdict"),
    [
        (lambda rng: tr.metrics.effective_sample_share(30 * rng.normal(size=1000)), "fail"),
        (lambda rng: tr.metrics.pareto_tail(30 * rng.normal(size=1000)).shape, "fail"),
        (lambda rng: tr.metrics.mode_entropy([1000, 0, 0, 0]), "fail"),
        (lambda rng: tr.metrics.mode_entropy([251, 249, 250, 250]), "ok"),
        (lambda rng: tr.metrics.elbo(-9 + 4 * rng.normal(size=1000)), "fail"),
        (
            lambda rng: (
                tr.metrics.maximum_mean_discrepancy(
                    rng.normal(size=(200, 1)), 3 + rng.normal(size=(200, 1))
                ).squared
            ),
            "fail",
        ),
        (
            lambda rng: tr.metrics.virial(rng.normal(size=(500, 2)), -2 * np.ones((500, 2))).mean,
            "fail",
        ),
    ],
)
def test_verdicts_fire_on_planted_failures(planted, verdict):
    given = planted(np.random.default_rng(3))
    assert given.verdict == verdict, given
    assert given.reason and given.count >= 200


def test_floors_that_are_none_are_refused():
    given = tr.metrics.line_wasserstein_1([0.0, 1.0], [1.0, 2.0])
    for floors in ([], [np.nan], 1.0):
        with pytest.raises(tr.errors.ShapeError, match="floors"):
            given.against(floors)
