"""Densities given as callables: what they get, what they may return, what is said when they err."""

from __future__ import annotations

import sys
import threading
import traceback

import numpy as np
import pytest

import tightrope as tr


def test_values_and_scores_arrive(normal):
    density = tr.Density(normal, score=lambda x: -x, dimension=3)
    x = np.arange(6.0).reshape(2, 3)
    np.testing.assert_allclose(density.log_density(x), [-2.5, -25.0])
    np.testing.assert_allclose(density.score(x), -x)


def test_a_callable_gets_a_batch_of_its_own(tiny):
    kept = []

    def log_density(x):
        assert x.dtype == np.float32
        assert x.shape[1:] == (2,)
        assert x.flags.c_contiguous
        values = -0.5 * np.sum(x**2, axis=1)
        kept.append((x, x.copy()))
        return values

    tr.train(log_density, dimension=2, **tiny)
    assert kept
    for mine, copy in kept:
        np.testing.assert_array_equal(mine, copy)
        mine[:] = 0  # writable


def test_changing_the_batch_harms_nobody(normal, tiny):
    def careless(x):
        values = normal(x)
        x[:] = np.nan
        return values

    density = tr.Density(careless, score=lambda x: -x, dimension=2)
    honest = tr.Density(normal, score=lambda x: -x, dimension=2)
    assert tr.train(density, **tiny).checksum == tr.train(honest, **tiny).checksum


@pytest.mark.parametrize(
    "convert",
    [
        lambda v: v.astype(np.float64),
        lambda v: v.astype(np.float32),
        lambda v: v.tolist(),
        lambda v: np.repeat(v, 2)[::2],
    ],
)
def test_any_real_result_will_do(convert, normal):
    density = tr.Density(lambda x: convert(normal(x)), dimension=2)
    np.testing.assert_allclose(density.log_density([[1.0, 1.0], [2.0, 0.0]]), [-1.0, -2.0])


def test_whole_numbers_will_do():
    density = tr.Density(lambda x: np.zeros(len(x), dtype=int), dimension=2)
    assert density.log_density([[1.0, 1.0]]) == [0.0]


class Mine(Exception):
    """An exception of the user."""


@pytest.mark.parametrize("error", [Mine("stop"), KeyError("k"), KeyboardInterrupt(), SystemExit(3)])
def test_an_exception_arrives_as_itself(error, tiny):
    def failing(x):
        raise error

    with pytest.raises(type(error)) as caught:
        tr.train(failing, dimension=2, **tiny)
    assert caught.value is error
    names = [frame.name for frame in traceback.extract_tb(caught.value.__traceback__)]
    assert names[-1] == "failing"


def test_an_exception_after_some_batches_leaves_whole_steps(normal, tiny):
    calls = []

    def failing(x):
        calls.append(len(x))
        if len(calls) == 8:
            raise Mine
        return normal(x)

    run = tr.Run(tr.Density(failing, dimension=2), tiny)
    with pytest.raises(Mine):
        run.train()
    assert 0 < run.step < tiny["steps"]
    run.train()
    assert run.step == tiny["steps"]
    assert run.checksum == tr.train(normal, dimension=2, **tiny).checksum


def test_nan_is_reported_with_the_callable(tiny):
    def broken(x):
        return np.where(x[:, 0] > 0, np.nan, 0.0)

    with pytest.raises(tr.errors.NumericalError) as caught:
        tr.train(broken, dimension=2, **tiny)
    assert "nan" in str(caught.value).lower()
    assert any("'broken'" in note for note in caught.value.__notes__)


def test_none_is_not_an_array():
    def forgetful(x):
        pass

    with pytest.raises(tr.errors.DtypeError, match="'forgetful': expected an array of real number"):
        tr.Density(forgetful, dimension=2).log_density([[0.0, 0.0]])


@pytest.mark.parametrize("values", [["a", "b"], [1j, 2j], [None, None], [True, False]])
def test_a_wrong_dtype_names_the_callable(values):
    def wrong(x):
        return np.array(values)

    with pytest.raises(tr.errors.DtypeError, match="'wrong': expected an array of real"):
        tr.Density(wrong, dimension=2).log_density(np.zeros((2, 2)))


@pytest.mark.parametrize("shape", [(3, 1), (2,), (4,), (3, 2), ()])
def test_a_wrong_shape_names_the_callable(shape):
    def wrong(x):
        return np.zeros(shape)

    expected = r"log_density 'wrong': expected to return shape \[3\] for 3 points, got \["
    with pytest.raises(tr.errors.ShapeError, match=expected):
        tr.Density(wrong, dimension=2).log_density(np.zeros((3, 2)))


def test_a_wrong_score_names_the_callable(normal):
    def wrong(x):
        return x[:, :1]

    density = tr.Density(normal, score=wrong, dimension=2)
    with pytest.raises(tr.errors.ShapeError, match=r"score 'wrong': expected .* \[3, 2\]"):
        density.score(np.zeros((3, 2)))


def test_a_density_without_a_score_says_so(normal):
    with pytest.raises(tr.TightropeError, match="score"):
        tr.Density(normal, dimension=2).score(np.zeros((3, 2)))


@pytest.mark.parametrize("dimension", [0, -1, 1.5, "2"])
def test_a_wrong_dimension_is_named(dimension, normal):
    with pytest.raises(tr.errors.ConfigError, match="dimension: expected an integer"):
        tr.Density(normal, dimension=dimension)


@pytest.mark.parametrize("values", [{"log_density": 3}, {"score": 3}])
def test_what_is_not_callable_is_named(values, normal):
    arguments = {"log_density": normal, **values}
    with pytest.raises(tr.errors.ConfigError, match=f"{next(iter(values))}: expected a callable"):
        tr.Density(**arguments, dimension=2)


def test_a_callable_cannot_evaluate_its_own_density():
    def endless(x):
        return density.log_density(x)

    density = tr.Density(endless, dimension=2)
    with pytest.raises(tr.TightropeError, match="cannot evaluate the density it defines"):
        density.log_density([[0.0, 0.0]])


def test_threads_take_turns(normal):
    density = tr.Density(normal, dimension=2)
    x = np.random.default_rng(0).normal(size=(1000, 2))
    expected, results = density.log_density(x), []

    def work():
        results.extend(density.log_density(x) for _ in range(20))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 80
    assert all(np.array_equal(result, expected) for result in results)


def test_two_runs_keep_their_exceptions_apart(tiny):
    def failing(x):
        raise Mine(threading.current_thread().name)

    density = tr.Density(failing, dimension=2)
    caught = []

    def work(number):
        try:
            tr.train(density, **{**tiny, "seed": number})
        except Mine as error:
            caught.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, caught))) == 8


@pytest.mark.skipif(sys.gettrace() is not None, reason="a tracer holds references")
def test_jax_and_torch_are_imported_only_when_used(python):
    loaded = python(
        "import sys\nprint([m for m in ('jax', 'torch', 'matplotlib', 'arviz', 'tqdm')"
        " if m in sys.modules])"
    )
    assert loaded.strip() == "[]"


def test_one_callable_gives_values_and_scores(normal, tiny):
    calls = []

    def both(x):
        calls.append(len(x))
        return normal(x), -x

    density = tr.Density.from_value_and_score(both, 2)
    x = np.ones((3, 2))
    np.testing.assert_array_equal(density.score(x), -x)
    np.testing.assert_array_equal(density.log_density(x), [-1.0] * 3)
    assert calls == [3, 3]
    apart = tr.Density(normal, score=lambda x: -x, dimension=2)
    assert tr.train(density, **tiny).checksum == tr.train(apart, **tiny).checksum


@pytest.mark.parametrize("wrong", [lambda x: x[:, 0], lambda x: (x, x, x)])
def test_what_is_no_pair_is_named(wrong):
    density = tr.Density.from_value_and_score(wrong, 2)
    with pytest.raises(tr.errors.ShapeError, match="pair of values and scores"):
        density.log_density(np.ones((3, 2)))


def test_a_pair_where_values_belong_points_to_the_pair(normal):
    density = tr.Density(lambda x: (normal(x), -x), dimension=2)
    with pytest.raises(tr.errors.ShapeError, match="from_value_and_score"):
        density.log_density(np.ones((3, 2)))
